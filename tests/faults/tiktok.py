"""What TikTok itself can do: refuse, misunderstand, be away for hours, favour nobody."""

import time
from contextlib import ExitStack
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Final
from urllib.request import urlopen

from tests.e2e.programs import Program, simulator
from tests.faults.account import Account, Seen, ledger_rows, ledger_state, ledger_states
from tests.faults.child import Child
from tests.faults.kills import drained
from tests.faults.memory import RSS_BOUND, Memory
from tests.faults.traffic import (
    ADMIN_KEY,
    FIRST,
    TOKEN,
    Traffic,
    access,
    database,
    hand_in_many,
    pixels,
    write_settings,
)
from tests.faults.waiting import until

SEEN_WITHIN: Final = 60.0
PATIENCE: Final = 120.0
LONGEST_PROBE: Final = 320.0
"""After a long outage a held lane asks every five minutes at most."""

EXPIRING: Final[dict[str, object]] = {"fault": "token_expired"}


def plan(tiktok: Program, *faults: dict[str, object]) -> None:
    """Plan faults of the simulated TikTok."""
    status, _ = tiktok.ask("POST", "/_sim/faults", list(faults))
    assert status == 200


def heal(tiktok: Program) -> None:
    """Drop what is planned."""
    tiktok.ask("DELETE", "/_sim/faults")


def poison(folder: Path, *, events: int, bad: int) -> Account:
    """Some events that TikTok refuses, in batches that it refuses with them."""
    account = Account("poison events in batches", rounds=bad)
    chance = Random(events)  # noqa: S311 - to be repeated, not to be secret
    poisoned = [f"{FIRST}_{number}" for number in chance.sample(range(events), bad)]
    by_index, unnamed = poisoned[: bad // 2], poisoned[bad // 2 :]
    with simulator(*access()) as tiktok:
        plan(
            tiktok,
            {"fault": "poison", "event_ids": by_index},
            {"fault": "poison", "event_ids": unnamed, "index": "absent"},
        )
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic(most=events) as traffic:
            traffic.aim(running).join()
            _all_end(account, settings)
        seen = Seen.of(tiktok, database(settings))
        seen.into(account, traffic.acknowledged)
        rejected = {name for name, row in seen.rows.items() if row.state == "REJECTED"}
        account.must(rejected == set(poisoned), f"{len(rejected)} of {bad} are rejected")
        account.must(account.counted == events - bad, "healthy events are missing")
        return account


def partial_success(folder: Path, *, events: int, bad: int) -> Account:
    """Batches of which TikTok takes a part and names the rest."""
    account = Account("partial success", rounds=bad)
    failing = [f"{FIRST}_{number}" for number in range(0, events, events // bad)][:bad]
    with simulator(*access()) as tiktok:
        plan(tiktok, {"fault": "partial", "event_ids": failing})
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic(most=events) as traffic:
            traffic.aim(running).join()
            _all_end(account, settings)
        Seen.of(tiktok, database(settings)).into(account, traffic.acknowledged)
        account.must(account.counted == events - bad, "healthy events are missing")
        return account


def token_expires(folder: Path, *, rounds: int, lasting: float) -> Account:
    """The token expires in the middle of traffic and is valid again later."""
    account = Account("token expires in mid-traffic", rounds=rounds)
    with simulator(*access()) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic(pause=0.01) as traffic:
            traffic.aim(running)
            for _ in range(rounds):
                time.sleep(lasting / 2)
                plan(tiktok, EXPIRING)
                account.must(until(lambda: held(running) == {"token"}), "no hold is to be seen")
                time.sleep(lasting / 2)
                heal(tiktok)
                account.must(until(lambda: not held(running), patience=60), "still held")
            traffic.stop()
            _all_end(account, settings)
        seen = Seen.of(tiktok, database(settings))
        account.must(not seen.unfinished(), "not everything is delivered")
        seen.into(account, traffic.acknowledged)
        account.must(account.unknown == 0, "a refused token leaves nothing unknown")
        return account


def token_rotated(folder: Path, *, rounds: int) -> Account:
    """A token expires for good in the middle of traffic; a new one is set without a restart."""
    account = Account("token expires for good, a new one is set", rounds=rounds)
    tokens = [TOKEN, *(f"tok_fresh_{number:08}" for number in range(rounds))]
    known = [word for token in tokens for word in ("--access", f"{FIRST}={token}")]
    with simulator(*known) as tiktok:
        settings = write_settings(folder, tiktok.url, admin=True)
        with Child(settings) as running, Traffic(pause=0.01) as traffic:
            traffic.aim(running)
            for old, new in pairwise(tokens):
                account.must(until(lambda: bool(traffic.acknowledged)), "nothing was acknowledged")
                plan(tiktok, EXPIRING | {"tail": old[-4:]})
                seen = until(lambda: _troubles(running) == {"lane_held"}, patience=SEEN_WITHIN)
                account.must(seen, f"not seen within {SEEN_WITHIN:.0f} s: {_troubles(running)}")
                account.must(_is_urgent(running), "metrics show no held lane")
                time.sleep(0.3)
                body = {"pixel": FIRST, "token": new}
                status, _ = running.ask("POST", "/api/tokens", body, key=ADMIN_KEY)
                account.must(status == HTTPStatus.OK, f"setting a token: {status}")
                account.must(until(lambda: not held(running)), "still held")
            traffic.stop()
            _all_end(account, settings)
        seen_by_all = Seen.of(tiktok, database(settings))
        account.must(not seen_by_all.unfinished(), "not everything is delivered")
        seen_by_all.into(account, traffic.acknowledged)
        account.must(account.unknown == 0, "a refused token leaves nothing unknown")
        account.must(account.copies == account.counted, "something was sent twice")
        return account


def _troubles(running: Program) -> set[str]:
    """What ``doctor`` says wants an eye."""
    told = running.ask("GET", "/api/attention")[1]["attention"]
    return {one["reason"] for one in told}


def _is_urgent(running: Program) -> bool:
    with urlopen(f"{running.url}/metrics", timeout=10) as answer:  # noqa: S310 - our own address
        metrics = answer.read().decode()
    return f'tandemgate_attention{{pixel="{FIRST}",reason="lane_held"}} 1.0' in metrics


def dead_pixel(folder: Path, *, lasting: float) -> Account:
    """One pixel of ten never answers; how long do the others' conversions take meanwhile?"""
    account = Account("one dead pixel of ten", rounds=1)
    names = tuple(pixels(10))
    with simulator(*access(names), "--latency", "20ms") as tiktok:
        settings = write_settings(folder, tiktok.url, names=names)
        with Child(settings) as running, ExitStack() as stack:
            shops = [
                stack.enter_context(Traffic(pixel=name, senders=1, pause=0.02).aim(running))
                for name in names
            ]
            time.sleep(lasting)
            dying = time.time()
            plan(tiktok, {"fault": "latency", "ms": 3_600_000, "pixel": names[0]})
            time.sleep(lasting)
            healed = time.time()
            heal(tiktok)
        copies = tiktok.ask("GET", "/_sim/events")[1]["events"]
        came = {copy["event_id"]: copy["received_at"] for copy in copies}
        took = [
            (at, came[name] - at)
            for shop in shops[1:]
            for name, at in shop.acknowledged.items()
            if name in came
        ]
        before = _p99([late for at, late in took if at < dying])
        during = _p99([late for at, late in took if dying <= at < healed])
        account.must(during <= 1.5 * before + 0.05, f"p99 {during:.3f} s after {before:.3f} s")
        account.admitted = sum(len(shop.acknowledged) for shop in shops)
        rows = ledger_rows(database(settings))
        account.lose(name for shop in shops for name in shop.acknowledged if name not in rows)
        return account


def outage(folder: Path, *, events: int, within: float) -> Account:
    """TikTok is away while *events* come in; back again, new conversions arrive *within* seconds.

    They do so although the old ones still wait; memory stays flat all the while.
    """
    account = Account(f"outage, {events:,} waiting", rounds=1)
    with simulator(*access(), "--latency", "300ms", "--record", "keys") as tiktok:
        plan(tiktok, {"fault": "status", "status": 503})
        settings = write_settings(folder, tiktok.url, batch=100)
        with Child(settings) as running, Memory(running.pid) as memory:
            old = hand_in_many(running, "old", events)
            heal(tiktok)
            resumed = until(lambda: held(running) == set(), patience=LONGEST_PROBE)
            account.must(resumed, "the lane never resumed")
            new = hand_in_many(running, "new", 1)
            came = until(
                lambda: ledger_state(database(settings), *new) == "DELIVERED", patience=within
            )
            account.must(came, f"a new conversion did not arrive within {within} s")
            account.must(not drained(settings), "nothing old waited any more: nothing is proven")
            account.must(until(lambda: drained(settings), patience=events / 400 + 90), "no end")
        memory.must_stay_below(RSS_BOUND, account)
        return Seen.of(tiktok, database(settings)).into(account, old | new)


def _all_end(account: Account, settings: Path) -> None:
    ended = until(
        lambda: not {"QUEUED", "SENDING", "RETRY"} & ledger_states(database(settings)).keys(),
        patience=PATIENCE,
    )
    account.must(ended, "the queue did not drain")


def held(running: Program) -> set[str]:
    """Why lanes stand now."""
    lanes = running.ask("GET", "/api/delivery")[1]["lanes"]
    return {lane["cause"] for lane in lanes if lane["held"]}


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[-1]
