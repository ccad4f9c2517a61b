"""trigger makes an event that is valid before anything is overridden."""

import json
from typing import Any

import pytest

from tandemgate.catalog.events import KNOWN, PAGE_VIEW
from tandemgate.cli.ending import Failure
from tandemgate.cli.main import run
from tandemgate.cli.trigger import canned, replace
from tandemgate.core.pipeline import process
from tandemgate.model.outcome import Accepted
from tests.build import NOW, a_raw_event, some_rules


@pytest.mark.parametrize("event", sorted(KNOWN - {PAGE_VIEW}))
def test_a_canned_event_passes_without_a_remark(event: str) -> None:
    """It is what people compare their own events with."""
    processed = process(a_raw_event(canned(event, int(NOW), "0a1b2c3d")), some_rules(), NOW)
    assert isinstance(processed, Accepted)
    assert processed.event.findings == ()


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("properties.value=12.5", ("properties", "value"), 12.5),
        ("user.email=bob@example.com", ("user", "email"), "bob@example.com"),
        ("consent.region=US", ("consent", "region"), "US"),
        ("refs.order=10492", ("refs", "order"), 10492),
        ('refs.order="10492"', ("refs", "order"), "10492"),
        ("page.url=https://a.example/?a=b", ("page", "url"), "https://a.example/?a=b"),
    ],
)
def test_a_field_is_replaced(override: str, path: tuple[str, str], value: object) -> None:
    """JSON where it is some, so that numbers are numbers; else the text as it stands."""
    item: dict[str, Any] = canned("Search", 1, "0")
    replace(item, override)
    assert item[path[0]][path[1]] == value


def test_an_empty_value_removes_the_field() -> None:
    """How to see what the gateway says about a missing one."""
    item = canned("Search", 1, "0")
    replace(item, "user.email=")
    assert "email" not in item["user"]


@pytest.mark.parametrize("override", ["user.email", "=1", "a..b=1", "event.name=x"])
def test_an_override_that_fits_nowhere_says_so(override: str) -> None:
    """Nothing is sent on a misunderstanding."""
    with pytest.raises(Failure) as failure:
        replace(canned("Search", 1, "0"), override)
    assert failure.value.way_out.startswith("--override")


def test_two_triggers_are_two_events(capsys: pytest.CaptureFixture[str]) -> None:
    """The second would be swallowed as a duplicate otherwise."""
    arguments = ["trigger", "CompletePayment", "--print", "--pixel", "C9"]
    assert (run(arguments), run(arguments)) == (0, 0)
    printed = capsys.readouterr().out
    first, second = json.loads("[" + printed.replace("}\n{", "},{") + "]")
    assert first["event_source_id"] == "C9"
    assert first["data"][0]["event_id"] != second["data"][0]["event_id"]
