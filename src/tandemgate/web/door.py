"""Who may hand in events: a key's holder, or, where that is allowed, a page without a key."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.model.event import Source
from tandemgate.model.finding import Problem
from tandemgate.settings import Scope
from tandemgate.web.answers import Headers, Refusal
from tandemgate.web.keys import KeyGrant, KeyRing

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)


class Caller(msgspec.Struct, frozen=True):
    """Who hands in events. Without a ``key`` it is a page at ``origin``, or this very machine."""

    key: KeyGrant | None = None
    origin: str | None = None

    @property
    def source(self) -> Source:
        """How its events are marked."""
        return Source.ALIAS if self.key is None else Source.BACKEND

    @property
    def headers(self) -> Headers:
        """What a browser wants to read before it shows the answer to the page."""
        if self.origin is None:
            return ()
        return ((b"access-control-allow-origin", self.origin.encode()), (b"vary", b"Origin"))


class Door:
    """Lets callers in. *hosts* are names of this gateway; *keyless* opens it to listed pages."""

    def __init__(self, keys: KeyRing, hosts: frozenset[str], *, keyless: bool) -> None:
        self._keys = keys
        self._hosts = hosts
        self._keyless = keyless

    def enter(self, headers: Mapping[bytes, bytes]) -> Caller | Refusal:
        """Tell who calls. A key that is presented must be right, also where none is needed."""
        authorization = headers.get(b"authorization")
        if self._keyless and authorization is None:
            return self._page(headers)
        found = self._keys.find(authorization, Scope.WRITE)
        if isinstance(found, KeyGrant):
            return Caller(found)
        return refused_key(found)

    def opens(self, caller: Caller, pixel_id: str) -> bool:
        """Tell whether *caller* may hand in events of this pixel."""
        if caller.key is not None:
            return caller.key.opens(pixel_id)
        return caller.origin is None or caller.origin in self._keys.origins(pixel_id)

    def _page(self, headers: Mapping[bytes, bytes]) -> Caller | Refusal:
        # A page elsewhere can make its own name point here (DNS rebinding); then Host tells on it.
        host = hostname(headers.get(b"host", b""))
        if host not in self._hosts:
            return Refusal(403, problem("host_not_allowed", "header Host", printable(host)))
        origin = headers.get(b"origin")
        if origin is None:
            if host in LOOPBACK:
                return Caller()
            return refused_key(problem("key_missing", "header Authorization", "nothing"))
        name = origin.decode("latin-1")
        if name in self._keys.origins():
            return Caller(origin=name)
        return Refusal(403, problem("origin_not_allowed", "header Origin", printable(name)))


def allowing(origin: str) -> Headers:
    """Let the page at *origin*, which some browser key names, read an answer."""
    return (
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"Origin"),
    )


def refused_key(found: Problem) -> Refusal:
    """401 where nobody knows who calls, 403 where the caller is known and may not."""
    return Refusal(403 if found.reason == "key_without_right" else 401, found)


def hostname(host: bytes) -> str:
    """The name in a ``Host`` header, without its port."""
    name = host.decode("latin-1").lower()
    if name.startswith("["):
        return name.partition("]")[0].removeprefix("[")
    return name.partition(":")[0]
