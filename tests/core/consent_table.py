"""The consent policy, case by case, as a table for people: each of the 1,296 that there are.

``denied ads`` is the pixel's on_personalization_denied. ``hold`` is ``none`` for a pixel that holds
nothing. ``*`` marks a flag that was derived, not stated.

``python -m tests.core.consent_table > tests/golden/consent_table.txt`` writes it anew; whoever does
so reads the difference and answers for it.
"""

import sys
from collections.abc import Iterator
from itertools import product

from tandemgate.catalog.consent import CLICK_IDS, EVERYTHING, IDENTIFIERS, TRACES
from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.consent import decide
from tandemgate.model.consent import (
    Decision,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    Signals,
)

PLACES = {
    "governed": Region("DE", "stated"),
    "unknown": Region(None, "unknown"),
    "us": Region("US-CA", "stated"),
    "other": Region("JP", "stated"),
}
BOTH = (False, True)
HOUR = 3600
FLAGS = (Flag.GRANTED, Flag.DENIED, None)
REMOVED = {
    frozenset(): "-",
    IDENTIFIERS: "identifiers",
    IDENTIFIERS | TRACES: "identifiers+traces",
    CLICK_IDS: "click ids",
    IDENTIFIERS | CLICK_IDS: "identifiers+clicks",
    EVERYTHING: "everything",
}
COLUMNS = (
    ("profile", 7),
    ("denied ads", 12),
    ("child", 5),
    ("region", 8),
    ("user_data", 9),
    ("personal.", 9),
    ("opt_out", 7),
    ("export", 6),
    ("removed", 18),
    ("sent flags", 10),
    ("cut ip", 6),
    ("limited", 7),
    ("rule", 0),
)


def lines() -> Iterator[str]:
    """Yield the table's lines: a case each, the pixel's settings first."""
    yield _line([name for name, _ in COLUMNS])
    for profile, on_denied, child, place, user_data, personalization, opt_out in product(
        Profile, OnPersonalizationDenied, BOTH, PLACES, FLAGS, FLAGS, BOTH
    ):
        policy = Policy(profile, GOVERNED, on_denied, hold_for_consent=HOUR)
        signals = Signals(user_data, personalization, opt_out, child)
        decision = decide(signals, PLACES[place], policy)
        asked = [profile, on_denied, _yes(child), place]
        said = [_word(user_data), _word(personalization), _yes(opt_out)]
        yield _line([*asked, *said, *_answer(decision)])


def _answer(decision: Decision) -> list[str]:
    derived = "*" if decision.ad_personalization_derived else ""
    sent = f"{_letter(decision.ad_user_data)} / {_letter(decision.ad_personalization)}{derived}"
    return [
        decision.export,
        REMOVED[decision.remove],
        sent,
        _yes(decision.truncate_ip),
        _yes(decision.limited_data_use),
        decision.rule,
    ]


def _line(cells: list[str]) -> str:
    widths = [width for _, width in COLUMNS]
    return "  ".join(f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True)).rstrip()


def _word(flag: Flag | None) -> str:
    return flag or "missing"


def _letter(flag: Flag | None) -> str:
    return flag[0] if flag else "-"


def _yes(answer: bool) -> str:
    return "yes" if answer else "-"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines())
