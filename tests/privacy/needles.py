"""What is searched for: everything that one text may look like after it was written somewhere.

A text is looked for as it is, in any case, percent-encoded once or twice, in base64 (in each of the
three ways in which it can lie in a longer text), in hex, with JSON's or HTML's escapes, in UTF-16,
backwards; and as its SHA-256, which is no less personal: nobody salts it, so it can be looked up.
"""

import base64
import html
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias
from urllib.parse import quote, quote_plus

SHORTEST: Final = 6
"""Bytes; what is shorter turns up by chance."""

_FIRST_SURE: Final = (0, 2, 3)
"""Characters of base64 that what stands before the text has a part in, by its length modulo 3."""


@dataclass(frozen=True, slots=True)
class Needle:
    """``text`` is what ``about`` looks like in one ``form``; in ``any_case`` it is lower-case."""

    about: str
    form: str
    text: bytes
    any_case: bool = True


@dataclass(frozen=True, slots=True)
class Canary:
    """Something that must not be found: each way in which it is spelled, and what may be hashed."""

    about: str
    spellings: tuple[str, ...]
    hashed: tuple[str, ...] = ()


Form: TypeAlias = Callable[[bytes], bytes]

ANY_CASE: Final[Mapping[str, Form]] = {
    "raw": lambda text: text,
    "percent-encoded": lambda text: quote(text, safe="").encode(),
    "percent-encoded, + for blanks": lambda text: quote_plus(text).encode(),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe="").encode(),
    "percent-encoded, + and . kept": lambda text: quote(text, safe="+.").encode(),
    "percent-encoded, each byte": lambda text: b"".join(b"%%%02x" % byte for byte in text),
    "hex": lambda text: text.hex().encode(),
    "JSON escapes": lambda text: _escaped(text, json_escape),
    "JSON escapes, each letter": lambda text: b"".join(map(json_escape, text.decode())),
    "JSON": lambda text: _in_json(text.decode()).encode(),
    "JSON in JSON": lambda text: _in_json(_in_json(text.decode())).encode(),
    "HTML": lambda text: html.escape(text.decode()).encode(),
    "HTML numbers": lambda text: _escaped(text, lambda letter: b"&#%d;" % ord(letter)),
    "HTML hex numbers": lambda text: _escaped(text, lambda letter: b"&#x%x;" % ord(letter)),
    "UTF-16": lambda text: text.decode().encode("utf-16-le"),
    "UTF-16, big-endian": lambda text: text.decode().encode("utf-16-be"),
    "backwards": lambda text: text.decode()[::-1].encode(),
}

AS_IT_IS: Final[Mapping[str, Form]] = {
    f"{name} at {place}": lambda text, place=place, alphabet=alphabet: _base64(  # type: ignore[misc]
        text, place, alphabet
    )
    for name, alphabet in {"base64": b"+/", "base64url": b"-_"}.items()
    for place in range(3)
}

DIGESTS: Final[Mapping[str, Form]] = {
    "digest": lambda digest: digest,
    **AS_IT_IS,
}


def needles(canaries: Iterable[Canary]) -> tuple[Needle, ...]:
    """Everything that *canaries* may look like, each once."""
    found: dict[tuple[bytes, bool], Needle] = {}
    for canary in canaries:
        for needle in _of(canary):
            found.setdefault((needle.text, needle.any_case), needle)
    return tuple(found.values())


def only_plain(canaries: Iterable[Canary]) -> tuple[Needle, ...]:
    """The same without digests: what may not even leave for TikTok."""
    return needles(Canary(canary.about, canary.spellings) for canary in canaries)


def found_in(haystack: bytes, wanted: Iterable[Needle]) -> list[Needle]:
    """Return those of *wanted* that stand in *haystack*."""
    lower = haystack.lower()
    return [one for one in wanted if one.text in (lower if one.any_case else haystack)]


def _of(canary: Canary) -> Iterator[Needle]:
    for spelling in canary.spellings:
        for cased in {spelling.encode(), spelling.lower().encode(), spelling.upper().encode()}:
            for form, write in ANY_CASE.items():
                yield Needle(canary.about, form, write(cased).lower())
            for form, write in AS_IT_IS.items():
                yield from _long_enough(Needle(canary.about, form, write(cased), any_case=False))
    for identifier in canary.hashed:
        digest = sha256(identifier.encode())
        yield Needle(canary.about, "SHA-256", digest.hexdigest().encode())
        for form, write in DIGESTS.items():
            for of, raw in {"": digest.digest(), "'s hex": digest.hexdigest().encode()}.items():
                yield Needle(canary.about, f"SHA-256{of}, {form}", write(raw), any_case=False)


def _long_enough(needle: Needle) -> Iterator[Needle]:
    if len(needle.text) >= SHORTEST:
        yield needle


def _base64(text: bytes, place: int, alphabet: bytes) -> bytes:
    """The part of base64 that *text* alone decides, when *place* bytes modulo 3 stand before it."""
    encoded = base64.b64encode(bytes(place) + text + bytes(3), altchars=alphabet)
    return encoded[_FIRST_SURE[place] : (place + len(text)) * 8 // 6]


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def json_escape(letter: str) -> bytes:
    """Escape one letter, as JSON may (RFC 8259, section 7)."""
    pairs = letter.encode("utf-16-be").hex()
    return b"".join(b"\\u" + pairs[place : place + 4].encode() for place in range(0, len(pairs), 4))


def _escaped(text: bytes, escape: Callable[[str], bytes]) -> bytes:
    """Escape what is neither a letter nor a digit."""
    return b"".join(
        letter.encode() if letter.isalnum() and letter.isascii() else escape(letter)
        for letter in text.decode()
    )
