"""Whatever is done to the store on SQLite, it stands where the store in memory stands."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.model.admission import Filter
from tandemgate.model.delivery import Batch, Change
from tandemgate.model.event import Event, Source
from tandemgate.model.problem import ProblemFilter
from tandemgate.model.state import FINAL, State
from tandemgate.ports import IllegalEdge, OutOfStep
from tests.build import NOW, a_policy, an_event, some_rules
from tests.contract.conftest import Store, open_store
from tests.contract.steps import EVER, LANE, an_answer, counts

HOLDING = some_rules(policy=a_policy(hold_for_consent=3600.0))
CONSENTS: tuple[dict[str, object], ...] = (
    {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    {"ad_user_data": "GRANTED", "ad_personalization": "DENIED", "region": "DE"},
    {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"},
    {"region": "DE"},
    {"region": "US"},
    {"region": "US", "opt_out": True},
    {"ad_user_data": "GRANTED", "region": "DE", "child": True},
)
USERS: tuple[dict[str, str], ...] = (
    {"email": "customer@example.com"},
    {"email": "customer@example.com", "ttclid": "E.C.P.abc", "ip": "203.0.113.9"},
    {"ip": "203.0.113.42", "user_agent": "Mozilla/5.0"},
    {"email": "another@example.com", "phone": "+491701234567"},
)

Action = Callable[[Store], Awaitable[object]]


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Copies of few events that agree and contradict each other in every way."""
    order = draw(st.sampled_from([{}, {"order_id": "o1"}, {"order_id": "o2"}]))
    event = an_event(
        draw(st.sampled_from([HOLDING, some_rules()])),
        NOW + draw(st.sampled_from([0.0, 5.0, 90_000.0])),
        event_id=draw(st.sampled_from(["e1", "e2", "e3"])),
        event_time=int(NOW) - draw(st.sampled_from([20, 10])),
        user=draw(st.sampled_from(USERS)),
        properties={"value": draw(st.sampled_from([1, 2])), "currency": "EUR", **order},
        consent=draw(st.sampled_from(CONSENTS)),
        session="s1",
    )
    verified = draw(st.sampled_from([True, True, False]))
    source = Source.BACKEND if verified else Source.BROWSER
    return structs.replace(event, verified=verified, source=source)


@st.composite
def admissions(draw: st.DrawFn) -> Action:
    """A request with several events."""
    batch = draw(st.lists(events(), min_size=1, max_size=4))
    return lambda store: store.ledger.admit(batch)


@st.composite
def intents(draw: st.DrawFn) -> Action:
    """A batch that is about to leave; sometimes another copy slips in before its intent."""
    limit = draw(st.integers(1, 3))
    at = NOW + draw(st.sampled_from([0.0, 4_000.0, 100_000.0]))
    batch_id = draw(st.sampled_from(["b1", "b2", "b3", "b4"]))
    stale = draw(st.none() | events())

    async def intend(store: Store) -> object:
        due = await store.ledger.claim(LANE, limit, at)
        if stale is not None:
            await store.ledger.admit([stale])
        await store.ledger.intend(Batch(f"{batch_id}-{at}", LANE, tuple(due), b"body"), at)
        return due

    return intend


@st.composite
def changes(draw: st.DrawFn, seqs: st.SearchStrategy[int]) -> Change:
    """Any change, most of them impossible."""
    return Change(
        seq=draw(seqs),
        to=draw(st.sampled_from(State)),
        reason=draw(st.sampled_from([None, "because"])),
        due_at=draw(st.sampled_from([None, NOW + 1, NOW + 2])),
        counted=draw(st.booleans()),
        maybe_at=draw(st.sampled_from([None, NOW, NOW + 3])),
        suspect=draw(st.sampled_from([None, None, "b1/0", "b1/1"])),
        message=draw(st.sampled_from(["", "words about one event"])),
    )


LIKELY = [State.DELIVERED, State.RETRY, State.RETRY, State.QUEUED, State.REJECTED, State.REVIEW]


@st.composite
def answers(draw: st.DrawFn) -> Action:
    """An answer to the oldest open batch, most of them possible."""
    kept = an_answer(code=draw(st.sampled_from([0, 40100])), at=NOW + 5)
    likely = st.builds(
        lambda change, to: structs.replace(change, to=to),
        changes(st.just(0)),
        st.sampled_from(LIKELY) | st.sampled_from(State),
    )
    told = draw(st.lists(likely, min_size=3, max_size=3))

    async def record(store: Store) -> object:
        left = await store.ledger.unsettled()
        batch = left[0]
        mine = [
            structs.replace(said, seq=due.seq)
            for said, due in zip(told, batch.events, strict=False)
        ]
        await store.ledger.record(batch.batch_id, kept, mine)
        return batch

    return record


@st.composite
def settlements(draw: st.DrawFn) -> Action:
    """Ends without an answer."""
    told = draw(st.lists(changes(st.integers(1, 4)), max_size=2))
    return lambda store: store.ledger.settle(told, NOW + 50)


ACTIONS = st.lists(admissions() | intents() | answers() | settlements(), max_size=14)


async def outcome(action: Action, store: Store) -> object:
    """What *action* returned, or how it failed."""
    try:
        return await action(store)
    except (IllegalEdge, OutOfStep, IndexError) as error:
        return type(error)


async def everything(store: Store) -> dict[str, Any]:
    """All that can be seen of a store."""
    stories = [
        story
        for event_id in ("e1", "e2", "e3")
        for story in await store.archive.stories(event_id, None, None)
    ]
    times = (NOW, NOW + 4_000, NOW + 200_000)
    return {
        "stories": stories,
        "lanes": await store.ledger.lanes(NOW),
        "due": [await store.ledger.claim(LANE, 2, at) for at in times],
        "left": await store.ledger.unsettled(),
        "stats": await store.archive.stats(),
        "problems": sorted(
            await store.problems.groups(ProblemFilter(), NOW + 90_001), key=attrgetter("problem_id")
        ),
        "coverage": counts(await store.quality.coverage(EVER)),
        "pages": [await store.archive.page(Filter(state=state), 9) for state in (None, *State)],
    }


async def both(actions: list[Action], folder: Path) -> None:
    """Do everything to one store of each kind and compare them after each step."""
    stores = [await open_store(kind, folder) for kind in ("memory", "sqlite")]
    try:
        for action in actions:
            one, other = [await outcome(action, store) for store in stores]
            assert one == other
            memory, sqlite = [await everything(store) for store in stores]
            for part, seen in memory.items():
                assert (part, seen) == (part, sqlite[part])
            assert_lawful(memory)
    finally:
        for store in stores:
            await store.aclose()


def assert_lawful(seen: dict[str, Any]) -> None:
    """What must hold after anything at all."""
    assert seen["stats"].imbalance == 0
    being_sent = {due.seq for batch in seen["left"] for due in batch.events}
    assert being_sent == {entry.seq for entry in seen["pages"][0] if entry.state is State.SENDING}
    assert not [entry for entry in seen["pages"][0] if entry.state in FINAL and entry.due_at]


@given(ACTIONS)
@settings(max_examples=60)
def test_both_stores_do_the_same(actions: list[Action]) -> None:
    """The store in memory is the specification, legal calls and illegal ones alike."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(both(actions, Path(folder)))
