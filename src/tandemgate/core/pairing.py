"""Whether the Pixel's copy and ours are counted once, and if not, which rule was missed.

TikTok takes two copies for one conversion when pixel, event and event_id are the same, to the
letter: within five minutes they are merged, up to 48 hours later the second is dropped, after that
it counts again (TikTok Business Help Center, "About event deduplication").
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Final, TypeAlias

from tandemgate.catalog.events import LEGACY
from tandemgate.model.event import Fingerprint
from tandemgate.model.instant import Seconds
from tandemgate.model.pair import Band, Copy, Pair, PairCounts, PairVerdict, Sides, Stance

MERGED_WITHIN: Final[Seconds] = 300.0
DROPPED_WITHIN: Final[Seconds] = 48 * 3600.0
SAME_ACTION_WITHIN: Final[Seconds] = 300.0
"""Two copies of one session this close, under different event_ids, are most likely one action."""

_SUBJECT: Final = frozenset({"order_id", "contents"})
"""Fields by which an action is another one; a different amount alone is a mistake in the amount."""

_NEVER_STATED: Final = frozenset({"prices", "email", "phone", "external_id"})
"""What the Pixel's report holds no copy of, so that nothing is to be compared."""


_ONE_ACTION: Final = frozenset({PairVerdict.PAIRED, PairVerdict.CONTENT_DIFFERS})
"""Verdicts of actions that both sides told of under one key."""


def pair(
    server: Copy | None,
    browser: Copy | None,
    near: Sequence[Copy] = (),
    earlier: Sequence[Copy] = (),
) -> Pair:
    """Judge a copy, or two under one key.

    *near* are copies of the side that is missing, or without that of either side, that share the
    session, the order or, but for its case, the event_id. *earlier* are copies that a side sent
    before; see :class:`tandemgate.model.pair.Sides`.

    Raises:
        ValueError: there is no copy to judge.

    """
    if server is not None and server.kept:
        return Pair(PairVerdict.KEPT_BACK, other=browser)
    if server is not None and browser is not None:
        return _order_again((server, browser), earlier) or _met(server, browser)
    copy = server or browser
    if copy is None:
        msg = "a pair has at least one side"
        raise ValueError(msg)
    alone = PairVerdict.SERVER_ONLY if browser is None else PairVerdict.BROWSER_ONLY
    sure, guess = (_nearly(copy, near, rules) for rules in (_SURE, _LIKELY))
    return sure or double_fire(copy, earlier) or guess or Pair(alone)


def judge(sides: Sides) -> Pair:
    """Judge what a store knows of both sides."""
    return pair(sides.server, sides.browser, sides.near, sides.earlier)


def count(all_sides: Iterable[Sides], *, complete: bool = True) -> PairCounts:
    """Count actions by pixel and verdict."""
    verdicts: Counter[tuple[str, PairVerdict]] = Counter()
    once = 0
    for sides in all_sides:
        judged = judge(sides)
        verdicts[sides.pixel_id, judged.verdict] += 1
        once += judged.verdict in _ONE_ACTION and judged.band is not Band.COUNTED_TWICE
    return PairCounts(verdicts, once, complete)


def consent_differs(server: Stance, browser: Stance) -> tuple[str, ...]:
    """Name what the two sides say differently about consent.

    A flag that one of them does not state is no difference, an objection that the server was not
    told of is one.
    """
    both = {
        "ad_user_data": {server.ad_user_data, browser.ad_user_data},
        "ad_personalization": {server.ad_personalization, browser.ad_personalization},
    }
    names = [name for name, flags in both.items() if len(flags - {None}) > 1]
    return (*names, "opt_out") if browser.opt_out and not server.opt_out else tuple(names)


def double_fire(copy: Copy, earlier: Iterable[Copy]) -> Pair | None:
    """Find the copy of the same side, session and action that *copy* repeats under another id."""
    for other in earlier:
        same = copy.event == other.event and _same_moment(copy, other) and not other.kept
        if same and _same_action(copy, other):
            return Pair(PairVerdict.DOUBLE_FIRE, abs(copy.at - other.at), other=other)
    return None


def _order_again(copies: Iterable[Copy], earlier: Sequence[Copy]) -> Pair | None:
    """Find the copy of the same order that one of two copies which met repeats.

    Only the order is proof: where both sides tell twice that a product was seen, it was seen twice.
    """
    for copy, other in product(copies, earlier):
        if _one_order(copy, other) and (found := double_fire(copy, (other,))):
            return found
    return None


def band(gap: Seconds) -> Band:
    """Return what TikTok does with a second copy *gap* seconds after the first."""
    if gap <= MERGED_WITHIN:
        return Band.MERGED
    return Band.DROPPED if gap <= DROPPED_WITHIN else Band.COUNTED_TWICE


def _met(server: Copy, browser: Copy) -> Pair:
    gap = abs(server.at - browser.at)
    differs = _differs(server, browser)
    if _SUBJECT.intersection(differs):
        verdict = PairVerdict.ID_REUSED
    else:
        verdict = PairVerdict.CONTENT_DIFFERS if differs else PairVerdict.PAIRED
    return Pair(verdict, gap, band(gap), browser, differs)


def _nearly(copy: Copy, near: Sequence[Copy], rules: "Sequence[_Missed]") -> Pair | None:
    """Name the rule that kept the most likely counterpart from being counted with *copy*."""
    for verdict, missed in rules:
        for other in near:
            if not other.kept and missed(copy, other):
                return Pair(verdict, abs(copy.at - other.at), None, other, _differs(copy, other))
    return None


def _differs(one: Copy, other: Copy) -> tuple[str, ...]:
    differing = one.fingerprint.differs_in(other.fingerprint)
    return tuple(name for name in differing if name not in _NEVER_STATED)


def _other_generation(one: Copy, other: Copy) -> bool:
    """``CompletePayment`` and ``Purchase`` mean the same, and TikTok counts them apart."""
    return one.event_id == other.event_id and (
        LEGACY.get(one.event, "") == other.event or LEGACY.get(other.event, "") == one.event
    )


def _other_case(one: Copy, other: Copy) -> bool:
    return (
        _folded(one.event) == _folded(other.event)
        and _folded(one.event_id) == _folded(other.event_id)
        and one.event_id is not None
    )


def _other_id(one: Copy, other: Copy) -> bool:
    return (
        one.event == other.event
        and one.event_id != other.event_id
        and (_one_order(one, other) or _same_moment(one, other))
        and not _SUBJECT.intersection(_differs(one, other))
    )


def _one_order(one: Copy, other: Copy) -> bool:
    """Tell whether both state an order, and the same."""
    digest = one.fingerprint.fields.get("order_id")
    return digest is not None and digest == other.fingerprint.fields.get("order_id")


_Missed: TypeAlias = tuple[PairVerdict, Callable[[Copy, Copy], bool]]

_SURE: Final[Sequence[_Missed]] = (
    (PairVerdict.NAME_MISMATCH, _other_generation),
    (PairVerdict.CASE_MISMATCH, _other_case),
)
_LIKELY: Final[Sequence[_Missed]] = ((PairVerdict.ID_MISMATCH, _other_id),)
"""What may have been missed, the surest sign first."""


def _same_moment(one: Copy, other: Copy) -> bool:
    return (
        one.session is not None
        and one.session == other.session
        and abs(one.happened_at - other.happened_at) <= SAME_ACTION_WITHIN
    )


def _same_action(one: Copy, other: Copy) -> bool:
    """Tell whether two copies are of one order, or of the same products for the same amount."""
    if one.event_id == other.event_id or one.fingerprint.differs_in(other.fingerprint):
        return False
    return _both_state(one.fingerprint, other.fingerprint)


def _both_state(one: Fingerprint, other: Fingerprint) -> bool:
    shared = one.fields.keys() & other.fields.keys()
    return "order_id" in shared or shared >= {"contents", "value"}


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()
