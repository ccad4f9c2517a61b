"""How far a setup has come, by what its newest events show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tandemgate.catalog.events import PURCHASES
from tandemgate.model.admission import Entry
from tandemgate.model.instant import Epoch
from tandemgate.model.setup import Confirmed, Lit, Prerequisite, Rung, Standing
from tandemgate.model.state import State

_SENT: Final = "sent"


def _any(entry: Entry, *keys: str) -> bool:
    return any(entry.match_keys.get(key) == _SENT for key in keys)


_SHOWN: Final[Mapping[Rung, Callable[[Entry], bool]]] = {
    Rung.ENDPOINT: lambda _: True,
    Rung.BROWSER_IDS: lambda entry: (
        _any(entry, "ttclid", "ttp") and _any(entry, "ip") and _any(entry, "user_agent")
    ),
    Rung.MATCH_KEYS: lambda entry: _any(entry, "email", "phone", "external_id"),
    Rung.VALUE: lambda entry: entry.event in PURCHASES and entry.worth is not None,
    Rung.CONSENT: lambda entry: (
        entry.decision.stated_ad_user_data is not None
        and entry.decision.stated_ad_personalization is not None
    ),
}
"""What a delivered event shows of each rung."""


def climb(entries: Iterable[Entry]) -> list[Lit]:
    """Say of each rung which of *entries*, the newest first, lights it."""
    delivered = [entry for entry in entries if entry.state is State.DELIVERED]
    return [_lit(rung, delivered) for rung in Rung]


def standings(
    arrived_at: Epoch | None,
    fired_at: Epoch | None,
    advertiser_id: str,
    ladder: Sequence[Lit],
    confirmed: Iterable[Confirmed],
) -> list[Standing]:
    """Say of each prerequisite of one pixel whether it is there, and by whose word.

    *arrived_at* is when the newest event came, *fired_at* when a page last told of a call of the
    Pixel. What traffic proves needs nobody's word.
    """
    said = {one.prerequisite: one for one in confirmed}
    proven = {
        Prerequisite.PIXEL: fired_at if advertiser_id else None,
        Prerequisite.TOKEN: next(lit.at for lit in ladder if lit.rung is Rung.ENDPOINT),
        Prerequisite.ENDPOINT: arrived_at,
    }
    return [_standing(one, proven.get(one), said.get(one)) for one in Prerequisite]


def _standing(one: Prerequisite, proven: Epoch | None, said: Confirmed | None) -> Standing:
    if proven is not None:
        return Standing(one, proven)
    return Standing(one, said.at, said.who) if said else Standing(one)


def _lit(rung: Rung, delivered: Sequence[Entry]) -> Lit:
    for entry in delivered:
        if _SHOWN[rung](entry):
            return Lit(rung, entry.received_at, entry.event, entry.event_id)
    return Lit(rung)
