"""One test session as JSON."""

from typing import Final

from tandemgate.model.instant import Epoch
from tandemgate.model.trial import Trial, Window
from tandemgate.web.answers import Json, iso

CLICK: Final = "ttclid=E.C.P.tandemgate-test"
"""What the printed link carries in the place of a click on an advertisement."""


def trial_json(trial: Trial, public_url: str, now: Epoch) -> Json:
    """Tell what is tested, how it stands, and what came of it."""
    ended = trial.ended
    return {
        "id": trial.trial_id,
        "pixel_id": trial.pixel_id,
        "test_event_code": trial.test_event_code,
        "name": trial.name,
        "state": "open" if ended is None else ended.how,
        "link": f"{public_url}/test/{trial.trial_id}?{CLICK}"
        if ended is None and trial.landing
        else None,
        "landing": trial.landing,
        "events": list(trial.events),
        "tolerance": trial.tolerance,
        "opened_at": iso(trial.windows[0].opened_at),
        "window": _window(trial.window, len(trial.windows))
        | {"seconds_left": 0 if ended else max(0, round(trial.window.until - now))},
        "earlier_windows": [
            _window(window, number) for number, window in enumerate(trial.windows[:-1], 1)
        ],
        "ended": None
        if ended is None
        else {
            "how": ended.how,
            "at": iso(ended.at),
            "who": ended.who,
            "reason": ended.reason,
            "overridden": list(ended.overridden),
        },
    }


def _window(window: Window, number: int) -> Json:
    return {
        "number": number,
        "opened_at": iso(window.opened_at),
        "until": iso(window.until),
        "who": window.who,
        "fixed": window.fixed,
    }
