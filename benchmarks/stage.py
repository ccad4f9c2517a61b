"""The gateway and the simulated TikTok as processes, and what is read of them from outside."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import msgspec

from benchmarks.load import Told
from benchmarks.orders import PIXEL, event_id
from tandemgate.cli.demo.processes import Program
from tandemgate.cli.demo.stage import await_ready, free_ports

TOKEN: Final = "bench-token"  # noqa: S105 - opens nothing but the simulator below
KEY: Final = "sk_bench"
STORE: Final = "bench.db"
STORE_KEY: Final = "tandemgate.key"
"""The store's file and that of its key, by their names in the gateway's folder."""

LATENCY: Final = "50ms"
PATIENCE: Final = 600.0
"""Seconds that the load generator, or a backlog to drain, may take."""

POLL: Final = 0.05
IN_FLIGHT: Final = ("QUEUED", "RETRY", "SENDING")

SOON: Final = "0.1s"
"""How long events wait for others on their way to TikTok, where it counts when all have arrived."""

AS_USUAL: Final = "2s"
"""The gateway's default."""

SETTINGS: Final = """\
[server]
listen = "127.0.0.1:{port}"
intake_processes = {processes}

[store]
url = "sqlite:///{store}"
key = {{ file = "{store_key}" }}

[tiktok]
base_url = "{tiktok}"
max_batch_events = 1000
max_batch_wait = "{wait}"
max_requests_per_second = 0

[[pixels]]
id = "{pixel}"
{token}

[[keys]]
kind = "admin"
name = "bench"
secret = "{key}"
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes have used: seconds of CPU since their start, bytes of memory now.

    Memory that several of them share is counted once, where the system tells.
    """

    cpu: float
    rss: int


def usage(pid: int) -> Usage:
    """Ask the system about a process."""
    asked = ["ps", "-o", "time=,rss=", "-p", str(pid)]
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():  # to the hundredth of a second, and without another process
        fields = stat.read_text("ascii").rpartition(")")[2].split()
        return Usage((int(fields[11]) + int(fields[12])) / 100, int(fields[21]) * 4096)
    taken, rss = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603 - ps
    hours, minutes, seconds = taken.split(":")
    return Usage(int(hours) * 3600 + int(minutes) * 60 + float(seconds), int(rss) * 1024)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulated TikTok."""

    program: Program
    url: str

    def keys(self) -> list[str]:
        """Return the event_ids that it counts, one for each time."""
        with urlopen(f"{self.url}/_sim/keys") as answer:  # noqa: S310 - our own, on loopback
            text: str = answer.read().decode()
        return text.split()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway. ``ready_after`` is how many seconds it took to answer ``/readyz``."""

    program: Program
    port: int
    ready_after: float

    def load(
        self, *, connections: int, per_request: int, first: int, events: int, seconds: float
    ) -> Told:
        """Send events and wait for the answers."""
        numbers = (connections, per_request, first, events, seconds)
        command = [sys.executable, "-m", "benchmarks.load", "127.0.0.1", str(self.port), KEY]
        done = subprocess.run(  # noqa: S603 - our own module
            [*command, *map(str, numbers)], capture_output=True, check=True, timeout=PATIENCE
        )
        return msgspec.json.decode(done.stdout, type=Told)

    def stock(self) -> dict[str, int]:
        """Return how many events stand in which state."""
        counted: dict[str, int] = {}
        for cell in self._ask("/api/stats")["states"]:
            counted[cell["state"]] = counted.get(cell["state"], 0) + cell["count"]
        return counted

    def drained(self) -> Iterator[dict[str, int]]:
        """Look again and again until nothing waits any more."""
        deadline = time.monotonic() + PATIENCE
        while any((stock := self.stock()).get(state) for state in IN_FLIGHT):
            self.program.must_run()
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {PATIENCE:g} s there still waits {stock}")
            yield stock
            time.sleep(POLL)
        yield stock

    def usage(self) -> Usage:
        """Ask the system what it uses, with its intake processes."""
        children = _children(self.program.pid)
        if not children:
            return usage(self.program.pid)
        pids = (self.program.pid, *children)
        used = [usage(pid) for pid in pids]
        apart = [_proportional(pid) or one.rss for pid, one in zip(pids, used, strict=True)]
        return Usage(sum(one.cpu for one in used), sum(apart))

    def _ask(self, path: str) -> dict[str, Any]:
        request = Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"authorization": f"Bearer {KEY}"}
        )
        with urlopen(request) as answer:  # noqa: S310 - as above
            told: dict[str, Any] = json.load(answer)
        return told


def _proportional(pid: int) -> int:
    """Bytes that a process has for itself, and its share of what it shares; 0 where nobody tells.

    proc(5): ``smaps_rollup``. It is told to root alone, since the gateway keeps its memory private.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _children(pid: int) -> list[int]:
    asked = ["ps", "-o", "pid=", "--ppid", str(pid)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - ps
    return [*map(int, told.split())]


@contextmanager
def simulator(folder: Path) -> Iterator[Simulator]:
    """Run a simulated TikTok that takes LATENCY for each answer, and counts keys at its cheapest.

    Holding every field to the contract costs it as much as the gateway's whole delivery.
    """
    arguments = ["--listen", "127.0.0.1:0", "--access", f"{PIXEL}={TOKEN}"]
    arguments += ["--record", "keys", "--read", "keys", "--latency", LATENCY]
    with Program("simulator", "tiktok_simulator", arguments, folder / "simulator.log", {}) as one:
        yield Simulator(one, str(one.ready_line()["url"]))


@contextmanager
def gateway(
    folder: Path, tiktok: Simulator, *, sending: bool = True, processes: int = 0, wait: str = SOON
) -> Iterator[Gateway]:
    """Run a gateway on the store in *folder*, with so many intake *processes*.

    Without *sending* it has no token to send with.
    """
    [port] = free_ports(1)
    token = f'access_token = "{TOKEN}"' if sending else ""
    config = folder / "tandemgate.toml"
    config.write_text(
        SETTINGS.format(
            port=port,
            processes=processes,
            store=STORE,
            store_key=STORE_KEY,
            tiktok=tiktok.url,
            wait=wait,
            pixel=PIXEL,
            token=token,
            key=KEY,
        ),
        "utf-8",
    )
    started = time.perf_counter()
    with Program(
        "gateway", "tandemgate", ["--config", str(config), "serve"], folder / "gateway.log", {}
    ) as one:
        await_ready(one, f"http://127.0.0.1:{port}")
        yield Gateway(one, port, time.perf_counter() - started)


def unaccounted(told: list[Told], counted: list[str]) -> str:
    """Compare what was acknowledged with what TikTok counts, by id; "" when it is the same."""
    refused = {number for one in told for number in one.refused}
    acknowledged = {
        event_id(number)
        for one in told
        for number in range(one.first, one.first + one.sent)
        if number not in refused
    }
    delivered = set(counted)
    faults = {
        "lost": len(acknowledged - delivered),
        "never acknowledged": len(delivered - acknowledged),
        "counted twice": len(counted) - len(delivered),
    }
    return ", ".join(f"{number} {fault}" for fault, number in faults.items() if number)
