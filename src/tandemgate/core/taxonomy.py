"""Do the Pixel and the gateway call the same thing by the same name, and is it TikTok's?"""

from collections.abc import Callable, Iterable, Sequence

from tandemgate.catalog import events
from tandemgate.model.rules import PixelRules
from tandemgate.model.taxonomy import NameSeen, NameStand, NameVerdict

_GENERATIONS = {old: new for old, new in events.LEGACY.items() if new is not None}


def judge(seen: Sequence[NameSeen], rules: PixelRules) -> list[NameStand]:
    """Say of each name of one pixel how it stands, what is to be mended first."""
    stands = [_stand(one, seen, rules) for one in seen]
    worst = list(NameVerdict)
    return sorted(stands, key=lambda stand: (worst.index(stand.verdict), stand.seen.event))


def _stand(one: NameSeen, seen: Sequence[NameSeen], rules: PixelRules) -> NameStand:
    standard, listed = one.event in events.KNOWN, rules.custom_events
    if one.gateway_at is None or one.pixel_at is None:
        across = [other for other in seen if _only_across(one, other)]
        if other := _first(across, lambda name: _generation(one.event) == _generation(name)):
            return NameStand(one, NameVerdict.GENERATION_MISMATCH, other, standard)
        if other := _first(across, lambda name: one.event.casefold() == name.casefold()):
            return NameStand(one, NameVerdict.CASE_MISMATCH, other, standard)
    meant = isinstance(listed, frozenset) and one.event in listed
    if not standard and not meant and (near := events.nearest(one.event)):
        return NameStand(one, NameVerdict.NEAR_MISS, near, standard)
    if one.pixel_at is None:
        return NameStand(one, NameVerdict.GATEWAY_ONLY, None, standard)
    if one.gateway_at is None:
        return NameStand(one, NameVerdict.PIXEL_ONLY, None, standard)
    return NameStand(one, NameVerdict.AGREES, None, standard)


def _only_across(one: NameSeen, other: NameSeen) -> bool:
    """Whether *other* is used by the side that does not use *one*."""
    if one.gateway_at is None:
        return other.gateway_at is not None and other is not one
    return other.pixel_at is not None and other is not one


def _generation(name: str) -> str:
    return _GENERATIONS.get(name, name)


def _first(names: Iterable[NameSeen], fits: Callable[[str], bool]) -> str | None:
    return next((one.event for one in names if fits(one.event)), None)
