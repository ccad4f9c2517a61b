import asyncio
from collections.abc import Sequence

import pytest

from tandemgate.model.admission import Admission, Admitted
from tandemgate.model.event import Event
from tandemgate.ports import StoreUnavailable
from tandemgate.storage.memory import MemoryStore
from tandemgate.web import turn
from tandemgate.web.turn import Turn
from tests.build import an_event


class NotedStore(MemoryStore):
    """Remembers how many events came at a time; has no room after ``room`` calls."""

    def __init__(self, room: int = 1_000, poison: str = "") -> None:
        super().__init__()
        self.pieces: list[list[str]] = []
        self._room = room
        self._poison = poison

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        names = [event.key.event_id for event in events]
        if self._poison in names:
            raise ZeroDivisionError
        if len(self.pieces) >= self._room:
            raise StoreUnavailable
        self.pieces.append(names)
        return await super().admit(events)


def events(*names: str) -> list[Event]:
    """One event of each name."""
    return [an_event(event_id=name) for name in names]


async def test_what_comes_in_one_turn_is_stored_in_one_piece() -> None:
    """Sixty-four callers at once must not cost sixty-four jobs of the writer."""
    store = NotedStore()
    turn = Turn(store)
    first, second = await asyncio.gather(
        turn.admit(events("a", "b")), turn.admit(events("c", "a", "d"))
    )
    assert store.pieces == [["a", "b", "c", "a", "d"]]
    assert [type(one).__name__ for one in first] == ["Admitted", "Admitted"]
    assert [type(one).__name__ for one in second] == ["Admitted", "AlreadyKnown", "Admitted"]


async def test_turns_are_stored_apart() -> None:
    """Nobody waits for requests that have not come yet."""
    store = NotedStore()
    turn = Turn(store)
    await turn.admit(events("a"))
    await turn.admit(events("b"))
    assert store.pieces == [["a"], ["b"]]


async def test_a_crowded_turn_goes_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of many large batches must not wait for the last."""
    monkeypatch.setattr(turn, "MOST_TOGETHER", 2)
    store = NotedStore()
    together = Turn(store)
    await asyncio.gather(
        together.admit(events("a")),
        together.admit(events("b", "c")),
        together.admit(events("d")),
    )
    assert store.pieces == [["a", "b", "c"], ["d"]]


async def test_a_store_without_room_says_so_to_every_caller() -> None:
    """Each of them must send its own events again."""
    turn = Turn(NotedStore(room=0))
    asked = (turn.admit(events(name)) for name in "abc")
    said = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in said] == [StoreUnavailable] * 3


async def test_an_event_that_breaks_the_store_breaks_its_own_request_alone() -> None:
    """A mistake of ours about one event, sent again and again, must not cost all the others."""
    store = NotedStore(poison="b")
    turn = Turn(store)
    asked = (turn.admit(events(name)) for name in "abc")
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, list)
    assert isinstance(first[0], Admitted)
    assert isinstance(second, ZeroDivisionError)
    assert isinstance(third, list)
    assert store.pieces == [["a"], ["c"]]


async def test_a_caller_that_has_gone_costs_its_neighbours_nothing() -> None:
    """People close pages, and jobs are killed, while the disk is still writing."""
    store = NotedStore()
    turn = Turn(store)
    gone = asyncio.ensure_future(turn.admit(events("a")))
    stays = asyncio.ensure_future(turn.admit(events("b")))
    await asyncio.sleep(0)
    gone.cancel()
    (said,) = await stays
    assert isinstance(said, Admitted)
    assert store.pieces == [["a", "b"]]
