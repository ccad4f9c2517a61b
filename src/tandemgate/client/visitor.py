"""Whose request it is: the session that the browser script began, and where it comes from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

COOKIE: Final = "tg_session"
_SESSION: Final = re.compile(rf"(?:^|;)\s*{COOKIE}=([A-Za-z0-9_-]{{16,64}})\s*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser in which a session goes on."""

    session: str
    ip: str | None = None
    user_agent: str | None = None


_here: ContextVar[Visitor | None] = ContextVar("tandemgate_visitor", default=None)


def visitor_of(cookies: str, address: str | None, user_agent: str | None) -> Visitor | None:
    """Tell who asks, from a ``Cookie`` header and what the framework takes for the client.

    Without the cookie nobody is known: it may be a payment provider's server, or somebody who
    refused. An address that nobody on the Internet has is a proxy's, and says nothing.
    """
    found = _SESSION.search(cookies)
    if not found:
        return None
    return Visitor(found[1], address if _is_public(address) else None, user_agent or None)


def current_visitor() -> Visitor | None:
    """Return whose request is being answered, if a middleware knows it."""
    return _here.get()


@contextmanager
def visiting(visitor: Visitor | None) -> Iterator[None]:
    """What is reported within is the visitor's."""
    token = _here.set(visitor)
    try:
        yield
    finally:
        _here.reset(token)


def _is_public(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_global
    except ValueError:
        return False
