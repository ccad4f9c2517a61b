"""Keys: what callers of the gateway hold, and what that lets them do."""

from dataclasses import dataclass
from enum import StrEnum

from tandemgate.model.instant import Epoch


class KeyKind(StrEnum):
    """Who holds a key, and with that what it may do at most."""

    SERVER = "server"
    BROWSER = "browser"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a server key may do for its pixels."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key is called and what it opens. ``rate`` is in requests a second; 0 is unlimited."""

    name: str
    kind: KeyKind
    pixels: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = (Scope.WRITE, Scope.READ)
    origins: tuple[str, ...] = ()
    rate: float = 0


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made while the gateway ran.

    ``digest`` is the SHA-256 of its text, which has 256 random bits and is kept nowhere; ``tail``
    are its last four characters. ``public`` is the whole text of a browser's key, which pages
    print, and "" of any other. It counts from ``since`` until ``until`` (``None``: until somebody
    ends it).
    """

    rights: KeyRights
    digest: bytes
    tail: str
    since: Epoch
    until: Epoch | None = None
    public: str = ""

    def counts(self, now: Epoch) -> bool:
        """Whether the key has not ended."""
        return self.until is None or now < self.until
