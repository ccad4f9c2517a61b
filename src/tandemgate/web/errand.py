"""Answering many requests together, without a task of each, which would cost more than an answer.

A task begins in a later turn of the event loop, and goes on in yet another one. What only waits for
others of its kind and for the ledger needs neither. And errands of one turn go through it together:
the same done for many in a row costs a processor much less than one thing after the other.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")
Way: TypeAlias = Coroutine[Any, Any, None]

STAGES: Final = 2
"""How often errands may let the others go first in one turn of the loop."""


class Promise(asyncio.Future[T]):
    """A future for which an errand does not wait a turn of the loop longer than it takes."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        super().__init__()
        self.heard: Callable[[], None] | None = None

    def keep(self, result: T) -> None:
        """Give the result, unless whoever waits for it has gone."""
        if not self.done():
            self.set_result(result)
            self._tell()

    def fail(self, error: Exception) -> None:
        """Say why there is none, unless whoever waits for it has gone."""
        if not self.done():
            self.set_exception(error)
            self._tell()

    def _tell(self) -> None:
        if self.heard is not None:
            self.heard()


class Errand:
    """A coroutine that goes by itself until it waits for what is neither a promise nor a pause.

    Then a task takes it over. Up to there it has none, so it must not ask for the current one, as
    ``asyncio.timeout`` does. *under_way* holds the errand, later its task, for as long as it goes.
    """

    __slots__ = ("_company", "_under_way", "_way")

    def __init__(self, way: Way, under_way: set[Any], company: "Company | None" = None) -> None:
        self._way: Way | None = way
        self._under_way = under_way
        self._company = company
        under_way.add(self)

    def go(self) -> None:
        """Go as far as it goes now; whatever happens on the way, the caller goes on."""
        way = self._way
        if way is None:
            return
        try:
            awaited = way.send(None)
        except StopIteration:
            self._under_way.discard(self)
        except Exception as error:  # noqa: BLE001 - told as that of a task would be
            self._under_way.discard(self)
            told = {"message": "An answer was not finished", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)
        else:
            self._wait(way, awaited)

    def cancel(self, msg: object = None) -> None:  # noqa: ARG002 - as a task's
        """Give up. What was handed in is stored all the same."""
        if self._way is None:
            return
        self._way.close()
        self._way = None
        # Whoever cancels everything that is under way is just going through it.
        asyncio.get_running_loop().call_soon(self._under_way.discard, self)

    def _wait(self, way: Way, awaited: object) -> None:
        if isinstance(awaited, Promise):
            awaited.heard = self.go
        elif awaited is None and self._company is not None:
            self._company.join(self)
        else:
            self._under_way.discard(self)
            task = asyncio.get_running_loop().create_task(_taken_over(way, awaited))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)


class Company:
    """Lets errands go together: all of them up to the next pause, then all of them on."""

    def __init__(self) -> None:
        self._waiting: list[Errand] = []
        self._gathers = False

    def join(self, errand: Errand) -> None:
        """Let *errand* go with the next ones."""
        self._waiting.append(errand)
        if not self._gathers:
            self._gathers = True
            asyncio.get_running_loop().call_soon(self._go)

    def _go(self) -> None:
        for _ in range(STAGES):
            going, self._waiting = self._waiting, []
            for errand in going:
                errand.go()
        self._gathers = bool(self._waiting)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go)


@coroutine
def pause() -> Generator[None, None, None]:
    """Let others go first, as ``asyncio.sleep(0)`` does, at a third of what that costs."""
    yield


@coroutine
def _taken_over(way: Way, awaited: object) -> Generator[Any, Any, None]:
    """Wait for what *way* asks its loop for, and tell it what came of that, until it ends."""
    try:
        while True:
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - what to do about it is for *way* to say
                awaited = way.throw(error)
            else:
                awaited = way.send(None)
    except StopIteration:
        return
