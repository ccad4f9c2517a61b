"""Answers without tasks: as soon as they can be given, and nothing of them lost on the way."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tandemgate.web.errand import Company, Errand, Promise, pause

SAID = "stored"


@pytest.fixture
async def unheard() -> list[dict[str, Any]]:
    """What the loop was told about mistakes."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    return told


async def test_what_waits_for_nothing_is_done_at_once() -> None:
    """A refusal needs no turn of the loop."""
    told: list[str] = []

    async def way() -> None:
        told.append("done")

    under_way: set[Any] = set()
    Errand(way(), under_way).go()
    assert told == ["done"]
    assert not under_way


async def test_what_the_ledger_said_is_heard_at_once() -> None:
    """Not a turn later: with many callers that would be a turn of each."""
    promise, told, under_way = Promise[str](), [], set[Any]()

    async def way() -> None:
        told.append(await promise)

    Errand(way(), under_way).go()
    assert len(under_way) == 1
    promise.keep(SAID)
    assert told == [SAID]
    assert not under_way


async def test_why_nothing_is_stored_is_heard_as_well() -> None:
    """It becomes an answer."""
    promise, told = Promise[str](), []

    async def way() -> None:
        try:
            await promise
        except ZeroDivisionError as error:
            told.append(error)

    Errand(way(), set()).go()
    promise.fail(ZeroDivisionError())
    assert [type(error) for error in told] == [ZeroDivisionError]


async def test_what_waits_for_anything_else_goes_on_in_a_task() -> None:
    """Look-ups, pauses and the ledger, in any order."""
    found = asyncio.get_running_loop().create_future()
    promise, told, under_way = Promise[str](), [], set[Any]()

    async def way() -> None:
        told.append(await found)
        await asyncio.sleep(0)
        told.append(await promise)

    Errand(way(), under_way).go()
    [task] = under_way
    found.set_result("a visit")
    asyncio.get_running_loop().call_later(0.01, promise.keep, SAID)
    await task
    await asyncio.sleep(0)
    assert told == ["a visit", SAID]
    assert not under_way


async def test_a_mistake_is_told_and_spares_the_others(unheard: list[dict[str, Any]]) -> None:
    """Shares of one turn are told one after the other."""
    promise, under_way = Promise[str](), set[Any]()

    async def way() -> None:
        await promise
        raise ZeroDivisionError

    Errand(way(), under_way).go()
    promise.keep(SAID)
    assert [type(told["exception"]) for told in unheard] == [ZeroDivisionError]
    assert not under_way


@pytest.fixture
def ends() -> Iterator[list[str]]:
    """How ways ended."""
    told: list[str] = []
    yield told
    assert told == ["closed"]


async def test_an_errand_that_is_given_up_says_nothing_any_more(
    ends: list[str], unheard: list[dict[str, Any]]
) -> None:
    """At the end of the grace of a stop; what it handed in is stored all the same."""
    promise, under_way = Promise[str](), set[Any]()

    async def way() -> None:
        try:
            await promise
            ends.append("answered")
        finally:
            ends.append("closed")

    Errand(way(), under_way).go()
    for one in under_way:
        one.cancel(msg="the server stops")
    promise.keep(SAID)
    await asyncio.sleep(0)
    assert not under_way
    assert not unheard


async def test_an_errand_may_be_given_up_among_others(unheard: list[dict[str, Any]]) -> None:
    """Before it has begun, and while it lets others go first."""
    company, under_way, told = Company(), set[Any](), list[str]()

    async def way(name: str) -> None:
        await pause()
        told.append(name)
        first.cancel()

    first, *others = [Errand(way(name), under_way, company) for name in "abc"]
    for errand in (*others, first):
        company.join(errand)
    others[1].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == ["b"]
    assert not under_way
    assert not unheard


async def test_a_task_that_is_given_up_ends_its_way(ends: list[str]) -> None:
    """The same where it waits for something else."""
    under_way = set[Any]()

    async def way() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("closed")

    Errand(way(), under_way).go()
    [task] = under_way
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_errands_go_together_from_pause_to_pause() -> None:
    """All are read, then all are decided about: what is done in a row is done faster."""
    told: list[str] = []
    company, under_way = Company(), set[Any]()

    async def way(name: str) -> None:
        told.append(f"{name} read")
        await asyncio.sleep(0)
        told.append(f"{name} decided")

    for name in "abc":
        company.join(Errand(way(name), under_way, company))
    assert told == []
    await asyncio.sleep(0)
    assert told == [f"{name} {done}" for done in ("read", "decided") for name in "abc"]
    assert not under_way


async def test_one_that_often_pauses_keeps_nobody_from_the_loop() -> None:
    """A batch of a thousand events must delay nobody for long."""
    company, turns = Company(), 0
    under_way = set[Any]()

    async def way() -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    company.join(Errand(way(), under_way, company))
    while under_way:
        await asyncio.sleep(0)
        turns += 1
    assert turns == 6


async def test_what_fails_is_told_to_whoever_waited_for_it() -> None:
    """A store that refuses must end in an answer, not in a caller who waits for ever."""
    told: list[str] = []
    refused, late = (asyncio.get_running_loop().create_future() for _ in range(2))

    async def way() -> None:
        try:
            await refused
        except ZeroDivisionError:
            told.append("refused")
        told.append(await late)

    under_way: set[Any] = set()
    Errand(way(), under_way).go()
    refused.set_exception(ZeroDivisionError())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == ["refused"]
    late.set_result("later")
    await asyncio.gather(*under_way)
    assert told == ["refused", "later"]
    assert not under_way


async def test_a_task_that_is_given_up_lets_its_errand_clean_up() -> None:
    """Whatever it holds is given back when the server has no more time."""
    told: list[str] = []

    async def way() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            told.append("cleaned up")

    under_way: set[Any] = set()
    Errand(way(), under_way).go()
    await asyncio.sleep(0)
    (task,) = under_way
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["cleaned up"]
