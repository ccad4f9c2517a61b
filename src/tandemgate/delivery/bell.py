"""Waiting for time to pass or for something to happen, whichever is first."""

import asyncio

from tandemgate.model.instant import Seconds
from tandemgate.ports import Clock


class Bell:
    """Wakes one waiter; a ring that nobody waits for ends the next wait at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """End the present or the next wait."""
        self._rung.set()

    async def wait(self, seconds: Seconds | None) -> None:
        """Wait for a ring, but no longer than *seconds* (``None``: for as long as it takes)."""
        if not self._rung.is_set():
            await self._ring_or(seconds)
        self._rung.clear()

    async def _ring_or(self, seconds: Seconds | None) -> None:
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._rung.wait())]
        if seconds is not None:
            waits.append(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
