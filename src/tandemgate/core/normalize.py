"""From what the caller said about a person to what TikTok may know: the only door between the two.

The rules are those of TikTok's advanced matching: identifiers are made canonical and hashed with
SHA-256, places are folded to plain letters, click ids and device context stay as they are. What
cannot be right is left out with a finding, since a wrong digest never matches and never complains.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Final, TypeAlias

from msgspec import Struct

from tandemgate.catalog.reasons import finding
from tandemgate.core.address import public_ip
from tandemgate.core.phone import e164
from tandemgate.model.finding import Finding
from tandemgate.model.person import Identifiers, MatchKey, MatchKeys, Presence, Sha256
from tandemgate.model.rules import ExternalIdCase, PixelRules

LONGEST_TTCLID: Final = 1_000
"""Characters. A click id is only worth something whole, so a longer one is dropped, never cut."""


class Normalized(Struct, frozen=True, gc=False):
    """What is left of a person, what became of each match key, and what there is to say."""

    match_keys: MatchKeys
    presence: dict[MatchKey, Presence]
    findings: list[Finding]


class Odd(Struct, frozen=True, gc=False):
    """A value that deserves a finding. It is left out unless there is something to ``keep``."""

    reason: str
    keep: str | None = None


Canonical: TypeAlias = Callable[[str], str | Odd]
"""Turns a trimmed, non-empty value into its canonical form."""


def normalize(
    person: Identifiers, phone_region: str | None, rules: PixelRules, at: str
) -> Normalized:
    """Normalize and hash *person*; *at* is the JSON pointer of the ``user`` object.

    *phone_region* is what the event states; without it the pixel's own holds. Values that are 64
    hex digits already are lower-cased and never hashed again. Blank values count as missing.
    """
    region = phone_region or rules.phone_region
    external_id = str if rules.external_id_case is _KEEP else str.lower
    read = _Reading(at)
    keys = MatchKeys(
        read.digests(_EMAIL, person.email, canonical_email),
        read.digests(_PHONE, person.phone, partial(canonical_phone, region=region)),
        read.digests(_EXTERNAL_ID, person.external_id, external_id),
        read.digest(_FIRST_NAME, person.first_name, canonical_name),
        read.digest(_LAST_NAME, person.last_name, canonical_name),
        read.digest(_ZIP_CODE, person.zip_code, canonical_name),
        read.plain(_CITY, person.city, canonical_place),
        read.plain(_STATE, person.state, canonical_place),
        read.plain(_COUNTRY, person.country, canonical_place),
        read.plain(_TTCLID, person.ttclid, canonical_ttclid),
        read.plain(_TTP, person.ttp, as_it_came),
        read.plain(_IP, person.ip, canonical_ip),
        read.plain(_USER_AGENT, person.user_agent, as_it_came),
        read.plain(_LOCALE, person.locale, canonical_locale),
    )
    return Normalized(keys, read.presence, read.findings)


def canonical_email(text: str) -> str | Odd:
    """Lower-case; dots and plus tags stay, since TikTok's Pixel keeps them."""
    local, _, domain = text.partition("@")
    return text.lower() if local and domain and "@" not in domain else Odd("email_invalid")


def canonical_phone(text: str, region: str | None) -> str | Odd:
    """E.164 with its ``+``; see :func:`tandemgate.core.phone.e164`."""
    result = e164(text, region)
    if result.reason is None and result.number is not None:
        return result.number
    return Odd(result.reason or "phone_invalid", result.number)


def canonical_name(text: str) -> str:
    """Lower-case without any white space: names, and zip codes too."""
    return "".join(text.lower().split())


def canonical_place(text: str) -> str | Odd:
    """Lower-case letters and digits without diacritics: ``"São Paulo"`` is ``"saopaulo"``."""
    if text.isascii():
        lower = text.lower()
    else:
        plain = _DIACRITICS.sub("", unicodedata.normalize("NFKD", text)).lower()
        # Composed again, so that scripts which NFKD takes apart (Hangul, kana) stay whole.
        lower = unicodedata.normalize("NFC", plain.translate(_STROKES))
    letters = lower if lower.isalnum() else "".join(filter(_is_letter_or_digit, lower))
    return letters or Odd("place_invalid")


def canonical_ttclid(text: str) -> str | Odd:
    """Whole and as it came, or not at all."""
    return as_it_came(text) if len(text) <= LONGEST_TTCLID else Odd("ttclid_too_long")


def as_it_came(text: str) -> str | Odd:
    """Raw. One that was cut short, as the guide prints them, is sent and remarked on."""
    return Odd("placeholder_value", keep=text) if text.endswith(_ELLIPSES) else text


def canonical_ip(text: str) -> str | Odd:
    """The address of a person; see :func:`tandemgate.core.address.public_ip`."""
    return public_ip(text) or Odd("ip_not_public")


def canonical_locale(text: str) -> str | Odd:
    """A language tag in the shape of BCP 47; ``de_DE`` is taken as ``de-DE``."""
    tag = text.replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else Odd("locale_invalid")


def already_hashed(text: str) -> str | Odd | None:
    """Return the digest that *text* is, what is wrong with it, or ``None`` if *text* is plain.

    32 hex digits or more are taken as a digest: nobody's email, phone or name looks like that.
    """
    if len(text) >= _SHORTEST_DIGEST and _HEX.fullmatch(text):
        digest = text.lower()
        if len(digest) != _SHA256_DIGITS:
            return Odd("digest_length")
        return Odd("digest_of_nothing") if digest == _DIGEST_OF_NOTHING else digest
    return _placeholder(text)


class _Reading:
    """Reads the values of one person and keeps the record of it."""

    __slots__ = ("_at", "findings", "presence")

    def __init__(self, at: str) -> None:
        self._at = at
        self.findings: list[Finding] = []
        self.presence = _ALL_MISSING.copy()

    def digests(
        self, key: MatchKey, values: tuple[str, ...], canonical: Canonical
    ) -> tuple[Sha256, ...]:
        """Digests of a match key that may have several values: each once, in their order."""
        if not values:
            return ()
        if len(values) == 1:
            only = self.digest(key, values[0], canonical)
            return () if only is None else (only,)
        several = [
            self.digest(key, value, canonical, f"/{index}") for index, value in enumerate(values)
        ]
        return tuple(dict.fromkeys(filter(None, several)))

    def digest(
        self, key: MatchKey, value: str | None, canonical: Canonical, index: str = ""
    ) -> Sha256 | None:
        """Digest of one value; *index* is its place in a list, as the end of a JSON pointer."""
        if value is None:
            return None
        text = value.strip()
        if not text:
            return None
        doubtful = len(text) >= _SHORTEST_DIGEST or text[0] in _PLACEHOLDERS_BEGIN
        hashed = already_hashed(text) if doubtful else None
        result = canonical(text) if hashed is None else hashed
        left = result if isinstance(result, str) else self._odd(key, result, index)
        if left is None:
            return None
        self.presence[key] = _SENT
        return Sha256(left if hashed else sha256(left.encode()).hexdigest())

    def plain(self, key: MatchKey, value: str | None, canonical: Canonical) -> str | None:
        """A match key that leaves as it is, or folded."""
        if value is None:
            return None
        text = value.strip()
        if not text:
            return None
        doubtful = len(text) == _SHA256_DIGITS or text[0] in _PLACEHOLDERS_BEGIN
        result = (_wrongly_hashed(text) if doubtful else None) or canonical(text)
        left = result if isinstance(result, str) else self._odd(key, result)
        if left is not None:
            self.presence[key] = _SENT
        return left

    def _odd(self, key: MatchKey, odd: Odd, index: str = "") -> str | None:
        """Say what is odd about one value, and return what is left of it."""
        self.findings.append(finding(odd.reason, f"{self._at}/{key}{index}"))
        if odd.keep is None and self.presence[key] is Presence.MISSING:
            self.presence[key] = Presence.INVALID
        return odd.keep


def _wrongly_hashed(text: str) -> Odd | None:
    if len(text) == _SHA256_DIGITS and _HEX.fullmatch(text):
        return Odd("raw_field_hashed")
    return _placeholder(text)


def _placeholder(text: str) -> Odd | None:
    """Examples print ``sha256(...)``, ``sha256_...`` or ``sha256:...`` where a digest belongs."""
    is_one = text[0] in _PLACEHOLDERS_BEGIN and _PLACEHOLDER.match(text)
    return Odd("placeholder_not_digest") if is_one else None


def _is_letter_or_digit(char: str) -> bool:
    """Marks count as well: in Devanagari or Thai they are the vowels."""
    return char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}


_SHA256_DIGITS: Final = 64
_SHORTEST_DIGEST: Final = 32  # MD5
_DIGEST_OF_NOTHING: Final = sha256(b"").hexdigest()
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_PLACEHOLDERS_BEGIN: Final = "sS"
_PLACEHOLDER: Final = re.compile(r"sha-?256\s*[(_:]", re.IGNORECASE)
_ELLIPSES: Final = ("...", "…")
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_DIACRITICS: Final = re.compile("[\u0300-\u036f]+")
# Letters with a stroke or ligature have no decomposition in Unicode.
_STROKES: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",  # a dotless i
    }
)
_SENT: Final = Presence.SENT
_ALL_MISSING: Final[dict[MatchKey, Presence]] = dict.fromkeys(MatchKey, Presence.MISSING)

_EMAIL, _PHONE, _EXTERNAL_ID, _FIRST_NAME, _LAST_NAME, _ZIP_CODE, *_PLAIN = MatchKey
_CITY, _STATE, _COUNTRY, _TTCLID, _TTP, _IP, _USER_AGENT, _LOCALE = _PLAIN
_KEEP: Final = ExternalIdCase.KEEP
