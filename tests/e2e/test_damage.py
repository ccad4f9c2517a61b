"""Damaged and restored stores under the real commands: told, mended, served again."""

import json
import os
from pathlib import Path

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import (
    Program,
    an_item,
    eventually,
    gateway,
    refused,
    simulator,
    write_settings,
)
from tests.faults.recovery import damage_page_of

pytestmark = pytest.mark.e2e


def delivered(running: Program, *event_ids: str) -> None:
    """Hand in events and wait until they are at TikTok."""
    assert running.post(*(an_item(event_id) for event_id in event_ids))[0] == 202
    eventually(lambda: bool(running.story(event_ids[-1])["state"] == "DELIVERED"))


def test_a_store_without_its_end_is_refused_recovered_and_served_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step says the next one, and the damaged file is kept as it was."""
    database = tmp_path / "tandemgate.db"
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url)
        with gateway(settings) as running:
            delivered(running, *(f"ord_{number}" for number in range(20)))
            assert running.stop() == 0
        os.truncate(database, database.stat().st_size - 4096)
        harmed = database.read_bytes()
        code, said = refused(settings)
        assert code == 2
        assert "Traceback" not in said
        assert "Try: tandemgate db recover" in said
        assert run(["--config", str(settings), "--json", "db", "recover"]) in {0, 1}
        told = json.loads(capsys.readouterr().out)
        assert told["events"] + told["lost"] == 20
        assert Path(told["aside"]).read_bytes() == harmed
        assert run(["--config", str(settings), "db", "check"]) == 0
        with gateway(settings) as running:
            delivered(running, "ord_new")


def test_damage_that_a_running_gateway_meets_is_told_and_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It answers 503 rather than guess; doctor and db check say so and name the way out."""
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url)
        with gateway(settings) as running:
            delivered(running, "ord_1")
            assert running.stop() == 0
        damage_page_of(tmp_path / "tandemgate.db", "stock")
        with gateway(settings) as running:
            assert running.post(an_item("ord_2"))[0] == 503
            status, ready = running.ask("GET", "/readyz")
            assert (status, ready["reasons"]) == (503, ["store_damaged"])
            capsys.readouterr()
            assert run(["--config", str(settings), "doctor", "--url", running.url]) == 1
            printed = capsys.readouterr().out
            assert "store_damaged" in printed
            assert "db recover" in printed
            running.stop()
        assert run(["--config", str(settings), "db", "check"]) == 1
        assert run(["--config", str(settings), "db", "recover"]) == 0
        assert "1 events are recovered, 0 are lost" in capsys.readouterr().out
        with gateway(settings) as running:
            delivered(running, "ord_2")


def test_a_restored_backup_is_told_in_the_gateways_own_log(tmp_path: Path) -> None:
    """Whoever reads the log may not be the one who typed the command."""
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url)
        with gateway(settings) as running:
            delivered(running, "ord_1")
            assert run(["--config", str(settings), "db", "backup", str(tmp_path / "b.db")]) == 0
            running.stop()
        for file in tmp_path.glob("tandemgate.db*"):
            file.unlink()
        assert run(["--config", str(settings), "db", "restore", str(tmp_path / "b.db")]) == 0
        with gateway(settings) as running:
            (line,) = running.earlier
            assert (line["event"], line["level"], line["events"]) == (
                "store_restored",
                "warning",
                0,
            )
            assert "sent again" in line["message"]
