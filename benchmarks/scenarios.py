"""What is done to the gateway, and the bar that each figure is held against."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import costs, references, stages
from benchmarks.load import Told
from benchmarks.stage import AS_USUAL, SOON, Gateway, Usage, gateway, simulator, unaccounted, usage

MS: Final = 1_000.0
MIB: Final = 1 << 20
NO_END: Final = 10**9


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: seconds of sending per scenario, events of the backlog, seconds to look.

    ``groups`` of a thousand events go through the stages. ``warm`` events are sent before anything
    is measured: nothing is of what happens once, such as imports, first pages, first connections,
    and a write-ahead log that grows to its full length.
    """

    warm: int
    seconds: float
    backlog: int
    glance: float
    groups: int


QUICK: Final = Scale(warm=2_000, seconds=2.0, backlog=10_000, glance=0.3, groups=5)
USUAL: Final = Scale(warm=12_000, seconds=15.0, backlog=200_000, glance=2.0, groups=30)
LONG: Final = Scale(warm=12_000, seconds=30.0, backlog=2_000_000, glance=2.0, groups=100)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. ``bar`` says in words what it should be, ``met`` whether it is."""

    name: str
    value: float
    unit: str
    bar: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Scene:
    """One scenario and what was seen. ``fault`` says what was lost or doubled: "" for nothing.

    In a scene that is not ``delivering``, nothing is sent that could be.
    """

    name: str
    delivering: bool = True
    figures: list[Figure] = field(default_factory=list)
    fault: str = ""

    def see(self, name: str, value: float, unit: str) -> None:
        """Note a figure that has no bar."""
        self.figures.append(Figure(name, value, unit))

    def at_least(self, bar: float, name: str, value: float, unit: str) -> None:
        """Note a figure that should reach *bar*."""
        self.figures.append(Figure(name, value, unit, f"≥ {bar:,g}", value >= bar))

    def at_most(self, bar: float, name: str, value: float, unit: str) -> None:
        """Note a figure that should not exceed *bar*."""
        self.figures.append(Figure(name, value, unit, f"≤ {bar:,.4g}", value <= bar))


@dataclass(frozen=True, slots=True)
class Run:
    """One gateway under load."""

    told: Told
    seconds: float
    gateway: Usage
    simulator: Usage

    def each(self, seconds: float) -> float:
        """Return microseconds per event."""
        return seconds / self.told.acknowledged * 1e6


def references_of(folder: Path, scale: Scale) -> Scene:
    """Measure the machine itself, and what most shops do."""
    scene = Scene("references of this run", delivering=False)
    bare = references.bare_loop(scale.glance)
    scene.see("decode, 3 x SHA-256, encode, and nothing else", bare, "events/s")
    taken = references.syncs(folder, 200)
    scene.see("fsync of 4 KiB, p50", taken[100] * MS, "ms")
    scene.see("fsync of 4 KiB, p99", taken[198] * MS, "ms")
    with simulator(folder) as tiktok:
        each, busy = references.one_by_one(tiktok, scale.glance)
    scene.see("one blocking POST per event to TikTok (50 ms)", each, "events/s")
    scene.see("the same per second of CPU", busy, "events")
    return scene


def stages_of(folder: Path, scale: Scale) -> Scene:
    """Measure the CPU of each stage by itself, in this process."""
    scene = Scene("one event, stage by stage", delivering=False)
    for stage, spent in stages.stages():
        scene.see(stage, spent, "µs of CPU")
    for stage, seconds in costs.measured(folder, scale.groups).items():
        scene.see(stage, seconds * 1e6, "µs of CPU")
    return scene


def singles(folder: Path, scale: Scale, processes: int = 0) -> Scene:
    """Report one event per request over 64 connections."""
    scene = Scene("single POSTs, c=64" + _behind(processes))
    load = _Load(processes, connections=64, per_request=1, warm=scale.warm, seconds=scale.seconds)
    run = _loaded(folder, scene, load)
    told = run.told
    scene.at_least(10_000, "acknowledged", told.acknowledged / told.seconds, "events/s")
    scene.at_least(10_000, "acknowledged = delivered", told.acknowledged / run.seconds, "events/s")
    scene.see("answer p50", told.latency(0.5) * MS, "ms")
    scene.at_most(20, "answer p99", told.latency(0.99) * MS, "ms")
    _costs(scene, run)
    return scene


def lone(folder: Path, scale: Scale, processes: int = 0) -> Scene:
    """Report one event at a time: what a shop's checkout waits for."""
    scene = Scene("single POSTs, c=1" + _behind(processes))
    taken = references.syncs(folder, 200)
    load = _Load(
        processes,
        connections=1,
        per_request=1,
        warm=scale.warm,
        seconds=min(scale.seconds, 5.0),
        wait=AS_USUAL,
    )
    told = _loaded(folder, scene, load).told
    scene.see("acknowledged", told.acknowledged / told.seconds, "events/s")
    scene.see("answer p50", told.latency(0.5) * MS, "ms")
    bar = 1 + taken[198] * MS
    scene.at_most(bar, "answer p99 (1 ms + an fsync's p99)", told.latency(0.99) * MS, "ms")
    return scene


def hundreds(folder: Path, scale: Scale, processes: int = 0) -> Scene:
    """Report a hundred events per request over 16 connections."""
    scene = Scene("100-event batches, c=16" + _behind(processes))
    load = _Load(processes, connections=16, per_request=100, warm=scale.warm, seconds=scale.seconds)
    run = _loaded(folder, scene, load)
    told = run.told
    scene.see("acknowledged", told.acknowledged / told.seconds, "events/s")
    scene.at_least(40_000, "acknowledged = delivered", told.acknowledged / run.seconds, "events/s")
    scene.see("answer p50", told.latency(0.5) * MS, "ms")
    scene.see("answer p99", told.latency(0.99) * MS, "ms")
    _costs(scene, run)
    return scene


def backlog(folder: Path, scale: Scale) -> Scene:
    """Take events in while the pixel has no token; give it one, start anew, and drain."""
    scene = Scene(f"backlog of {scale.backlog:,}")
    with simulator(folder) as tiktok:
        with gateway(folder, tiktok, sending=False) as idle:
            scene.see("idle, RSS", idle.usage().rss / MIB, "MiB")
            scene.see("start-up, empty", idle.ready_after, "s")
            told = idle.load(
                connections=16, per_request=100, first=0, events=scale.backlog, seconds=NO_END
            )
            rate = told.acknowledged / told.seconds
            scene.see("taken in while nothing leaves", rate, "events/s")
            scene.see("RSS after that", idle.usage().rss / MIB, "MiB")
        with gateway(folder, tiktok) as running:
            scene.at_most(1, "start-up on it", running.ready_after, "s")
            _drain(scene, running, told)
        scene.fault = unaccounted([told], tiktok.keys())
    return scene


def _drain(scene: Scene, running: Gateway, told: Told) -> None:
    started, first = time.perf_counter(), running.usage()
    done = running.stock().get("DELIVERED", 0)
    rss = [running.usage().rss for _ in running.drained()]
    took = time.perf_counter() - started
    drained = told.acknowledged - done
    scene.at_least(30_000, "drained", drained / took, "events/s")
    used = (running.usage().cpu - first.cpu) / drained * 1e6
    scene.see("gateway's CPU", used, "µs/event")
    third = len(rss) // 3  # the page cache fills in the first
    growth = max(rss[2 * third :]) / max(rss[third : 2 * third + 1])
    scene.at_most(1.1, "RSS, last third / the one before", growth, "x")
    scene.at_most(200, "RSS, highest", max(rss) / MIB, "MiB")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """How a gateway of so many intake ``processes`` is asked, and for how long."""

    processes: int = field(kw_only=False)
    connections: int
    per_request: int
    warm: int
    seconds: float
    wait: str = SOON


def _behind(processes: int) -> str:
    return f", intake apart ({processes})" if processes else ""


def _loaded(folder: Path, scene: Scene, load: _Load) -> Run:
    with (
        simulator(folder) as tiktok,
        gateway(folder, tiktok, processes=load.processes, wait=load.wait) as running,
    ):
        warm = running.load(connections=4, per_request=1, first=0, events=load.warm, seconds=NO_END)
        for _ in running.drained():
            pass
        used, received = running.usage(), usage(tiktok.program.pid)
        started = time.perf_counter()
        told = running.load(
            connections=load.connections,
            per_request=load.per_request,
            first=warm.sent,
            events=NO_END,
            seconds=load.seconds,
        )
        for _ in running.drained():
            pass
        took = time.perf_counter() - started
        after, seen = running.usage(), usage(tiktok.program.pid)
        scene.fault = unaccounted([warm, told], tiktok.keys())
    return Run(
        told,
        took,
        Usage(after.cpu - used.cpu, after.rss),
        Usage(seen.cpu - received.cpu, seen.rss),
    )


def _costs(scene: Scene, run: Run) -> None:
    scene.see("gateway's CPU", run.each(run.gateway.cpu), "µs/event")
    scene.see("simulator's CPU", run.each(run.simulator.cpu), "µs/event")
    scene.see("load generator's CPU", run.each(run.told.cpu), "µs/event")
    scene.at_most(200, "memory afterwards", run.gateway.rss / MIB, "MiB")


def _apart(
    scene: Callable[[Path, Scale, int], Scene],
) -> Callable[[Path, Scale], Scene]:
    """Play *scene* with as many intake processes as there are processors less one."""

    def played(folder: Path, scale: Scale) -> Scene:
        return scene(folder, scale, max(1, (os.cpu_count() or 1) - 1))

    return played


SCENES: Final[dict[str, Callable[[Path, Scale], Scene]]] = {
    "references": references_of,
    "stages": stages_of,
    "singles": singles,
    "lone": lone,
    "hundreds": hundreds,
    "singles-apart": _apart(singles),
    "lone-apart": _apart(lone),
    "hundreds-apart": _apart(hundreds),
    "backlog": backlog,
}
