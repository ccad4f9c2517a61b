"""``make soak``: every fault for long, and one table of what it did.

Exit 0 when every promise was kept, else 1.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console
from rich.table import Table

from tests.faults.account import HEAD, Account
from tests.faults.backups import backups_restored
from tests.faults.child import MOMENTS
from tests.faults.crowd import overload, slow_clients, stopped_in_traffic
from tests.faults.disks import failing_writes, full_disk, locked_by_another, long_reader
from tests.faults.ext4 import power_goes, turned_read_only
from tests.faults.failing import ERRORS, failing_disk
from tests.faults.kills import kills_at, kills_in_traffic, kills_of_one
from tests.faults.machine import faketime, has_loops, may_mount, may_trace
from tests.faults.network import network_faults
from tests.faults.power import power_cuts, recorded
from tests.faults.recovery import recovered_files
from tests.faults.syscalls import ERRORS as ERRORS_OF_CALLS
from tests.faults.syscalls import failing_calls, kills_at_syncs
from tests.faults.tiktok import (
    dead_pixel,
    outage,
    partial_success,
    poison,
    token_expires,
    token_rotated,
)
from tests.faults.tls import tls_faults
from tests.faults.torn import damaged_files
from tests.faults.wallclock import JUMPS, wall_clock_jumps

Scene: TypeAlias = Callable[[Path, int], list[Account]]


def _kills(folder: Path, scale: int) -> list[Account]:
    at_moments = [kills_at(_made(folder / it), it, rounds=10 * scale) for it in MOMENTS]
    return [
        kills_in_traffic(_made(folder / "any"), rounds=150 * scale),
        kills_of_one(_made(folder / "one"), rounds=50 * scale),
        *at_moments,
    ]


def _power(folder: Path, scale: int) -> list[Account]:
    async def cuts() -> Account:
        steps = await recorded(folder, sessions=3, numbers=20)
        return await power_cuts(folder, steps, cuts=200 * scale)

    return [asyncio.run(cuts())]


def _failing(folder: Path, scale: int) -> list[Account]:
    return [
        asyncio.run(failing_disk(folder, error, lasting=lasting, stride=max(1, 10 // scale)))
        for error in ERRORS
        for lasting in (False, True)
    ]


def _syscalls(folder: Path, scale: int) -> list[Account]:
    if not may_trace():
        return [Account.not_run("system calls that fail", "strace, and the right to trace")]
    failing = [
        failing_calls(_made(folder / error), error, rounds=2 * scale) for error in ERRORS_OF_CALLS
    ]
    return [kills_at_syncs(_made(folder / "kills"), rounds=9 * scale), *failing]


def _ext4(folder: Path, scale: int) -> list[Account]:
    if not has_loops():
        return [Account.not_run("real ext4 on a loop device", "root and loop devices")]
    return [
        power_goes(_made(folder / "power"), rounds=6 * scale),
        turned_read_only(_made(folder / "read-only"), rounds=2 * scale),
    ]


def _clock(folder: Path, scale: int) -> list[Account]:
    if faketime() is None:
        return [Account.not_run("wall clock set under a process", "libfaketime")]
    return [
        wall_clock_jumps(_made(folder / str(hours)), hours, events=100 * scale) for hours in JUMPS
    ]


def _full(folder: Path, scale: int) -> list[Account]:
    if not may_mount():
        return [Account.not_run("disk full (tmpfs)", "root that may mount")]
    return [full_disk(folder, rounds=2 * scale)]


SCENES: Final[dict[str, Scene]] = {
    "kills": _kills,
    "power": _power,
    "failing": _failing,
    "torn": lambda folder, scale: [asyncio.run(damaged_files(folder, rounds=200 * scale))],
    "recovery": lambda folder, scale: [asyncio.run(recovered_files(folder, rounds=40 * scale))],
    "full": _full,
    "eio": lambda folder, scale: [failing_writes(folder, rounds=2 * scale)],
    "lock": lambda folder, scale: [locked_by_another(folder, lasting=6.0 * scale)],
    "reader": lambda folder, scale: [long_reader(folder, times=1.02 * scale)],
    "syscalls": _syscalls,
    "ext4": _ext4,
    "clock": _clock,
    "network": lambda folder, scale: network_faults(
        folder, events=200 * scale, lasting=4.0 * scale
    ),
    "tls": lambda folder, scale: tls_faults(folder, events=20 * scale),
    "poison": lambda folder, scale: [poison(folder, events=1_000 * scale, bad=10 * scale)],
    "partial": lambda folder, scale: [partial_success(folder, events=1_000 * scale, bad=20)],
    "token": lambda folder, scale: [token_expires(folder, rounds=scale, lasting=2.0)],
    "rotation": lambda folder, scale: [token_rotated(folder, rounds=2 * scale)],
    "backup": lambda folder, scale: [backups_restored(folder, rounds=scale)],
    "dead": lambda folder, scale: [dead_pixel(folder, lasting=4.0 * scale)],
    "outage": lambda folder, scale: [outage(folder, events=100_000 * scale, within=60.0)],
    "slow": lambda folder, scale: [slow_clients(folder, sockets=150 * scale, lasting=4.0 * scale)],
    "overload": lambda folder, scale: [overload(folder, senders=8, lasting=3.0 * scale)],
    "stop": lambda folder, scale: [stopped_in_traffic(folder, rounds=2 * scale)],
}


def main(arguments: list[str]) -> int:
    """Run all scenes, or those that are named, and print the table."""
    parser = argparse.ArgumentParser("make soak", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SCENES, help="some of the faults")
    parser.add_argument("--scale", type=int, default=5, help="how long; 1 takes some minutes")
    options = parser.parse_args(arguments)
    accounts: list[Account] = []
    for name in options.only or SCENES:
        accounts += _played(name, options.scale)
    Console(width=120).print(_table(accounts))
    for account in accounts:
        for wrong in account.wrong:
            sys.stdout.write(f"WRONG {account.fault}: {wrong}\n")
    return int(any(account.wrong for account in accounts))


def _played(name: str, scale: int) -> Iterator[Account]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"soak-{name}-") as folder:
        for account in SCENES[name](Path(folder), scale):
            sys.stderr.write(f"{time.monotonic() - began:6.0f} s  {'  '.join(account.cells())}\n")
            yield account


def _table(accounts: list[Account]) -> Table:
    table = Table(*HEAD)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for account in accounts:
        table.add_row(*account.cells())
    return table


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
