"""What schemathesis loads: makes some of its requests name what the gateway knows.

Else nearly every request would be refused at the door, for a pixel that nobody has.
"""

import json
import os
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

import schemathesis

KNOWN: Mapping[str, Any] = json.loads(os.environ.get("FUZZ_KNOWN", "{}"))
"""Field or parameter -> what the gateway knows by that name."""

ORIGIN = os.environ.get("FUZZ_ORIGIN", "")
HOUR = 3600
_NUMBERS = count(1)


_SOMEBODY: Mapping[str, Any] = {"session": KNOWN.get("session")}
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "/v1/consent": {**_SOMEBODY, "ad_user_data": "DENIED"},
    "/api/erase": _SOMEBODY,
}
"""Address -> what its body has to say, though the document lets each part be left out."""


def _stays(value: str | Mapping[str, Any]) -> bool:
    """Whether what was made up is sent as it is: of each kind some."""
    return len(value) % 4 == 3


def _made_known(given: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(given, list):
        return [_made_known(one) for one in given]
    if not isinstance(given, dict):
        return given
    if "event_time" in given:
        given = given | {name: it for name, it in _needed().items() if _is_empty(given.get(name))}
    return {name: _one(name, value) for name, value in given.items()}


def _needed() -> Mapping[str, Any]:
    """Tell what an event that is taken has, though the document lets it be left out."""
    return {"event_id": f"fuzz_{next(_NUMBERS)}", "user": {"ip": "203.0.113.42"}}


def _is_empty(given: Any) -> bool:  # noqa: ANN401 - JSON
    return not (any(given.values()) if isinstance(given, dict) else given)


def _one(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    known = KNOWN.get(name)
    if isinstance(value, str | dict) and isinstance(known, type(value)) and not _stays(value):
        return known
    if name == "event_time" and isinstance(value, int) and value % 4:
        return int(time.time()) - value % HOUR
    return _made_known(value)


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: "schemathesis.Case[Any]", _kwargs: dict[str, Any]
) -> None:
    """Let requests name what is known, in every phase; and pages call from where they may."""
    case.body = _made_known(case.body)
    if isinstance(case.body, dict):
        needed = NEEDED.get(case.operation.path, {})
        empty = {name: it for name, it in needed.items() if case.body.get(name) is None}
        case.body = case.body | empty
    case.query = _made_known(case.query)
    case.path_parameters = _made_known(case.path_parameters)
    if case.operation.path == "/v1/collect":
        case.headers["Origin"] = ORIGIN
