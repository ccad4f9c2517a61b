"""What people decide outlives a restart, with who decided it; the same in each store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeAlias

import apsw
import pytest

from tandemgate.model.admission import Entry, Filter
from tandemgate.model.delivery import Change
from tandemgate.model.event import Lane
from tandemgate.model.operation import Act, Again, Pause, PixelStand, Settlement, Waiting
from tandemgate.model.rules import Wire
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.ports import IllegalEdge
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import NOW, PIXEL, a_policy, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, denied, end, numbered, send, waiting_item

Store: TypeAlias = MemoryStore | SqliteStore

OLD, NEW = Secret("tok_old_0123456789"), Secret("tok_new_9876543210")


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty store, seen as what it is."""
    made: dict[str, Store] = {"memory": MemoryStore()}
    if request.param == "sqlite":
        made["sqlite"] = await open_sqlite(tmp_path)
    yield made[request.param]
    await made[request.param].aclose()


async def open_sqlite(folder: Path) -> SqliteStore:
    """Open the same store again and again."""
    return await SqliteStore.open(folder / "ledger.db", STORE_KEY, StoppedClock())


def an_act(what: str = "pause", at: float = NOW, reason: str = "") -> Act:
    """What an admin does."""
    return Act(at, "root", what, PIXEL, reason)


async def test_a_pause_is_kept_until_it_is_ended(store: Store) -> None:
    """Pausing again may state a better reason, but the lane stands since the first time."""
    controls = store.controls
    await controls.pause(an_act(reason="audit"))
    await controls.pause(an_act(at=NOW + 9, reason="audit, second part"))
    assert (await controls.pixels())[PIXEL].pause == Pause(NOW, "audit, second part")
    await controls.resume(an_act("resume", NOW + 10))
    assert (await controls.pixels()).get(PIXEL, PixelStand()).pause is None
    assert [act.what for act in await controls.acts(10)] == ["resume", "pause", "pause"]
    assert [act.what for act in await controls.acts(1)] == ["resume"]


async def test_the_audit_log_is_read_page_by_page_and_from_a_moment(store: Store) -> None:
    """Nobody should have to read years of it at once."""
    for second in range(5):
        await store.controls.pause(an_act(at=NOW + second))
    newest = await store.controls.acts(2)
    older = await store.controls.acts(2, before=newest[-1].number)
    assert [act.at - NOW for act in (*newest, *older)] == [4, 3, 2, 1]
    assert [act.at - NOW for act in await store.controls.acts(9, since=NOW + 3)] == [4, 3]


async def test_an_act_that_changes_nothing_is_noted(store: Store) -> None:
    """Who wrote the ledger down, and when."""
    act = Act(NOW, "reports", "export_events", PIXEL, "QUEUED")
    await store.controls.note(act)
    assert await store.controls.acts(5) == [act]


async def test_changed_settings_are_dated_and_the_first_are_no_change(store: Store) -> None:
    """A replay asks whether anything is different since TikTok refused."""
    controls = store.controls
    seen = []
    for at, settings in enumerate((b"a", b"a", b"b", b"b", b"a")):
        await controls.configured({PIXEL: settings}, NOW + at)
        seen.append((await controls.pixels())[PIXEL].changed_at)
    assert seen == [None, None, NOW + 2, NOW + 2, NOW + 4]


async def test_the_newest_token_comes_first_and_a_retired_one_not_at_all(store: Store) -> None:
    """Two are valid while they are exchanged; which one is used must not be a matter of luck."""
    vault = store.vault
    await vault.seed({PIXEL: OLD}, NOW)
    await vault.keep(NEW, an_act("token_set", NOW + 5))
    tokens = await vault.tokens()
    assert [(token.secret, token.since, token.from_settings) for token in tokens] == [
        (NEW, NOW + 5, False),
        (OLD, NOW, True),
    ]
    assert await vault.retire(OLD.tail, an_act("token_retired", NOW + 6)) == 1
    assert await vault.retire(OLD.tail, an_act("token_retired", NOW + 7)) == 0
    await vault.seed({PIXEL: OLD}, NOW + 8)
    assert [token.secret for token in await vault.tokens()] == [NEW]
    assert (await store.controls.pixels())[PIXEL].changed_at == NOW + 5


async def test_a_token_that_left_the_settings_is_not_used(store: Store) -> None:
    """Whoever takes it out of the file means it."""
    await store.vault.seed({PIXEL: OLD}, NOW)
    await store.vault.seed({}, NOW + 1)
    assert await store.vault.tokens() == []


async def the_entry(store: Store) -> Entry:
    """The one event of the store."""
    (entry,) = await store.archive.page(Filter(), 5)
    return entry


async def refused(store: Store, to: State = State.REJECTED, **change: Any) -> None:  # noqa: ANN401
    """Let one event end."""
    await store.ledger.admit([an_event()])
    await send(store.ledger, to, **change)


async def test_a_refused_event_is_queued_again_as_a_new_revision(store: Store) -> None:
    """It may be written anew, since TikTok has no copy of it."""
    await refused(store)
    again = Again(1, State.REJECTED, revise=True, remark="by root: mended", wire=Wire.LIVE)
    assert await store.controls.replay([again], an_act("replay", NOW + 60, "mended")) == [1]
    entry = await the_entry(store)
    assert (entry.state, entry.revision, entry.reason) == (State.QUEUED, 2, None)
    (due,) = await store.ledger.claim(LANE, 9, NOW + 60)
    assert (due.attempts, due.suspect) == (1, None)
    (story,) = await store.archive.stories(an_event().key.event_id, None, None)
    assert [(one.stage, one.detail) for one in story.remarks] == [("replayed", "by root: mended")]
    (act,) = await store.controls.acts(5)
    assert (act.what, act.reason, act.counts) == ("replay", "mended", {"sent": 1})
    assert (await store.archive.stats()).imbalance == 0


async def test_a_copy_that_may_have_arrived_keeps_its_bytes(store: Store) -> None:
    """A second copy is recognized only while it is the same."""
    await refused(store, State.REVIEW, maybe_at=NOW)
    before = await the_entry(store)
    again = Again(1, State.REVIEW, revise=False, remark="by root: looked")
    await store.controls.replay([again], an_act("replay"))
    after = await the_entry(store)
    assert (after.revision, after.first_maybe) == (before.revision, NOW)


async def test_a_new_revision_names_the_phone_as_the_profile_does(store: Store) -> None:
    """Changing wire is a reason to try again, so the bytes must follow it."""
    await store.ledger.admit([an_event(user={"phone": "+491701234567"})])
    await send(store.ledger, State.REJECTED)
    again = Again(1, State.REJECTED, revise=True, remark="", wire=Wire.GUIDE)
    await store.controls.replay([again], an_act("replay"))
    assert "phone_number" in (await waiting_item(store.ledger))["user"]


async def test_an_event_that_changed_meanwhile_is_left_alone(store: Store) -> None:
    """Two people may press the same button; nothing is sent twice for it."""
    await refused(store)
    again = Again(1, State.REJECTED, revise=True, remark="")
    assert await store.controls.replay([again], an_act("replay")) == [1]
    assert await store.controls.replay([again], an_act("replay")) == []
    assert len(await store.controls.acts(5)) == 1


async def test_what_was_withdrawn_meanwhile_is_left_alone(store: Store) -> None:
    """The person's no may come between the list that an operator saw and the button."""
    await refused(store)
    await store.ledger.admit([denied()])
    again = Again(1, State.REJECTED, revise=True, remark="")
    assert await store.controls.replay([again], an_act("replay")) == []


@pytest.mark.parametrize("to", [State.EXPIRED, State.SUPPRESSED])
async def test_what_waited_for_a_consent_in_vain_keeps_nothing_to_send(
    store: Store, to: State
) -> None:
    """Nobody agreed, so no replay may ever send it."""
    rules = some_rules(policy=a_policy(hold_for_consent=3600))
    await store.ledger.admit([an_event(rules, consent={"region": "DE"})])
    assert (await the_entry(store)).has_payload
    await store.ledger.settle([Change(1, to)], NOW + 3601)
    assert not (await the_entry(store)).has_payload


async def test_what_was_withdrawn_in_flight_keeps_nothing_to_send(store: Store) -> None:
    """What the answer cancels will never leave again."""
    await store.ledger.admit([an_event()])
    batch = await begin(store.ledger)
    await store.ledger.admit([denied()])
    await end(store.ledger, batch, State.RETRY, due_at=NOW + 5)
    entry = await the_entry(store)
    assert (entry.state, entry.has_payload) == (State.CANCELLED, False)


UNDECIDED = [State.REVIEW, State.INDETERMINATE]
FOUND_OUT = [State.DELIVERED, State.REJECTED]


@pytest.mark.parametrize("stood", UNDECIDED)
@pytest.mark.parametrize("to", FOUND_OUT)
async def test_a_person_settles_what_nobody_else_can(store: Store, stood: State, to: State) -> None:
    """The story says that it was a person, and the audit log who; the books still add up."""
    await refused(store, stood, maybe_at=NOW)
    settlement = Settlement(1, stood, to, f"{to} by root: seen in Events Manager")
    assert await store.controls.decide(settlement, an_act("settled", NOW + 60, "ord_1: seen"))
    entry = await the_entry(store)
    assert (entry.state, entry.reason, entry.unknown) == (to, "settled_by_hand", 1)
    assert (entry.updated_at, entry.revision) == (NOW + 60, 1)
    (story,) = await store.archive.stories(entry.event_id, None, None)
    assert [(one.stage, one.detail) for one in story.remarks] == [("settled", settlement.remark)]
    assert [(act.what, act.reason) for act in await store.controls.acts(5)] == [
        ("settled", "ord_1: seen")
    ]
    stats = await store.archive.stats()
    assert stats.imbalance == 0
    assert [(cell.name, cell.count) for cell in stats.states if cell.count] == [(to, 1)]
    assert await store.archive.waiting() == {}


async def test_what_stands_elsewhere_by_now_is_not_settled(store: Store) -> None:
    """Somebody replayed it, or settled it otherwise; the second answer must not cover the first."""
    await refused(store, State.REVIEW)
    found = Settlement(1, State.REVIEW, State.DELIVERED, "")
    assert await store.controls.decide(found, an_act("settled"))
    for to in FOUND_OUT:
        again = Settlement(1, State.REVIEW, to, "")
        assert not await store.controls.decide(again, an_act("settled"))
    assert (await the_entry(store)).state is State.DELIVERED
    assert len(await store.controls.acts(5)) == 1


@pytest.mark.parametrize("stood", [State.REJECTED, State.DELIVERED])
async def test_what_is_settled_already_has_no_way_by_hand(store: Store, stood: State) -> None:
    """TikTok's own answer outweighs anybody's opinion."""
    await refused(store, stood)
    with pytest.raises(IllegalEdge):
        await store.controls.decide(Settlement(1, stood, State.DELIVERED, ""), an_act())
    assert (await the_entry(store)).state is stood


async def test_what_waits_is_counted_by_lane(store: Store) -> None:
    """Depth and age are the first things to ask of a lane."""
    await store.ledger.admit([numbered(1), numbered(2), numbered(3)])
    await send(store.ledger, State.REJECTED)
    await store.ledger.admit([numbered(4, now=NOW + 5), numbered(5, now=NOW + 9)])
    batch = await begin(store.ledger, "b2", limit=1, at=NOW + 10)
    await end(store.ledger, batch, State.RETRY, due_at=NOW + 500)
    assert await store.archive.waiting() == {Lane(PIXEL): Waiting(2, NOW + 5, NOW + 5)}


async def test_the_entry_tells_what_a_replay_asks(store: Store) -> None:
    """Decisions about a replay are made from the list alone."""
    await refused(store)
    entry = await the_entry(store)
    assert (entry.sent_at, entry.withdrawn, entry.has_payload) == (NOW, False, True)
    denied = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
    await store.ledger.admit([an_event(consent=denied)])
    assert (await the_entry(store)).withdrawn


async def test_what_was_decided_is_still_there_after_a_restart(tmp_path: Path) -> None:
    """Nobody remembers a pause better than the store does, and no token stands in it in clear."""
    store = await open_sqlite(tmp_path)
    await store.controls.pause(an_act(reason="audit"))
    await store.vault.keep(NEW, an_act("token_set"))
    await store.aclose()
    again = await open_sqlite(tmp_path)
    assert (await again.controls.pixels())[PIXEL].pause == Pause(NOW, "audit")
    assert [token.secret for token in await again.vault.tokens()] == [NEW]
    await again.aclose()
    assert NEW.reveal().encode() not in await asyncio.to_thread(everything_in, tmp_path)


def everything_in(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_the_audit_log_can_not_be_rewritten(tmp_path: Path) -> None:
    """Not even by whoever has the file and a SQL prompt in a hurry."""
    store = await open_sqlite(tmp_path)
    await store.controls.pause(an_act())
    await store.aclose()
    connection = apsw.Connection(str(tmp_path / "ledger.db"))
    for attempt in ("DELETE FROM act", "UPDATE act SET who = 'nobody'"):
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute(attempt)
    connection.close()
