"""The checklist of a test session, filled from what its window showed.

A line is red where something was seen that is not as it should be, green where all that was seen
is, and waiting until something is seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tandemgate.catalog.trials import CHECKS
from tandemgate.core.checks import answered, pairs, sent, shown
from tandemgate.core.checks.view import View
from tandemgate.model.instant import Epoch
from tandemgate.model.trial import Line, Mark, Traffic, Trial, Worth

_JUDGES: Final[Sequence[Callable[[View], Iterable[Line]]]] = (
    shown.landing,
    shown.ttp,
    shown.consent,
    pairs.pairs,
    sent.device,
    sent.strong_key,
    sent.value,
    sent.fresh,
    answered.taken,
    answered.warnings,
)
"""In the order of :data:`tandemgate.catalog.trials.CHECKS`."""


def examine(trial: Trial, traffic: Traffic, now: Epoch) -> tuple[Line, ...]:
    """Return the checklist of *trial* as the *traffic* of one window fills it."""
    view = View(trial, traffic, now)
    return tuple(_worded(line) for judge in _JUDGES for line in judge(view))


def worth(wire: bytes) -> Worth | None:
    """Read what a stored purchase states; ``None`` where there is no value to read."""
    try:
        properties: Mapping[str, Any] = msgspec.json.decode(wire or b"{}").get("properties", {})
    except msgspec.DecodeError:
        return None
    value = properties.get("value")
    if value is None:
        return None
    lines = properties.get("contents", ())
    prices = [one.get("price") for one in lines]
    total = None
    if lines and None not in prices:
        total = sum(one["price"] * one.get("quantity", 1) for one in lines)
    return Worth(value, properties.get("currency", ""), total)


def _worded(line: Line) -> Line:
    """Add what is to be done about a line that is not green."""
    check = CHECKS[line.check.partition(" ")[0]]
    if line.mark is Mark.GREEN or line.fix:
        return line
    return msgspec.structs.replace(line, fix=check.fix if line.mark is Mark.RED else check.do)
