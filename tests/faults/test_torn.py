"""A damaged file: said, never guessed."""

from pathlib import Path

from tests.e2e.programs import refused
from tests.faults.torn import damaged_files
from tests.faults.traffic import write_settings


async def test_what_is_read_is_what_was_written_or_nothing_is(tmp_path: Path) -> None:
    """Half an order is worse than an error."""
    assert (await damaged_files(tmp_path, rounds=120)).wrong == []


def test_a_file_that_is_no_store_is_said_at_the_start(tmp_path: Path) -> None:
    """The operator hears which file it is, and what to do about it."""
    (tmp_path / "tandemgate.db").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)
    (tmp_path / "tandemgate.key").write_text("00" * 32)
    code, said = refused(write_settings(tmp_path, "http://127.0.0.1:9"))
    assert code == 2
    assert "tandemgate.db" in said
    assert said.splitlines()[-1].startswith("Try: ")
