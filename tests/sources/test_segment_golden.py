"""Calls of Segment's and RudderStack's clients beside what they are in TikTok's words."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tandemgate.core.beacon import Visitor
from tandemgate.core.identify import echo_event_id
from tandemgate.core.pipeline import process
from tandemgate.core.valuation import read_rule
from tandemgate.model.event import Lane, RawEvent
from tandemgate.model.message import Message
from tandemgate.model.rules import PixelRules
from tandemgate.sources.dialect import Asked
from tandemgate.sources.segment import Segment
from tests.build import NOW, PIXEL
from tests.core.test_pipeline import golden_rules, told

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "segment").glob("*.json"))


def rules_of(case: Mapping[str, Any]) -> PixelRules:
    """Rules as golden pairs write them."""
    said = dict(case["rules"])
    rule = read_rule(said.pop("value_rule", "total"))
    assert rule is not None
    sets = {name: frozenset(value) for name, value in said.items() if isinstance(value, list)}
    return golden_rules(**said | sets, value_rule=rule)


def run(case: Mapping[str, Any]) -> list[dict[str, object]]:
    """Read the calls and put what they are through the pipeline."""
    rules = rules_of(case)
    visitor = Visitor(**case["visitor"]) if "visitor" in case else None
    messages = Segment().read(case["in"], Asked(rules, NOW, visitor))
    assert isinstance(messages, list)
    return [_came_of(one, rules, verified=visitor is None) for one in messages]


def _came_of(message: Message, rules: PixelRules, *, verified: bool) -> dict[str, object]:
    if message.noted:
        return {"outcome": "noted", "reason": message.noted}
    raw = RawEvent(
        Lane(PIXEL),
        0,
        message.pointer,
        message.item,
        Segment.source,
        verified=verified,
        problems=message.problems,
        findings=message.findings,
    )
    outcome = process(raw, rules, NOW)
    return told(outcome, echo_event_id(raw, outcome))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_pair_comes_out_as_its_file_says(path: Path) -> None:
    """What a client says by its maker's specification is what TikTok is told."""
    case = json.loads(path.read_text("utf-8"))
    assert run(case) == case["out"]


def test_the_golden_pairs_are_there() -> None:
    """An empty folder would prove nothing."""
    assert len(GOLDEN) > 8
