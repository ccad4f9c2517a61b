"""What the doctor says: each trouble with its fix, each subject that is well in one line."""

from pathlib import Path
from typing import Any

import pytest

from tandemgate.catalog.reasons import REASONS
from tandemgate.cli.check import FAIL, OK, WARN
from tandemgate.cli.doctor import SUBJECTS, clock, room, subjects, unheard
from tandemgate.cli.main import run
from tandemgate.core.attention import UNDECIDED, URGENT


def one(reason: str, *, urgent: bool = False, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """One line of ``GET /api/attention``."""
    plain = {"pixel_id": None, "detail": "", "count": None, "since": None, "fix": "mend it"}
    return {"reason": reason, "urgent": urgent, **plain, **fields}


def test_a_healthy_gateway_is_well_in_every_subject() -> None:
    """Silence could also mean that nobody looked."""
    assert [(check.subject, check.status) for check in subjects([])] == [
        (subject, OK) for subject in SUBJECTS
    ]


def test_a_trouble_stands_in_the_place_of_its_subject() -> None:
    """With what, where, since when, the fix and the word to look up."""
    held = one(
        "lane_held", urgent=True, pixel_id="C9", detail="live, token", since="2026-04-23T11:23:20Z"
    )
    found = [check for check in subjects([held]) if check.subject == "lanes"]
    assert [(check.status, check.fix, check.explain) for check in found] == [
        (FAIL, "mend it", "lane_held")
    ]
    assert found[0].said == "lane_held C9 (live, token) since 2026-04-23 11:23:20.000 UTC"


def test_what_can_wait_is_a_warning() -> None:
    """Exit 1 wakes somebody; a review does not."""
    review = one("events_in_review", count=2)
    (check,) = (check for check in subjects([review]) if check.subject == "decisions")
    assert (check.status, check.said) == (WARN, "events_in_review 2 events")


def test_every_reason_of_the_gateway_has_its_subject() -> None:
    """A trouble without a place would be shown nowhere."""
    placed = frozenset().union(*(reasons for reasons, _ in SUBJECTS.values()))
    others = {
        *UNDECIDED.values(),
        "pixel_paused",
        "queue_old",
        "clock_astray",
        "log_lines_lost",
        "alerts_untold",
        "source_refused",
        "test_left_open",
    }
    assert URGENT | others == placed
    assert placed <= REASONS.keys()


@pytest.mark.parametrize(
    ("apart", "status"), [(0.4, OK), (-4.9, OK), (60.0, WARN), (-301.0, FAIL), (7200.0, FAIL)]
)
def test_clocks_that_are_apart_are_told(apart: float, status: str) -> None:
    """Two hours off, every event is from the future or expired."""
    assert clock(apart).status == status


@pytest.mark.parametrize(
    ("free", "status"), [(100 << 30, OK), (1 << 29, WARN), ((64 << 20) - 1, FAIL)]
)
def test_a_disk_that_fills_up_is_told_before_it_is_full(free: int, status: str) -> None:
    """The last part of it is not for new events."""
    assert room(free, 64 << 20).status == status


def test_without_settings_the_doctor_says_so_and_how_to_go_on(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """It examines what is there, and does not end in an error of its own."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    monkeypatch.delenv("TANDEMGATE_CONFIG", raising=False)
    assert run(["doctor"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("FAIL  settings   there are no settings")
    assert "fix: tandemgate demo" in told


def test_a_gateway_that_does_not_run_is_one_of_several_findings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The store beside it may still be examined."""
    file = tmp_path / "tandemgate.toml"
    file.write_text('[server]\nlisten = "127.0.0.1:1"\n[tiktok]\nbase_url = "http://127.0.0.1:2"\n')
    monkeypatch.setenv("TANDEMGATE_CONFIG", str(file))
    assert run(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok    settings   everything fits together"
    assert lines[1].startswith("FAIL  gateway    no gateway answers at http://127.0.0.1:1")
    assert any(line.startswith("warn  file") for line in lines)


def test_a_shop_system_that_says_nothing_is_named_with_its_address() -> None:
    """The address is what is to be pasted there; one that is refused is told as what it is."""
    address = "https://c.shop.example/webhooks/shopify/main-shop"
    told = {"address": address, "refused": None}
    sources = [
        told | {"name": "main-shop", "heard_at": None},
        told | {"name": "heard", "heard_at": "2026-04-23T11:23:20Z"},
        told | {"name": "refused", "heard_at": None, "refused": "signature_wrong"},
    ]
    [check] = unheard(sources)
    assert (check.status, check.subject) == (WARN, "sources")
    assert check.said == "main-shop was not heard since the gateway's start"
    assert address in check.fix
