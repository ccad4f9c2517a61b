"""A backup taken in traffic takes the place of a store that is gone."""

import contextlib
import io
import time
from pathlib import Path
from typing import Final

from tandemgate.cli.main import run
from tests.e2e.programs import simulator
from tests.faults.account import Account, Seen, ledger_rows
from tests.faults.child import Child
from tests.faults.kills import LATENCY, PATIENCE, drained
from tests.faults.traffic import Traffic, access, database, write_settings
from tests.faults.waiting import until

SINCE: Final = 0.5
"""Seconds between a backup and the loss of the store."""


def backups_restored(folder: Path, *, rounds: int) -> Account:
    """Lose the store some time after a backup, restore it, and go on.

    What was acknowledged after the backup is gone, as it must be; the shop sends it again. What
    waited in the backup may have been sent since, and is never counted twice for it.
    """
    account = Account("store lost, backup restored in traffic", rounds=rounds)
    acknowledged: set[str] = set()
    with simulator(*access(), *LATENCY) as tiktok:
        settings = write_settings(folder, tiktok.url)
        for number in range(rounds):
            backup = folder / f"backup-{number}.db"
            with Child(settings) as running, Traffic(first=number * 1_000_000) as traffic:
                traffic.aim(running)
                time.sleep(SINCE)
                account.must(_verb(settings, "backup", backup) == 0, "no backup was made")
                safe = ledger_rows(backup).keys()
                time.sleep(SINCE)
                traffic.stop()
                running.kill()
            acknowledged |= safe & traffic.acknowledged.keys()
            for file in folder.glob("tandemgate.db*"):
                file.unlink()
            account.must(_verb(settings, "restore", backup) == 0, "nothing was restored")
        with Child(settings) as running:
            ended = until(lambda: drained(settings), patience=PATIENCE)
            account.must(ended, "the queue did not drain")
        seen = Seen.of(tiktok, database(settings))
        known = {name: it for name, it in seen.conversions.items() if name in seen.rows}
        return Seen(known, seen.rows).into(account, acknowledged)


def _verb(settings: Path, verb: str, file: Path) -> int:
    with contextlib.redirect_stdout(io.StringIO()):
        return run(["--config", str(settings), "db", verb, str(file)])
