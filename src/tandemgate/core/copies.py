"""What consent removes, removed wherever else it stands: in an address, an order number, a text.

An item holds identifiers as digests only, so their copies are found by digesting what a text is
made of: each word, and each few words together. Any other digest in a text is taken for somebody's.
Emails and phones are kept out of texts before, see :mod:`tandemgate.core.scrub`. Places are not
looked for: a shop's own texts are full of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from tandemgate.catalog.consent import IDENTIFIERS
from tandemgate.core.scrub import REDACTED, decoded
from tandemgate.model.consent import Decision
from tandemgate.model.person import MatchKey, MatchKeys

_read = msgspec.json.Decoder(dict[str, Any]).decode
_write = msgspec.json.Encoder().encode

_RAW: Final = (MatchKey.TTCLID, MatchKey.TTP, MatchKey.USER_AGENT)
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "properties": ("order_id", "query", "search_string", "description", "status"),
    "lead": ("lead_id", "lead_event_source"),
}
_LINE_TEXTS: Final = ("content_name", "content_category", "brand")
_ADDRESSES: Final = ("url", "referrer")
_WORD: Final = re.compile(r"[^\W_]+")
_DIGEST: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
_MOST_WORDS: Final = 4
_LONGEST: Final = 1_024
"""Characters; a longer text is left out as a whole rather than searched for long."""
_SHORTEST: Final = 3
"""Characters of a copy inside a text; a shorter one has to be the whole text."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a decision takes away from one person: as digests, and as it is."""

    digests: frozenset[str]
    raw: tuple[str, ...]

    def stands_in(self, text: str) -> bool:
        """Tell whether a copy of any of it is part of *text*, also percent-encoded."""
        plain = decoded(text)
        lower = plain.lower()
        if any(value.lower() in lower for value in self.raw):
            return True
        if not self.digests:
            return False
        if len(plain) > _LONGEST or _DIGEST.search(plain):
            return True
        return any(map(self._is_of, _parts(plain)))

    def _is_of(self, part: str) -> bool:
        return sha256(part.encode("utf-8", "replace")).hexdigest() in self.digests


def taken(user: Mapping[str, Any], decision: Decision) -> Taken:
    """Return what *decision* takes out of *user*, named as on the wire, of which copies may be."""
    digests = [user.get(key) for key in decision.remove & IDENTIFIERS]
    if MatchKey.PHONE in decision.remove:
        digests.append(user.get("phone_number"))
    raw = [user.get(key) for key in _RAW if key in decision.remove]
    if decision.truncate_ip or MatchKey.IP in decision.remove:
        raw.append(user.get(MatchKey.IP))
    return Taken(frozenset(_flat(digests)), tuple(_flat(raw)))


def without_copies(
    wire: bytes, match_keys: MatchKeys, decision: Decision
) -> tuple[bytes, list[str]]:
    """Return *wire* without copies of what *decision* takes away, and where they were."""
    if not (decision.remove or decision.truncate_ip):
        return wire, []
    away = taken({key: getattr(match_keys, key) for key in MatchKey}, decision)
    if not away.digests and not away.raw:
        return wire, []
    item = _read(wire)
    found = take_copies(item, away)
    return (_write(item), found) if found else (wire, [])


def take_copies(item: dict[str, Any], away: Taken) -> list[str]:
    """Take copies of *away* out of *item* itself; return the JSON pointers of where they were."""
    return list(_take(item, away))


def _take(item: dict[str, Any], away: Taken) -> Iterator[str]:
    for name, texts in _TEXTS.items():
        yield from _drop(item.get(name, {}), texts, f"/{name}", away)
    for place, line in enumerate(item.get("properties", {}).get("contents", ())):
        yield from _drop(line, _LINE_TEXTS, f"/properties/contents/{place}", away)
    page = item.get("page", {})
    for name in _ADDRESSES:
        if name in page and (clean := _address(page[name], away)) != page[name]:
            page[name] = clean
            yield f"/page/{name}"
    for name in ("properties", "lead"):
        if not item.get(name, True):
            del item[name]


def _drop(section: dict[str, Any], names: tuple[str, ...], at: str, away: Taken) -> Iterator[str]:
    for name in names:
        if isinstance(text := section.get(name), str) and away.stands_in(text):
            del section[name]
            yield f"{at}/{name}"


def _address(address: str, away: Taken) -> str:
    """Redact the parts of the path and leave out the parameters in which a copy stands."""
    whole, question, query = address.partition("?")
    scheme, slashes, rest = whole.rpartition("//")
    host, slash, path = rest.partition("/") if slashes else ("", "", rest)
    parts = [REDACTED if away.stands_in(part) else part for part in path.split("/")]
    pairs = [pair for pair in query.split("&") if not away.stands_in(pair)]
    clean = f"{scheme}{slashes}{host}{slash}{'/'.join(parts)}"
    return f"{clean}?{'&'.join(pairs)}" if question and any(pairs) else clean


def _parts(text: str) -> Iterator[str]:
    """Every few words of *text* that stand together, as they are and as they are hashed."""
    yield text.strip()
    words = list(_WORD.finditer(text))
    for first in range(len(words)):
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            part = text[words[first].start() : words[last].end()]
            if len(part) >= _SHORTEST:
                lower = part.lower()
                yield from {part, lower, "".join(_WORD.findall(lower))}


def _flat(values: list[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif value:
            yield from value
