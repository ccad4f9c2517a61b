"""An event loop that knows when everybody waits, and the clocks that move only then."""

import asyncio
import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.flow.world import FakeClock

BELIEVED_AFTER: Final = 8.0
"""Seconds after which the gateway may believe a clock that was set: two checks must agree again."""


class _Idle(selectors.DefaultSelector):
    """Tells *waiter* when the loop has nothing left to do and no thread works for it."""

    waiter: asyncio.Future[None] | None = None
    working = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 or self.waiter is None or self.working:
            return super().select(timeout)
        waiter, self.waiter = self.waiter, None
        waiter.set_result(None)
        return super().select(0)


class QuietLoop(asyncio.SelectorEventLoop):
    """A loop on which the same steps have the same order, whatever threads take their time."""

    def __init__(self) -> None:
        self._idle = _Idle()
        super().__init__(self._idle)

    async def quiet(self) -> None:
        """Wait until every other task waits for time, or for something that never comes."""
        self._idle.waiter = self.create_future()
        await self._idle.waiter

    @contextmanager
    def working(self) -> Iterator[None]:
        """Say that a thread works for the loop, so that it is not quiet yet."""
        self._idle.working += 1
        try:
            yield
        finally:
            self._idle.working -= 1


class Clocks(FakeClock):
    """The machine's two clocks, and the true time. The wall clock is wrong by ``error`` seconds."""

    def __init__(self, loop: QuietLoop) -> None:
        super().__init__()
        self.error = 0.0
        self.believed = 0.0
        self.set_at = 0.0
        self._loop = loop

    @property
    def truth(self) -> float:
        """The time that TikTok has."""
        return self.wall - self.error

    def in_doubt(self, born: float) -> bool:
        """Whether a process that was *born* then must not believe the wall clock yet."""
        seen = born < self.set_at and self.error != self.believed
        return seen and self.mono - self.set_at < BELIEVED_AFTER

    def step(self, error: float) -> None:
        """Set the wall clock so that it is wrong by *error*; nothing else notices."""
        if self.mono - self.set_at >= BELIEVED_AFTER:
            self.believed = self.error
        self.wall += error - self.error
        self.error, self.set_at = error, self.mono

    async def settle(self) -> None:
        await self._loop.quiet()

    async def skip(self, seconds: float) -> None:
        """Let *seconds* pass in one go, as for a process that nobody gave the processor."""
        self._move(self.mono + seconds)
        await self.pass_time(0)
