"""Identifiers that strayed into addresses and texts.

Every function here takes time that grows no faster than the length of its text, since the texts
come from strangers. ``urllib.parse.urlsplit`` is avoided on purpose: it keeps the last addresses
that it saw in a cache, and an address may hold somebody's email.
"""

import re
from typing import Final
from urllib.parse import unquote

from msgspec.structs import astuple

from tandemgate.model.person import Identifiers

REDACTED: Final = "redacted"
_NOBODY: Final = Identifiers()


def scrub_url(
    url: str, *, keep_ttclid: bool = True, person: Identifiers = _NOBODY
) -> tuple[str, bool]:
    """Reduce *url* to what may be passed on, and tell whether anything was taken away.

    What stays: the address without user and password; its path, with ``redacted`` for each segment
    that holds an email, an international phone number, a digest or an identifier of *person*; of
    the query, ``ttclid`` and ``utm_*`` without any of these. The fragment goes. *keep_ttclid* is
    ``False`` where consent removes the click id.
    """
    whole, _, _ = url.partition("#")
    address, question, query = whole.partition("?")
    scheme, slashes, rest = _split_scheme(address)
    authority, slash, path = rest.partition("/") if slashes else ("", "", rest)
    host = _redacted(authority.rpartition("@")[2], person)
    segments = "/".join(_redacted(segment, person) for segment in path.split("/"))
    allowed = [
        pair for pair in query.split("&") if _may_stay(pair, person, keep_ttclid=keep_ttclid)
    ]
    left = f"{scheme}{slashes}{host}{slash}{segments}"
    if question and allowed:
        left += "?" + "&".join(allowed)
    return left, left != url


def holds_identifier(text: str, person: Identifiers, *, external_id: bool = False) -> bool:
    """Tell whether *text* names somebody: an email, an international phone, or *person* in plain.

    The person's phone is recognized by its last eight digits, however it is written. What stands in
    for an email (``-``, ``none``) is too short to recognize anybody by. Their external_id counts
    only with *external_id*: many shops rightly name an event after a lead or a
    customer, and such an id says nothing to a stranger.
    """
    lower = (decoded(text) if "%" in text else text).lower()
    if "@" in lower and _EMAIL.search(lower):
        return True
    if "+" in lower and _PHONE.search(lower):
        return True
    if person.email and _is_any_in(person.email, lower):
        return True
    if external_id and person.external_id and _is_any_in(person.external_id, lower):
        return True
    return (
        len(lower) >= _TELLING_DIGITS and bool(person.phone) and _holds_phone(lower, person.phone)
    )


def repeats(text: str, person: Identifiers) -> bool:
    """Tell whether *text* names somebody, or holds anything at all that was said about *person*.

    This is for what is answered, logged or kept in the clear: there even a name or a click id has
    no business. It costs more than :func:`holds_identifier`.
    """
    if holds_identifier(text, person, external_id=True):
        return True
    _, phones, _, *others = astuple(person)
    return _is_any_in((*phones, *filter(None, others)), decoded(text).lower())


def _split_scheme(address: str) -> tuple[str, str, str]:
    """Split ``https://shop.example/`` before and after its slashes; a bare path has neither."""
    scheme, slashes, rest = address.partition("//")
    is_scheme = not scheme or (scheme.endswith(":") and "/" not in scheme)
    return (scheme, slashes, rest) if slashes and is_scheme else ("", "", address)


def _may_stay(pair: str, person: Identifiers, *, keep_ttclid: bool) -> bool:
    name = decoded(pair.partition("=")[0])
    if name == "ttclid":
        return keep_ttclid and not _betrays(pair, person)
    return name.startswith("utm_") and not (_betrays(pair, person) or _hides_more(pair))


def _redacted(segment: str, person: Identifiers) -> str:
    return REDACTED if _betrays(segment, person) or _hides_query(segment) else segment


def _hides_more(pair: str) -> bool:
    """Tell whether one parameter carries others: old separators, or separators that are encoded."""
    return ("%" in pair or ";" in pair) and _HIDDEN.search(decoded(pair)) is not None


def _hides_query(segment: str) -> bool:
    """Tell whether a query or fragment is encoded into a path, as redirects do it."""
    return "%" in segment and not {"?", "#"}.isdisjoint(decoded(segment))


def _betrays(part: str, person: Identifiers) -> bool:
    """Tell whether a part of an address names somebody, also when it is encoded."""
    text = decoded(part)
    if person is not _NOBODY and holds_identifier(text, person, external_id=True):
        return True
    return (
        ("@" in text and _EMAIL.search(text) is not None)
        or ("+" in text and _PHONE.search(text) is not None)
        or (len(text) >= _SHA256_DIGITS and _DIGEST.search(text) is not None)
    )


def decoded(part: str) -> str:
    """Undo percent-encoding, also where redirects encoded an address again and again."""
    for _ in range(_MOST_ENCODINGS):
        plain = unquote(part) if "%" in part else part
        if plain == part:
            break
        part = plain
    return part


def _holds_phone(text: str, phones: tuple[str, ...]) -> bool:
    digits = _digits(text)
    if len(digits) < _TELLING_DIGITS and len(text) < _SHA256_DIGITS:
        return False  # as for most texts: neither a phone nor a digest has room in it
    for phone in phones:
        plain = phone.strip()
        if len(plain) == _SHA256_DIGITS and _DIGEST.fullmatch(plain):
            if plain.lower() in text:
                return True
            continue
        tail = plain[-_TELLING_DIGITS:].encode("ascii", "replace")
        if not tail.isdigit():  # there are marks between them
            tail = _digits(plain)[-_TELLING_DIGITS:]
        if len(tail) == _TELLING_DIGITS and tail in digits:
            return True
    return False


def _digits(text: str) -> bytes:
    return text.encode("ascii", "ignore").translate(None, _NO_DIGITS)


def _is_any_in(identifiers: tuple[str, ...], text: str) -> bool:
    for identifier in identifiers:
        plain = identifier.strip().lower()
        if plain in text and (len(plain) >= _TELLING_LETTERS or "@" in plain):
            return True
    return False


_SHA256_DIGITS: Final = 64
_TELLING_DIGITS: Final = 8
_TELLING_LETTERS: Final = 6
_MOST_ENCODINGS: Final = 5
# Each of these scans from one rare character and stops at the next, so their cost stays linear.
_EMAIL: Final = re.compile(r"[^\s@]@[^\s@.]+\.[^\s@.]")
# In a query + stands for a space between words, so a letter before it makes it no phone.
_PHONE: Final = re.compile(r"^\s*\+\s*[0-9]|(?<![0-9A-Za-z])\+(?:[ ().-]?[0-9]){7}")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_HIDDEN: Final = re.compile(r"[&;?#][^&;?#=]*=")
_NO_DIGITS: Final = bytes(set(range(128)) - set(b"0123456789"))
