"""What is told of a request: refused as a whole, or event by event."""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from tandemgate.model.visit import Reference

Moment: TypeAlias = Annotated[
    str, Meta(description="ISO 8601 in UTC", extra_json_schema={"format": "date-time"})
]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Share: TypeAlias = Annotated[float, Meta(ge=0)]


class Problem(Struct):
    """What was wrong, where, and what mends it. ``docs_url`` is a page of this gateway."""

    code: int
    reason: str
    field: Annotated[str, Meta(description="A JSON pointer, or the parameter or header")]
    received: str
    expected: str
    fix: str
    docs_url: str


class Refused(Struct):
    """The request as a whole was refused, and nothing of it took place."""

    request_id: str
    problems: list[Problem]


class Finding(Struct):
    """A remark about an event that is taken all the same."""

    reason: str
    field: str
    note: str


class Result(Struct):
    """What became of one event of a request."""

    index: Annotated[int, Meta(ge=0, description="Its place in what was handed in")]
    event_id: str | None
    outcome: Literal["accepted", "duplicate", "held", "suppressed", "noted", "conflict", "rejected"]
    findings: list[Finding] | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    fix: str | UnsetType = UNSET
    held_until: Moment | UnsetType | None = UNSET
    first_received_at: Moment | UnsetType = UNSET
    revision: Annotated[int, Meta(ge=2)] | UnsetType = UNSET
    pixel_id: str | UnsetType = UNSET


class Taken(Struct):
    """What became of each event; ``problems`` are those of the envelope itself."""

    request_id: str
    accepted: Count
    duplicate: Count
    held: Count
    suppressed: Count
    noted: Count
    conflict: Count
    rejected: Count
    results: list[Result]
    problems: list[Problem] | UnsetType = UNSET


class Validation(Struct):
    """What is wrong, as Google's validation server says it."""

    fieldPath: str  # noqa: N815 - theirs
    description: str
    validationCode: str  # noqa: N815


class Validated(Taken):
    """What would become of each event; ``problems`` are those of the report itself."""

    validationMessages: list[Validation] = []  # noqa: N815


class Collected(Struct):
    """What became of each call of a page."""

    request_id: str
    session: str | None
    accepted: Count
    noted: Count
    rejected: Count
    results: list[Result]
    link: Annotated[str, Meta(description="A token for a link to another host")] | UnsetType = UNSET
    problems: list[Problem] | UnsetType = UNSET


class Bound(Struct):
    """Which references now lead to the visit."""

    bound: list[Reference]


class Ready(Struct):
    """Whether events can be stored, and what wants an operator's eye."""

    ready: bool
    reasons: list[str]
    degraded: list[str]
