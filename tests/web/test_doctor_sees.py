"""Every unhealthy condition that the faults create, and the doctor's line about it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tandemgate.cli.check import FAIL, OK, WARN, Check
from tandemgate.cli.doctor import LOG_LARGE, clock, log, room, subjects
from tandemgate.cli.main import run
from tandemgate.core.attention import QUEUE_OLD, Signs
from tandemgate.model.admission import Stats
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.ports import StoreDamaged, StoreFull, StoreUnavailable
from tandemgate.settings import load
from tandemgate.storage.memory import MemoryStore
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.store import opened
from tests.build import PIXEL, an_item
from tests.contract.steps import numbered, send
from tests.web.gateway import OTHER_PIXEL, TOKEN, Gateway

GIB = 1 << 30


class RefusingStore(MemoryStore):
    """A store that could take no new event now."""

    def __init__(self, refusal: type[StoreUnavailable]) -> None:
        super().__init__()
        self._refusal = refusal

    async def check(self) -> None:
        raise self._refusal


class UnbalancedStore(MemoryStore):
    """A store that lost an event."""

    async def stats(self) -> Stats:
        return replace(await super().stats(), recorded=1)


def refusing(refusal: type[StoreUnavailable]) -> Callable[[], Gateway]:
    """A gateway whose store refuses."""
    return lambda: Gateway(store=RefusingStore(refusal))


def signed(**signs: Any) -> Callable[[], Gateway]:  # noqa: ANN401 - fields of Signs
    """A gateway that noticed something of itself."""
    return lambda: Gateway(signs=lambda: Signs(**signs))


def held(cause: HoldCause) -> Callable[[], Gateway]:
    """A gateway with a lane that stands."""
    lane = LaneStatus(Lane(PIXEL), cause, 0.0, 1.0, 0, 1, None, "in TikTok's words")
    return lambda: Gateway(parts={"lanes": lambda: [lane]})


def without_token() -> Gateway:
    """A gateway that can't send for one pixel."""
    return Gateway(tokens={OTHER_PIXEL: Secret(TOKEN)})


def paused() -> Gateway:
    """A gateway with a pixel that a person paused."""
    made = Gateway()

    async def work() -> None:
        await made.operator.begin()
        await made.operator.pause(PIXEL, "root", "audit")

    asyncio.run(work())
    return made


def with_event(state: State | None) -> Callable[[], Gateway]:
    """A gateway with one event in *state*, or one that has waited for long."""

    def make() -> Gateway:
        made = Gateway()

        async def work() -> None:
            await made.store.admit([numbered(1)])
            if state is not None:
                await send(made.store, state)

        asyncio.run(work())
        made.clock.at += QUEUE_OLD + 1
        return made

    return make


def with_a_refused_purchase() -> Gateway:
    """A gateway that had to refuse what the shop's server sent."""
    made = Gateway()
    asyncio.run(made.sent(an_item(properties={"value": 5, "currency": "EURO"})))
    return made


class Seen(NamedTuple):
    """What the doctor must say: the subject, how bad it is, the word, and a part of the fix."""

    subject: str
    status: str
    word: str
    fix: str


CONDITIONS: dict[str, tuple[Callable[[], Gateway], Seen]] = {
    "disk full": (refusing(StoreFull), Seen("store", FAIL, "store_full", "make room")),
    "disk read-only, EIO, lock of another, as the store says": (
        refusing(StoreUnavailable),
        Seen("store", FAIL, "store_unavailable", "disk"),
    ),
    "disk read-only, EIO, as the last write said": (
        signed(store_refusal="store_unavailable"),
        Seen("store", FAIL, "store_unavailable", "disk"),
    ),
    "database torn or flipped": (
        refusing(StoreDamaged),
        Seen("store", FAIL, "store_damaged", "db recover"),
    ),
    "an event lost": (
        lambda: Gateway(store=UnbalancedStore()),
        Seen("ledger", FAIL, "ledger_imbalance", "db check"),
    ),
    "token expired": (held(HoldCause.TOKEN), Seen("lanes", FAIL, "lane_held", "tokens set")),
    "no permission": (held(HoldCause.PERMISSION), Seen("lanes", FAIL, "lane_held", "permission")),
    "refused set-up": (held(HoldCause.CONFIGURATION), Seen("lanes", FAIL, "lane_held", "mend")),
    "TLS or network broken, hours of outage": (
        held(HoldCause.UNREACHABLE),
        Seen("lanes", FAIL, "lane_held", "network"),
    ),
    "rate limit without end": (held(HoldCause.RATE), Seen("lanes", FAIL, "lane_held", "mend")),
    "no token": (without_token, Seen("tokens", FAIL, "token_missing", "tokens set")),
    "paused by a person": (paused, Seen("lanes", WARN, "pixel_paused", "delivery resume")),
    "an old queue": (with_event(None), Seen("queue", WARN, "queue_old", "delivery")),
    "an answer nobody can classify": (
        with_event(State.REVIEW),
        Seen("decisions", WARN, "events_in_review", "events settle"),
    ),
    "a lost answer and the window over": (
        with_event(State.INDETERMINATE),
        Seen("decisions", WARN, "events_indeterminate", "events settle"),
    ),
    "a purchase that is refused": (
        with_a_refused_purchase,
        Seen("problems", FAIL, "urgent_problem", "problems resolve"),
    ),
    "wall clock set": (signed(clock_apart=90.0), Seen("date", WARN, "clock_astray", "NTP")),
    "log on a full disk, or a pipe that nobody reads": (
        signed(log_lines_lost=7),
        Seen("log", WARN, "log_lines_lost", "log"),
    ),
}


@pytest.mark.parametrize(("make", "seen"), CONDITIONS.values(), ids=list(CONDITIONS))
def test_the_doctor_sees_it_and_names_the_fix(make: Callable[[], Gateway], seen: Seen) -> None:
    """Whoever is called at night types one verb; nothing else may be wrong in its answer."""
    found = asyncio.run(made_of(make()))
    (against,) = [check for check in found if check.status != OK]
    assert (against.subject, against.status, against.explain) == seen[:3]
    assert seen.fix in against.fix


async def made_of(gateway: Gateway) -> Sequence[Check]:
    """What the doctor makes of a gateway's answer."""
    told = (await gateway.get("/api/attention")).json["attention"]
    return list(subjects(told))


@pytest.mark.parametrize(
    ("check", "subject", "status", "fix"),
    [
        (room(GIB // 2, 0), "disk", WARN, "make room"),
        (room(1, 2), "disk", FAIL, "make room"),
        (clock(400.0), "clock", FAIL, "NTP"),
        (log(LOG_LARGE + 1), "wal", WARN, "fuser"),
    ],
)
def test_the_doctor_looks_at_this_machine_as_well(
    check: Check, subject: str, status: str, fix: str
) -> None:
    """A disk that fills up and a reader that never ends are seen before they refuse anybody."""
    assert (check.subject, check.status) == (subject, status)
    assert fix in check.fix


def a_stopped_gateway(folder: Path) -> tuple[Path, Path]:
    """Settings, and the store and key that a first start left."""
    file = folder / "tandemgate.toml"
    file.write_text(
        '[server]\nlisten = "127.0.0.1:9"\n[store]\nurl = "sqlite:///tandemgate.db"\n'
        '[tiktok]\nbase_url = "http://127.0.0.1:9"\n'
        f'[[pixels]]\nid = "{PIXEL}"\naccess_token = "tok_e2e_0123456789"\n',
        "utf-8",
    )

    async def start() -> None:
        async with opened(load(file), SystemClock()):
            pass

    asyncio.run(start())
    return file, folder / "tandemgate.db"


def overwrite(database: Path) -> None:
    """Put something else in the place of the store."""
    database.write_bytes(b"x" * 4096)


def lose_key(database: Path) -> None:
    """Lose the store's key."""
    database.with_name("tandemgate.key").unlink()


def mistake_key(database: Path) -> None:
    """Put another store's key in its place."""
    database.with_name("tandemgate.key").write_text("ab" * 32, "utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (overwrite, "is not a ledger"),
        (lose_key, "the file with its key"),
        (mistake_key, "sealed with the store key"),
    ],
)
def test_the_doctor_says_why_a_gateway_would_not_start(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path], None],
    said: str,
) -> None:
    """The gateway is down; its file and its key are the next things to look at."""
    settings, database = a_stopped_gateway(tmp_path)
    harm(database)
    assert run(["--config", str(settings), "--json", "doctor"]) == 1
    checks = {check["subject"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert (checks["gateway"]["status"], checks["file"]["status"]) == (FAIL, FAIL)
    assert said in checks["file"]["said"]
    assert checks["file"]["fix"]
    assert "tandemgate serve" in checks["gateway"]["fix"]
