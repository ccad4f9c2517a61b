"""The golden requests, put to the simulator word by word."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.driver import a_driver, guide_access
from tiktok_simulator.world import DEMO_TOKEN, Access

FILES = sorted((Path(__file__).parent.parent / "golden" / "wire").glob("*.json"))
ACCESS = {"live": Access(), "guide": guide_access()}


def golden(path: Path) -> dict[str, Any]:
    """Read one golden request."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_golden_request_is_answered_as_its_file_says(path: Path) -> None:
    """The gateway's encoder is held against the same files: both must mean the same contract."""
    case = golden(path)
    driver = a_driver(access=ACCESS[case.get("wire", "live")])
    answered = await driver.track(case["request"], token=case.get("token", DEMO_TOKEN))
    assert answered.status == case["answer"]["http"]
    assert answered.json["code"] == case["answer"]["code"]
    assert case["answer"]["message_contains"] in answered.json["message"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_golden_request_is_taken_in_as_a_whole_or_not_at_all(path: Path) -> None:
    """One bad event refuses the batch: what was accepted is all of it, or nothing."""
    case = golden(path)
    driver = a_driver(access=ACCESS[case.get("wire", "live")])
    await driver.track(case["request"], token=case.get("token", DEMO_TOKEN))
    kept = [row["wire"] for row in (await driver.get("/_sim/events"))["events"]]
    assert kept == {True: case["request"]["data"], False: []}[case["answer"]["code"] == 0]


def test_the_golden_requests_are_there() -> None:
    """A moved folder would otherwise make every test above vanish without a sound."""
    assert len(FILES) >= 35
