"""Whether each wanted event comes from both sides and is counted once."""

from collections.abc import Iterator
from typing import Final

from tandemgate.catalog.pairs import VERDICTS
from tandemgate.catalog.trials import PAIR
from tandemgate.core.checks.view import View, names_of
from tandemgate.core.pairing import judge
from tandemgate.model.instant import Seconds
from tandemgate.model.pair import Band, Copy, PairVerdict, Sides
from tandemgate.model.trial import Line, Mark

OTHER_SIDE_WITHIN: Final[Seconds] = 60.0
"""How long the other side's copy may still be on its way."""

STRAY: Final = (
    "its server's copy went out live: let it state session, or refs.order after POST /v1/attach, "
    "so that it is found to belong to this visit"
)
_ALONE: Final = frozenset({PairVerdict.SERVER_ONLY, PairVerdict.BROWSER_ONLY})


def pairs(view: View) -> Iterator[Line]:
    """Judge each wanted event."""
    for event in view.trial.events:
        yield _pair(view, event)


def _pair(view: View, event: str) -> Line:
    """Judge all copies of *event*, whatever generation of its name they have."""
    check = f"{PAIR} {event}"
    sides = [one for one in view.traffic.sides if _copy(one).event in names_of(event)]
    lines = [_judged(view, check, one) for one in sides]
    for mark in (Mark.RED, Mark.WAITING, Mark.GREEN):
        for line in lines:
            if line.mark is mark:
                return line
    return Line(check, Mark.WAITING, "not seen yet")


def _judged(view: View, check: str, sides: Sides) -> Line:
    copy = _copy(sides)
    judged = judge(sides)
    told = VERDICTS[judged.verdict]
    if judged.verdict is PairVerdict.PAIRED and judged.band is not Band.COUNTED_TWICE:
        seen = f"{copy.event} from both sides, {judged.gap or 0:.1f} s apart"
        return Line(check, Mark.GREEN, seen, copy.event_id, copy.at)
    if judged.verdict in _ALONE and view.now - copy.happened_at < OTHER_SIDE_WITHIN:
        seen = f"{judged.verdict.replace('_', ' ')}, the other may still come"
        return Line(check, Mark.WAITING, seen, copy.event_id, copy.at)
    fix = STRAY if copy.event_id in view.traffic.strays else told.fix
    differs = f" ({', '.join(judged.differs)} differs)" if judged.differs else ""
    seen = f"{judged.verdict.replace('_', ' ')}{differs}"
    return Line(check, Mark.RED, seen, copy.event_id, copy.at, fix)


def _copy(sides: Sides) -> Copy:
    copy = sides.server or sides.browser
    if copy is None:
        msg = "a pair has at least one side"
        raise ValueError(msg)
    return copy
