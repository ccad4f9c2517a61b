"""The machine's own time."""

import asyncio
import time

from tandemgate.model.instant import Epoch, Seconds


class SystemClock:
    """A :class:`tandemgate.ports.Clock`."""

    def now(self) -> Epoch:
        return time.time()

    def monotonic(self) -> Seconds:
        return time.monotonic()

    async def sleep(self, seconds: Seconds) -> None:
        await asyncio.sleep(seconds)
