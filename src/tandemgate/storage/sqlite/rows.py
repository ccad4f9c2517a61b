"""How values of the model stand in columns."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec
from msgspec import structs

from tandemgate.core.traces import TRACE_BYTES
from tandemgate.model.consent import Decision, Flag, Said
from tandemgate.model.event import Event, Fingerprint
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch
from tandemgate.model.money import Money
from tandemgate.model.pair import Stance
from tandemgate.model.person import MatchKey, Presence

_UNSAID: Final = "-"
_LETTERS: Final[dict[Presence | None, str]] = {
    None: _UNSAID,
    Presence.SENT: "s",
    Presence.MISSING: "m",
    Presence.SUPPRESSED: "p",
    Presence.INVALID: "i",
}
_PRESENCES: Final = {letter: presence for presence, letter in _LETTERS.items() if presence}
_FLAGS: Final[dict[Flag | None, str]] = {None: _UNSAID, Flag.GRANTED: "g", Flag.DENIED: "d"}
_STATED: Final = {letter: flag for flag, letter in _FLAGS.items()}
_KEYS: Final = tuple(MatchKey)

DetailColumns: TypeAlias = tuple[
    float | None,
    float | None,
    str | None,
    float | None,
    str,
    bytes,
    str | None,
    bytes | None,
    int | None,
    str | None,
]

_json = msgspec.json.Encoder(order="deterministic").encode  # sets would come in any order
_decision = msgspec.json.Decoder(Decision).decode
_sources = msgspec.json.Decoder(tuple[Said, ...]).decode
_findings = msgspec.json.Decoder(tuple[Finding, ...]).decode
_pack = msgspec.msgpack.Encoder().encode
_members = msgspec.msgpack.Decoder(dict[int, int]).decode
_unpack = msgspec.msgpack.Decoder(dict[str, bytes]).decode


def decision_text(decision: Decision) -> str:
    """Write what many events share of a decision: :func:`shared_of` of it."""
    return _json(decision).decode()


def shared_of(decision: Decision) -> Decision:
    """Return what many events share of a decision: all but its sources and its time."""
    if decision.collected_at is None and not decision.sources:
        return decision
    return structs.replace(decision, collected_at=None, sources=())


def decision_of(text: str, collected_at: Epoch | None, sources: str | None) -> Decision:
    """Read :func:`decision_text`, and what is one event's own of a decision."""
    decision = _decision(text)
    if collected_at is None and sources is None:
        return decision
    said = _sources(sources) if sources else ()
    return structs.replace(decision, collected_at=collected_at, sources=said)


def presence_text(presence: Mapping[MatchKey, Presence]) -> str:
    """Write a letter for each match key, in the order of :class:`MatchKey`."""
    return _letters(tuple(map(presence.get, _KEYS)))


@lru_cache(maxsize=4_096)
def _letters(presences: tuple[Presence | None, ...]) -> str:
    """Write what few events have for themselves."""
    return "".join(map(_LETTERS.__getitem__, presences))


def presence_of(text: str) -> dict[MatchKey, Presence]:
    """Read :func:`presence_text`; keys that came to the model later are unsaid."""
    pairs = zip(_KEYS, text, strict=False)
    return {key: _PRESENCES[letter] for key, letter in pairs if letter != _UNSAID}


def detail_columns(event: Event, presence: str) -> DetailColumns:
    """Return all columns of the event's detail but its decision, in their order.

    *presence* is the :func:`presence_text` of the event's.
    """
    decision, worth = event.decision, event.worth
    return (
        decision.collected_at,
        event.decided_at,
        _json(decision.sources).decode() if decision.sources else None,
        event.held_until,
        presence,
        pack_fingerprint(event.fingerprint),
        _json(event.findings).decode() if event.findings else None,
        b"".join(event.traces) or None,
        None if worth is None else worth.minor,
        None if worth is None else worth.currency,
    )


def worth_of(minor: int | None, currency: str | None) -> Money | None:
    """Read the worth of :func:`detail_columns`."""
    return None if minor is None or currency is None else Money(minor, currency)


def traces_of(joined: bytes | None) -> tuple[bytes, ...]:
    """Read the traces of :func:`detail_columns`."""
    if not joined:
        return ()
    return tuple(joined[at : at + TRACE_BYTES] for at in range(0, len(joined), TRACE_BYTES))


def pack_fingerprint(fingerprint: Fingerprint) -> bytes:
    """Write a fingerprint as :func:`detail_columns` does."""
    return _pack(fingerprint.fields)


def fingerprint_of(packed: bytes) -> Fingerprint:
    """Read the fingerprint of :func:`detail_columns`."""
    return Fingerprint(_unpack(packed))


def findings_of(text: str | None) -> tuple[Finding, ...]:
    """Read the findings of :func:`detail_columns`."""
    return _findings(text) if text else ()


def stance_text(said: Stance) -> str:
    """Write what a browser said about consent as letters: ``g`` or ``d`` for each flag."""
    flags = (said.ad_user_data, said.ad_personalization)
    letters = "".join(_FLAGS[flag] for flag in flags)
    return letters + "o" * said.opt_out + "c" * said.gpc


def stance_of(text: str | None) -> Stance:
    """Read :func:`stance_text`."""
    if not text:
        return Stance()
    user_data, personalization = (_STATED[letter] for letter in text[:2])
    return Stance(user_data, personalization, opt_out="o" in text, gpc="c" in text)


def stated_stance(facts: str | None) -> Stance:
    """Read what was said about consent from :func:`decision_text`."""
    if not facts:
        return Stance()
    decision = _decision(facts)
    flags = (decision.stated_ad_user_data, decision.stated_ad_personalization)
    return Stance(*flags, opt_out=decision.opt_out)


def pack_members(kinds: Mapping[int, int]) -> bytes:
    """Write the seqs of a batch's events with their kinds."""
    return _pack(kinds)


def members_of(packed: bytes) -> dict[int, int]:
    """Read :func:`pack_members`."""
    return _members(packed)
