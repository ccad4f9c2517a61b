"""Requests that nobody would think of: none is a server error, all are answered as promised."""

import re
from pathlib import Path

from tests.fuzz.api import ADMIN_KEY, fuzz, target

FEW = ("--max-examples", "10", "--seed", "7", "--no-shrink")


def test_whatever_is_asked_is_answered_as_the_document_says(tmp_path: Path) -> None:
    """By schemathesis, over real connections; `make fuzz-api` asks for longer."""
    with target(tmp_path) as aim:
        ended = fuzz(aim, tmp_path, *FEW)
        status, ready = aim.program.ask("GET", "/readyz")
        stats = aim.program.ask("GET", "/api/stats", key=ADMIN_KEY)[1]
    assert ended.returncode == 0, ended.stdout + ended.stderr
    tried = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert tried is not None, ended.stdout
    assert int(tried[1]) > 500
    assert tried[1] == tried[2]
    assert (status, ready["reasons"], stats["ledger_imbalance"]) == (200, [], 0)
    assert stats["recorded"] > 100, "hardly a request got past the door"
