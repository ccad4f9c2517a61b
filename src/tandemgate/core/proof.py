"""Proof of a decision: made again from what is stored, and held against the bytes that left."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import msgspec

from tandemgate.core.consent import decide
from tandemgate.core.policy import asked_profile
from tandemgate.model.consent import Decision, Export, Flag, Policy, Signals

_read = msgspec.json.Decoder().decode
_EXPORTS: Final = (Export.SEND, Export.HOLD, Export.NONE)
"""From the laxest to the strictest."""


class Verdict(StrEnum):
    """What came of deciding again."""

    SAME = "same"
    TIGHTENED = "tightened"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Again:
    """A decision made again: ``differences`` names the fields that came out otherwise.

    ``TIGHTENED`` means that what is stored keeps back more, as after a denial that came later.
    """

    verdict: Verdict
    differences: tuple[str, ...] = ()


def signals_of(decision: Decision, policy: Policy) -> Signals:
    """Return what *decision* was made of."""
    return Signals(
        ad_user_data=decision.stated_ad_user_data,
        ad_personalization=decision.stated_ad_personalization,
        opt_out=decision.opt_out,
        child=decision.child,
        cmp=decision.cmp,
        cmp_version=decision.cmp_version,
        collected_at=decision.collected_at,
        sources=decision.sources,
        profile=asked_profile(decision.policy, policy),
    )


def decide_again(stored: Decision, policy: Policy) -> Again:
    """Make *stored* again under *policy*, the version that it names, and compare."""
    made = decide(signals_of(stored, policy), stored.region, policy)
    if made == stored:
        return Again(Verdict.SAME)
    names = Decision.__struct_fields__
    differing = (name for name in names if getattr(made, name) != getattr(stored, name))
    verdict = Verdict.TIGHTENED if _keeps_more_back(stored, made) else Verdict.DIFFERS
    return Again(verdict, tuple(differing))


def leaving(wire: bytes) -> list[str]:
    """Name every field of an item, ``user.email``, ``properties.contents[].price``, once each."""
    return list(dict.fromkeys(_paths("", _read(wire)))) if wire else []


def digest_of(wire: bytes) -> str:
    """Return the SHA-256 of an item's bytes, to be compared with what TikTok got."""
    return sha256(wire).hexdigest()


def _keeps_more_back(stored: Decision, made: Decision) -> bool:
    return (
        _EXPORTS.index(stored.export) >= _EXPORTS.index(made.export)
        and stored.remove >= made.remove
        and stored.truncate_ip >= made.truncate_ip
        and (stored.limited_data_use >= made.limited_data_use or stored.export is not Export.SEND)
        and not _says_more(stored.ad_user_data, made.ad_user_data)
        and not _says_more(stored.ad_personalization, made.ad_personalization)
    )


def _says_more(stored: Flag | None, made: Flag | None) -> bool:
    return stored is Flag.GRANTED and made is not stored


def _paths(at: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - decoded JSON
    match value:
        case dict():
            for name, member in value.items():
                yield from _paths(f"{at}.{name}" if at else name, member)
        case list() if any(isinstance(member, dict) for member in value):
            for member in value:
                yield from _paths(f"{at}[]", member)
        case _:
            yield at
