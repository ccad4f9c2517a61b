"""Break one rule of the ledger at a time, and see which tests notice; `make mutants` runs it.

Each mutant is one exact change to a copy of the project. A mutant that no test notices, or whose
text is not found exactly once, fails the run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
COPIED: Final = ("src", "tests", "docs", "examples", "pyproject.toml")
PATIENCE: Final = 300


class Mutant(NamedTuple):
    """A rule, the line that keeps it, what takes its place, and the tests that must notice."""

    rule: str
    file: str
    keeps: str
    breaks: str
    tests: tuple[str, ...]


MUTANTS: Final = (
    Mutant(
        "no dedup-window guard",
        "core/clocks.py",
        "due.first_maybe is not None and now > window_end(due.first_maybe, clocks)",
        "due.first_maybe is not None and now < 0",
        ("tests/core/test_clocks.py", "tests/laws"),
    ),
    Mutant(
        "no write-ahead intent",
        "delivery/lanes.py",
        "        await self._means.ledger.intend(batch, now)\n",
        "",
        ("tests/flow/test_crash.py",),
    ),
    Mutant(
        "acknowledge before the commit",
        "storage/sqlite/writer.py",
        "            book.commit()\n",
        "            self._tell(done)\n            book.commit()\n",
        ("tests/faults/test_kills.py", "tests/faults/test_failing_disk.py"),
    ),
    Mutant(
        "replay of delivered",
        "core/replay.py",
        '    State.DELIVERED: "delivered",\n',
        "",
        ("tests/core/test_replay.py", "tests/contract/test_operating.py"),
    ),
    Mutant(
        "a batch's refusal marks all",
        "core/settle.py",
        "        if at == index\n",
        "        if at >= 0\n",
        ("tests/core/test_settle.py", "tests/flow/test_isolation.py"),
    ),
    Mutant(
        "an unknown attempt is not counted",
        "core/settle.py",
        "    if verdict.cause is RetryCause.UNKNOWN:\n",
        "    if verdict.cause is None:\n",
        ("tests/core/test_settle.py", "tests/flow/test_crash.py"),
    ),
    Mutant(
        "HTTP 200 is success",
        "core/verdict.py",
        "return kind_of(code, message)\n",
        "return Kind.DELIVERED\n",
        ("tests/core/test_verdict.py",),
    ),
    Mutant(
        "a cut consent string is read",
        "core/signals/bits.py",
        "        if len(taken) < width:\n",
        "        if len(taken) < 0:\n",
        ("tests/core/signals", "tests/oracle"),
    ),
    Mutant(
        "a late consent grants",
        "core/signals/timing.py",
        "    if at <= min(latest, now + CLOCKS_DIFFER_BY):\n",
        "    if at >= 0:\n",
        ("tests/core/signals",),
    ),
    Mutant(
        "a contradiction is a grant",
        "core/signals/weigh.py",
        "(Flag.DENIED, Flag.GRANTED)",
        "(Flag.GRANTED, Flag.DENIED)",
        ("tests/core/signals",),
    ),
    Mutant(
        "redirects are followed",
        "tiktok/client.py",
        "allow_redirects=False",
        "allow_redirects=True",
        ("tests/tiktok",),
    ),
    Mutant(
        "no version check at the intent",
        "storage/sqlite/writing.sql",
        "AND version = ? AND state = ?;",
        "AND version >= 0 * ? AND state = ?;",
        ("tests/contract/test_sending.py", "tests/contract/test_admitting.py"),
    ),
    Mutant(
        "a frozen body is filled",
        "core/admission.py",
        "known.state not in _WAITING or known.frozen or not (",
        "known.state not in _WAITING or not (",
        ("tests/core/test_admission.py", "tests/contract"),
    ),
    Mutant(
        "a denial after the first attempt is ignored",
        "core/admission.py",
        "    event = structs.replace(event, decision=stricter(event.decision, asked))\n"
        "    if (known.state, State.CANCELLED) in SETTLING:\n",
        "    if known.seq < 0:\n",
        ("tests/core/test_admission.py", "tests/contract"),
    ),
    Mutant(
        "a replay loosens consent",
        "core/replay.py",
        '        "consent_withdrawn": entry.withdrawn and not absorbed,\n',
        "",
        ("tests/core/test_replay.py",),
    ),
    Mutant(
        "retention forgets keys with their payloads",
        "storage/sqlite/retention.py",
        "self._walk(_events, now - keep.events)",
        "self._walk(_events, now - keep.payloads)",
        ("tests/contract/test_retention.py",),
    ),
    Mutant(
        "a wrong clock is believed",
        "core/clocks.py",
        "return self.calm >= CALM_CHECKS and abs(self.apart or 0.0) <= ASTRAY_LIMIT",
        "return self.calm < self.calm + 1",
        ("tests/core/test_clocks.py", "tests/flow/test_clock.py"),
    ),
    Mutant(
        "TikTok's date is not heard",
        "core/clocks.py",
        "and abs(self.apart or 0.0) <= ASTRAY_LIMIT",
        "",
        ("tests/core/test_clocks.py", "tests/flow/test_clock.py"),
    ),
    Mutant(
        "a restored backup sends as if nothing had been sent",
        "storage/sqlite/copying.py",
        '    sql.run("count_as_unknown", (copied_at,))\n',
        "",
        ("tests/wiring/test_keeping.py",),
    ),
    Mutant(
        "a recovery takes over what nothing proves",
        "storage/sqlite/recovering.py",
        "if not (opens or self._is_indexed(event)) or not",
        "if not",
        ("tests/faults/test_recovery.py",),
    ),
    Mutant(
        "a recovered event is sent as if it never was",
        "storage/sqlite/recovering.py",
        '        self._sql.run("count_as_unknown", (at,))\n',
        "",
        ("tests/faults/test_recovery.py",),
    ),
    Mutant(
        "a person overrules TikTok's answer",
        "delivery/operator.py",
        "if entry.state not in UNCERTAIN:",
        "if entry.state in frozenset[State]():",
        ("tests/web/test_operate.py",),
    ),
    Mutant(
        "the disk is filled to its last byte",
        "storage/sqlite/room.py",
        "return min(MOST_KEPT, int(size * SHARE_KEPT))",
        "return size * 0",
        ("tests/faults/test_room.py",),
    ),
    Mutant(
        "the log is cut before the file is on the disk",
        "storage/sqlite/folding.py",
        "                for _ in range(PASSES):\n",
        '                connection.pragma("synchronous", "off")\n'
        "                for _ in range(PASSES):\n",
        ("tests/faults/test_power_cut.py",),
    ),
    Mutant(
        "a store that refuses is answered by nobody",
        "web/errand.py",
        "                awaited = way.throw(error)\n",
        "                raise\n",
        ("tests/web/test_errand.py", "tests/faults/test_disks.py"),
    ),
    Mutant(
        "another process acknowledges before the commit",
        "wiring/intake/remote.py",
        "        return await answer\n",
        "        from tandemgate.model.admission import Admitted\n"
        "        from tandemgate.model.state import State\n"
        "        answer.cancel()\n        return [Admitted(State.QUEUED, 1)] * len(events)\n",
        ("tests/e2e/test_intake_processes.py", "tests/faults/test_kills.py"),
    ),
    Mutant(
        "a revoked key counts on in another process",
        "wiring/intake/parent.py",
        "        await self.intake.know_keys(made)\n",
        "",
        ("tests/e2e/test_intake_processes.py",),
    ),
    Mutant(
        "a test session is not known in another process",
        "delivery/examiner.py",
        "        self._learn(trial)\n        await self.led_until(self._led)\n",
        "        self._learn(trial)\n",
        ("tests/e2e/test_testing.py",),
    ),
    Mutant(
        "any certificate will do",
        "tiktok/client.py",
        "self._tls: ssl.SSLContext | bool = tls or True",
        "self._tls: ssl.SSLContext | bool = False",
        ("tests/tiktok/test_client.py",),
    ),
)


def main() -> int:
    """Try all mutants, or those whose rule contains a word that was given."""
    chosen = [one for one in MUTANTS if all(word in one.rule for word in sys.argv[1:])]
    survivors = [one.rule for one in chosen if not _caught(one)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught")
    return 1 if survivors or not chosen else 0


def _caught(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        problem = _break(mutant, copy)
        if problem:
            print(f"  BAD       {mutant.rule}: {problem}", flush=True)
            return False
        begun = time.monotonic()
        notices = _first_failure(mutant, copy)
        word = "caught" if notices else "SURVIVED"
        print(
            f"  {word:<9} {mutant.rule}: {notices} ({time.monotonic() - begun:.0f} s)", flush=True
        )
        return bool(notices)


def _break(mutant: Mutant, copy: Path) -> str | None:
    file = copy / "src" / "tandemgate" / mutant.file
    text = file.read_text()
    if text.count(mutant.keeps) != 1:
        return f"{mutant.file} has its text {text.count(mutant.keeps)} times"
    file.write_text(text.replace(mutant.keeps, mutant.breaks))
    return None


def _first_failure(mutant: Mutant, copy: Path) -> str:
    """Run the mutant's tests until one fails, and name it; "" when all pass."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    return failed[0].split(" ")[1] if run.returncode == 1 and failed else ""


if __name__ == "__main__":
    sys.exit(main())
