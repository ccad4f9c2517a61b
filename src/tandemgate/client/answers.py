"""What the gateway said: an answer to each event, a reason to try again, or a refusal of all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tandemgate.client.results import Problem, Result
from tandemgate.client.writing import Item

READABLE: Final = frozenset({200, 202, 409, 422})
"""Statuses that come with an answer to each event."""

TRANSIENT: Final = frozenset({408, 429})
"""Statuses below 500 after which the same request may be taken."""

DIVISIBLE: Final = frozenset({400, 413})
"""Statuses for which one event may be to blame: the others go without it."""

LONGEST_WAIT: Final = 300.0
"""Seconds; nobody is asked to wait longer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, as it came."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer came; ``why`` names the kind of fault alone."""

    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Something became of each item; ``content`` is the answer as JSON."""

    content: Mapping[str, Any]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing is known to have been kept; ``after`` is how many seconds were asked for."""

    why: str
    after: float = 0.0
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The same request will never be taken."""

    status: int
    problems: tuple[Problem, ...]


Verdict: TypeAlias = Answered | Again | Refused


def judge(reply: Reply | Unreachable, items: Sequence[Item]) -> Verdict:
    """Say what *reply* means for *items*, whatever bytes came."""
    if isinstance(reply, Unreachable):
        return Again(reply.why)
    status, content = reply.status, _object(reply.body)
    if status in TRANSIENT or status >= 500:  # noqa: PLR2004 - as HTTP has it
        return Again(f"HTTP {status}", _seconds(reply.retry_after), status)
    results = _results(content, items) if status in READABLE else None
    if results is not None:
        return Answered(content, results)
    if 200 <= status < 300:  # noqa: PLR2004 - as HTTP has it
        return Again(f"HTTP {status} from something that is no tandemgate", status=status)
    return Refused(status, _problems(content, "problems") or (_unexplained(status),))


def _unexplained(status: int) -> Problem:
    fix = "is the url the gateway's own, without a redirect?"
    return Problem(f"http_{status}", fix=fix)


def _results(content: Mapping[str, Any], items: Sequence[Item]) -> tuple[Result, ...] | None:
    told = content.get("results")
    if told is None and len(items) == 1 and not items[0].is_event and content:
        return (Result(items[0].event, None, "bound"),)
    if not isinstance(told, list) or len(told) != len(items):
        return None
    if not all(isinstance(one, dict) and isinstance(one.get("outcome"), str) for one in told):
        return None
    return tuple(_result(item, one) for item, one in zip(items, told, strict=True))


def _result(item: Item, told: Mapping[str, Any]) -> Result:
    reason = _text(told, "reason")
    explained = (Problem(reason, fix=_text(told, "fix")),) if reason else ()
    return Result(
        item.event,
        _text(told, "event_id") or None,
        told["outcome"],
        _problems(told, "problems") or explained,
        _problems(told, "findings"),
    )


def _problems(told: Mapping[str, Any], name: str) -> tuple[Problem, ...]:
    listed = told.get(name)
    if not isinstance(listed, list):
        return ()
    return tuple(_problem(one) for one in listed if isinstance(one, dict))


def _problem(told: Mapping[str, Any]) -> Problem:
    """Read a problem, or a finding, whose note is what to do; its place without the request's."""
    code = told.get("code")
    parts = _text(told, "field").split("/")
    field = "/".join(["", *parts[3:]]) if parts[:2] == ["", "data"] else "/".join(parts)
    return Problem(
        _text(told, "reason"),
        field,
        _text(told, "fix") or _text(told, "note"),
        code if isinstance(code, int) else None,
        _text(told, "docs_url"),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _seconds(stated: str | None) -> float:
    """Read ``Retry-After`` in seconds, as the gateway sends it; a date leaves our own pace."""
    digits = (stated or "").strip()
    return min(float(digits), LONGEST_WAIT) if digits.isascii() and digits.isdigit() else 0.0
