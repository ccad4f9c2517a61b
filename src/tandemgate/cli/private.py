"""What must not be seen: tokens and identifiers never stand in a command line or cross in clear."""

import sys
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import typer

from tandemgate.cli.ending import Failure


class By(StrEnum):
    """By what a person's events are found."""

    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL_ID = "external_id"
    SESSION = "session"


Whom = Annotated[
    By, typer.Option("--by", help="By what the events are found; its value is asked for.")
]
PhoneRegion = Annotated[
    str | None, typer.Option("--region", metavar="DE", help="Country of a national phone number.")
]


def read_private(prompt: str, way_out: str) -> str:
    """Read one line from standard input, or ask for it without showing it.

    What stands in a command line is seen by everybody who lists processes, and is kept in the
    shell's history.
    """
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{prompt} (not shown): ").strip()
    said = sys.stdin.read().strip()
    if not said:
        raise Failure(f"no {prompt} came on standard input", way_out)
    return said


def whom(by: By, verb: str, region: str | None) -> dict[str, object]:
    """Ask whose events are meant, as the gateway wants to read it."""
    value = read_private(by.value, f"{verb} --by {by.value} < FILE, or run it in a terminal")
    if by is By.SESSION:
        return {"session": value}
    return {"user": {by.value: value}, "region": region}


def must_be_private(url: str, what: str) -> None:
    """Refuse to send *what* over a network that others read."""
    from tandemgate.settings.tree import is_loopback

    if urlsplit(url).scheme != "https" and not is_loopback(url):
        raise Failure(
            f"{url} is reached without TLS, so the {what} would cross the network in clear",
            "an https:// address, or run this on the gateway's own machine",
        )
