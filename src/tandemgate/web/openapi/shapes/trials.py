"""What is told of test sessions."""

from typing import Annotated

from msgspec import Meta, Struct

from tandemgate.model.trial import Mark
from tandemgate.web.openapi.shapes.intake import Count, Moment


class Window(Struct):
    """Ten minutes of a test."""

    number: Annotated[int, Meta(ge=1)]
    opened_at: Moment
    until: Moment
    who: str
    fixed: str


class LastWindow(Window):
    """The last ten minutes of a test."""

    seconds_left: Count


class TestEnded(Struct):
    """How a test ended."""

    how: str
    at: Moment
    who: str
    reason: str
    confirmed: bool
    overridden: list[str]


class TestLine(Struct):
    """A line of a checklist."""

    check: str
    title: str
    mark: Mark
    seen: str
    event_id: str | None
    at: Moment | None
    fix: str


class EarlierWindow(Window):
    """Ten minutes of a test that are over, and how the checklist stood at their end."""

    lines: list[TestLine]


class TestSession(Struct):
    """A test session."""

    id: str
    pixel_id: str
    test_event_code: str
    name: str
    state: str
    link: str | None
    landing: str
    events: list[str]
    tolerance: float
    opened_at: Moment
    window: LastWindow
    ended: TestEnded | None


class TestReport(TestSession):
    """A test session with its checklist."""

    passed: bool
    counts: dict[Mark, Count]
    lines: list[TestLine]
    earlier_windows: list[EarlierWindow]


class TestList(Struct):
    """Test sessions, the newest first."""

    tests: list[TestSession]
