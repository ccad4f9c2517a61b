"""What callers read: outcomes as JSON, and the status that sums them up."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from math import ceil
from typing import Any, Final, TypeAlias, assert_never

import msgspec
from starlette.types import Send

from tandemgate.catalog.reasons import DOCS_PATH, REASONS
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import (
    Accepted,
    Conflict,
    Duplicate,
    Held,
    Noted,
    Outcome,
    Rejected,
    Suppressed,
)

Json: TypeAlias = dict[str, Any]
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

OUTCOMES: Final[dict[type[Outcome], str]] = {
    Accepted: "accepted",
    Duplicate: "duplicate",
    Held: "held",
    Suppressed: "suppressed",
    Noted: "noted",
    Conflict: "conflict",
    Rejected: "rejected",
}
"""The words of the counts and of ``outcome``, in the order in which they are told."""

TAKEN: Final = ("accepted", "held", "suppressed", "noted")

_JSON_HEADERS: Final[Headers] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
)
_STATUS_LINES: Final[dict[int, bytes]] = {
    status: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}
_encode = msgspec.json.Encoder().encode
_ACCEPTED: Final = b'{"index":%d,"event_id":%b,"outcome":"accepted","findings":[]}'
_ALL_ACCEPTED: Final = (
    b'{"request_id":"%b","accepted":%d,"duplicate":0,"held":0,"suppressed":0,"noted":0,'
    b'"conflict":0,"rejected":0,"results":[%b]}'
)


@lru_cache(maxsize=128)
def written(headers: Headers) -> bytes:
    """Write headers as HTTP/1.1 has them; they should be the same for many answers."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


class Answer(msgspec.Struct, frozen=True):
    """One response, complete."""

    status: int
    body: bytes
    headers: Headers = _JSON_HEADERS

    def http(self, request_id: str, more: bytes = b"") -> bytes:
        """Write it as HTTP/1.1, with *more* headers as :func:`written` writes them."""
        return b"%b%b%bx-request-id: %b\r\ncontent-length: %d\r\n\r\n%b" % (
            _STATUS_LINES[self.status],
            written(self.headers),
            more,
            request_id.encode(),
            len(self.body),
            self.body,
        )

    async def send(self, send: Send) -> None:
        """Give it to the server."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    def with_headers(self, *more: tuple[bytes, bytes]) -> "Answer":
        """The same with more headers."""
        return Answer(self.status, self.body, (*self.headers, *more))


@dataclass(frozen=True, slots=True)
class Streamed:
    """One response that is made while it is sent; each chunk waits until the caller takes it."""

    status: int
    chunks: AsyncIterator[bytes]
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request as a whole is refused. ``retry_after`` is in seconds."""

    status: int
    problem: Problem
    retry_after: float | None = None

    def answer(self, request_id: str) -> Answer:
        """Say so."""
        told = {"request_id": request_id, "problems": [problem_json(self.problem)]}
        answer = as_json(self.status, told)
        if self.retry_after is None:
            return answer
        return answer.with_headers((b"retry-after", str(ceil(self.retry_after)).encode()))


def as_json(status: int, content: object) -> Answer:
    """Answer *content* as JSON."""
    return Answer(status, _encode(content))


def events_answer(
    request_id: str,
    outcomes: Sequence[Outcome],
    event_ids: Sequence[str | None],
    problems: Iterable[Problem] = (),
) -> Answer:
    """Answer an envelope: each event's outcome in the order of ``data``, and their sums.

    *problems* are those of the envelope itself, for which each of its events was rejected.
    """
    if outcomes and all(map(_is_plain, outcomes)):
        return _all_accepted(request_id, event_ids)
    counted = Counter(OUTCOMES[type(outcome)] for outcome in outcomes)
    content: Json = {"request_id": request_id}
    content |= {word: counted[word] for word in OUTCOMES.values()}
    content["results"] = [
        result(index, event_id, outcome)
        for index, (event_id, outcome) in enumerate(zip(event_ids, outcomes, strict=True))
    ]
    about_all = [problem_json(found) for found in problems]
    if about_all:
        return as_json(422, content | {"problems": about_all})
    return as_json(status_of(counted), content)


def _is_plain(outcome: Outcome) -> bool:
    """Tell whether no more is to be said of an event than that it is accepted."""
    return type(outcome) is Accepted and outcome.revision == 1 and not outcome.event.findings


def _all_accepted(request_id: str, event_ids: Sequence[str | None]) -> Answer:
    """Fill in the form of the answer that nearly all requests get."""
    results = b",".join(
        [_ACCEPTED % (index, _encode(event_id)) for index, event_id in enumerate(event_ids)]
    )
    return Answer(202, _ALL_ACCEPTED % (request_id.encode(), len(event_ids), results))


def status_of(counted: Counter[str]) -> int:
    """Sum up: 2xx says that what could be kept is kept, and never that something was lost."""
    if any(counted[word] for word in TAKEN):
        return 202
    if counted["duplicate"] or not counted.total():
        return 200
    return 409 if counted["conflict"] else 422


def result(index: int, event_id: str | None, outcome: Outcome) -> Json:
    """One event's outcome."""
    told: Json = {"index": index, "event_id": event_id, "outcome": OUTCOMES[type(outcome)]}
    match outcome:
        case Accepted(event, revision):
            told["findings"] = findings_json(event.findings)
            if revision > 1:
                told["revision"] = revision
        case Held(event):
            told["findings"] = findings_json(event.findings)
            told["held_until"] = iso(event.held_until)
        case Suppressed(event, reason):
            told |= {
                "reason": reason,
                "fix": _fix(reason),
                "findings": findings_json(event.findings),
            }
        case Noted(reason, findings):
            told |= {"reason": reason, "fix": _fix(reason), "findings": findings_json(findings)}
        case Duplicate(_, first_received_at, findings):
            told["first_received_at"] = iso(first_received_at)
            told["findings"] = findings_json(findings)
        case Conflict(_, problem):
            told["problems"] = [problem_json(problem)]
        case Rejected(problems, findings):
            told["problems"] = [problem_json(problem) for problem in problems]
            if findings:
                told["findings"] = findings_json(findings)
        case _:
            assert_never(outcome)
    return told


def problem_json(found: Problem) -> Json:
    """One problem, with the page that explains its code."""
    return {
        "code": found.code,
        "reason": found.reason,
        "field": found.field,
        "received": found.received,
        "expected": found.expected,
        "fix": found.fix,
        "docs_url": f"{DOCS_PATH}{found.code}",
    }


def iso(at: Epoch | None) -> str | None:
    """A moment in ISO 8601, UTC, with milliseconds."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def findings_json(findings: Iterable[Finding]) -> list[Json]:
    """Findings as callers read them."""
    return [{"reason": one.reason, "field": one.field, "note": one.note} for one in findings]


def _fix(reason: str) -> str:
    return REASONS[reason].fix if reason in REASONS else ""
