"""One test session as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tandemgate.core.promotion import title
from tandemgate.model.instant import Epoch
from tandemgate.model.trial import Ended, Line, Mark, Trial, Window
from tandemgate.web.answers import Json, iso

CLICK: Final = "ttclid=E.C.P.tandemgate-test"
"""What the printed link carries in the place of a click on an advertisement."""


def trial_json(trial: Trial, public_url: str, now: Epoch) -> Json:
    """Tell what is tested, and whether it is over."""
    ended, window = trial.ended, trial.window
    is_led = ended is None and trial.landing
    return {
        "id": trial.trial_id,
        "pixel_id": trial.pixel_id,
        "test_event_code": trial.test_event_code,
        "name": trial.name,
        "state": "open" if ended is None else ended.how,
        "link": f"{public_url}/test/{trial.trial_id}?{CLICK}" if is_led else None,
        "landing": trial.landing,
        "events": list(trial.events),
        "tolerance": trial.tolerance,
        "opened_at": iso(trial.windows[0].opened_at),
        "window": _window(window, len(trial.windows))
        | {"seconds_left": 0 if ended else max(0, round(window.until - now))},
        "ended": None if ended is None else _ended(ended),
    }


def report_json(trial: Trial, lines: Sequence[Line], public_url: str, now: Epoch) -> Json:
    """Tell also how each line of the checklist stands, and stood in earlier windows."""
    counted = Counter(line.mark for line in lines)
    earlier = trial.windows[:-1]
    return trial_json(trial, public_url, now) | {
        "passed": counted[Mark.GREEN] == len(lines),
        "counts": {mark.value: counted[mark] for mark in Mark},
        "lines": [_line(line) for line in lines],
        "earlier_windows": [
            _window(window, number) | {"lines": [_line(line) for line in window.lines]}
            for number, window in enumerate(earlier, 1)
        ],
    }


def _window(window: Window, number: int) -> Json:
    return {
        "number": number,
        "opened_at": iso(window.opened_at),
        "until": iso(window.until),
        "who": window.who,
        "fixed": window.fixed,
    }


def _ended(ended: Ended) -> Json:
    return {
        "how": ended.how,
        "at": iso(ended.at),
        "who": ended.who,
        "reason": ended.reason,
        "confirmed": ended.confirmed,
        "overridden": list(ended.overridden),
    }


def _line(line: Line) -> Json:
    return {
        "check": line.check,
        "title": title(line),
        "mark": line.mark,
        "seen": line.seen,
        "event_id": line.event_id,
        "at": iso(line.at),
        "fix": line.fix,
    }
