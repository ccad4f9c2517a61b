"""What has to be known for a first setup: asked for in a terminal, or stated by flags."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tandemgate.catalog.regions import region_code
from tandemgate.cli.ending import Failure
from tandemgate.model.consent import Profile
from tandemgate.settings.tree import is_loopback
from tandemgate.settings.values import Misfit, web_address

T = TypeVar("T")

_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?|localhost(:\d{1,5})?")

UNATTENDED: Final = (
    "tandemgate init --pixel ID --site NAME --domain HOST --public-url URL "
    "[--region DE] [--consent-profile guide] < FILE_WITH_THE_TOKEN"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """A first setup. ``token`` is "" where it is to be set later."""

    site: str
    domains: tuple[str, ...]
    pixel: str
    advertiser: str
    region: str
    profile: Profile
    public_url: str
    tiktok_url: str
    token: str

    @property
    def production(self) -> bool:
        """Whether real events may leave, or strangers may come in."""
        return not (is_loopback(self.public_url) and is_loopback(self.tiktok_url))


class Asking:
    """Takes what was stated, and asks for the rest where somebody is there to answer."""

    def __init__(self, *, attended: bool) -> None:
        self._attended = attended

    def need(
        self,
        flag: str,
        stated: str | None,
        question: str,
        read: Callable[[str], T],
        *,
        default: str | None = None,
        example: str = "",
    ) -> T:
        """Return what was stated for *flag*, else what is answered, else the default.

        Raises:
            Failure: it was stated wrongly, or nobody is there to ask.

        """
        if stated is not None:
            return _read(flag, stated, read)
        if self._attended:
            return self._ask(question, read, default)
        if default is not None:
            return read(default)
        raise Failure(f"{flag} is missing; {question.lower()}, like {example}", UNATTENDED)

    def _ask(self, question: str, read: Callable[[str], T], default: str | None) -> T:
        import typer

        while True:
            answer = typer.prompt(question, default=default, show_default=bool(default), err=True)
            try:
                return read(str(answer))
            except Misfit as misfit:
                print(f"  {misfit}", file=sys.stderr)

    def secret(self, question: str) -> str:
        """Ask for what must not be seen, or take it from standard input; "" for later."""
        if self._attended:
            from getpass import getpass

            return getpass(f"{question} (not shown; Enter to set it later): ").strip()
        return "" if sys.stdin.isatty() else sys.stdin.read().strip()


def _read(flag: str, stated: str, read: Callable[[str], T]) -> T:
    try:
        return read(stated)
    except Misfit as misfit:
        raise Failure(f'{flag} is "{stated}", but {misfit}', UNATTENDED) from None


def pixel_id(text: str) -> str:
    """A pixel's code, as Events Manager shows it."""
    code = text.strip()
    if code.isascii() and code.isalnum():
        return code
    raise Misfit("expected the pixel's code, letters and digits alone, like C9ABC1234567890")


def hosts(text: str) -> tuple[str, ...]:
    """Host names with commas between them; an address is taken for its host."""
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    bare = tuple(part.partition("://")[2].partition("/")[0] or part for part in found)
    if bare and all(_HOST.fullmatch(host) for host in bare):
        return bare
    raise Misfit("expected the shop's hosts, like shop.example, www.shop.example")


def region(text: str) -> str:
    """A country, or "" where customers come from everywhere."""
    code = text.strip()
    if not code:
        return ""
    read = region_code(code)
    if read is None:
        raise Misfit('expected an ISO 3166 code like DE or US-CA, or "" for unknown')
    return code.upper()


def profile(text: str) -> Profile:
    """A consent profile."""
    word = text.strip().lower()
    if word in set(Profile):
        return Profile(word)
    raise Misfit(f"expected {' or '.join(Profile)}; docs/consent.md tells what each does")


def address(text: str) -> str:
    """An address of a gateway."""
    return web_address(text.strip())


def words(text: str) -> str:
    """Some words for people, or none."""
    if text.isprintable():
        return text.strip()
    raise Misfit("expected words in one line")
