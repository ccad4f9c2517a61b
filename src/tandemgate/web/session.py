"""The session's cookie: set by the server, since browsers cut short what a script sets.

It says nothing about anybody: a random number, which no script can read and no other site gets.
Beside it, a browser that joined a test session by its link has a ticket for it.
"""

import re
from secrets import token_urlsafe
from typing import Final

from tandemgate.core.trial import JOINED_FOR
from tandemgate.model.instant import Epoch

NAME: Final = "tg_session"
LIFETIME: Final = 400 * 86_400
"""Seconds; browsers keep no cookie longer (RFC 6265bis)."""

TICKET: Final = "tg_test"
"""The cookie that holds a ticket, and the parameter by which the page's script comes to it."""

_TICKET: Final = re.compile(r"([0-9a-f]{1,32})\.([0-9]{1,12})")
_TICKETS: Final = re.compile(rf"(?:^|;)\s*{TICKET}=([0-9a-f.]{{1,45}})\s*(?:;|$)")

_BYTES: Final = 16
_FOUND: Final = re.compile(rf"(?:^|;)\s*{NAME}=([A-Za-z0-9_-]{{16,64}})\s*(?:;|$)")
_ONE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_session() -> str:
    """Make a session that nobody can guess."""
    return token_urlsafe(_BYTES)


def read_session(stated: str | None) -> str | None:
    """Read the session of a page that may set no cookie; what nobody would have made is none."""
    return stated if stated is not None and _ONE.fullmatch(stated) else None


def session_in(cookies: str) -> str | None:
    """Read the session from a ``Cookie`` header."""
    found = _FOUND.search(cookies)
    return found[1] if found else None


def set_cookie(session: str, *, secure: bool) -> bytes:
    """Write the ``Set-Cookie`` header that keeps *session*; *secure* where pages come by HTTPS."""
    return _cookie(NAME, session, LIFETIME, secure=secure)


def ticket(trial_id: str, at: Epoch) -> str:
    """Write which test session a browser joins, and when."""
    return f"{trial_id}.{int(at)}"


def read_ticket(stated: str | None) -> tuple[str, Epoch] | None:
    """Read the ticket of a page whose requests take no cookie along."""
    found = _TICKET.fullmatch(stated or "")
    return (found[1], float(found[2])) if found else None


def ticket_in(cookies: str) -> tuple[str, Epoch] | None:
    """Read the ticket from a ``Cookie`` header."""
    found = _TICKETS.search(cookies)
    return read_ticket(found[1]) if found else None


def set_ticket(value: str, *, secure: bool) -> bytes:
    """Write the ``Set-Cookie`` header that lets the browser keep the ticket *value*."""
    return _cookie(TICKET, value, int(JOINED_FOR), secure=secure)


def drop_cookie(*, secure: bool) -> bytes:
    """Write the ``Set-Cookie`` header that makes the browser forget its session."""
    return _cookie(NAME, "", 0, secure=secure)


def _cookie(name: str, value: str, seconds: int, *, secure: bool) -> bytes:
    told = f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax"
    return (f"{told}; Secure" if secure else told).encode()
