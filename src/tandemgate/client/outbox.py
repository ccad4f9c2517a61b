"""What waits to be sent: bounded, in order, and kept until it is known what became of it."""

import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from threading import Condition

from tandemgate.client.limits import MOST_EVENTS, MOST_WAITING_BYTES, Limits
from tandemgate.client.writing import Envelope, Item


class Outbox:
    """A queue that many threads fill and one empties. *clock* gives seconds that only grow."""

    def __init__(
        self, envelope: Envelope, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._envelope = envelope
        self._limits = limits
        self._clock = clock
        self._changed = Condition()
        self._waiting: deque[tuple[float, Item]] = deque()
        self._bytes = 0
        self._entered = self._left = 0
        self._hurried = 0  # as many as ever entered up to the last that may not wait
        self._deadline: float | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._deadline is not None

    def put(self, item: Item) -> bool:
        """Take *item*, unless the outbox is full or closed. Never waits."""
        with self._changed:
            full = len(self._waiting) >= self._limits.waiting
            if full or self.is_closed or self._bytes + len(item.content) > MOST_WAITING_BYTES:
                return False
            self._waiting.append((self._clock(), item))
            self._bytes += len(item.content)
            self._entered += 1
            if not item.is_event:
                self._hurried = self._entered
            if len(self._waiting) in {1, self._limits.batch} or self._is_hurried():
                self._changed.notify_all()
            return True

    def take(self) -> list[Item]:
        """Wait for what belongs in one request; it stays here until its answer is known.

        Nothing, once the outbox is closed and empty, or its time is over.
        """
        with self._changed:
            while not (batch := self.due()) and not self.is_closed:
                self._changed.wait(self._until_due())
            return batch

    def due(self) -> list[Item]:
        """Return what should leave by now in one request, in the order in which it came."""
        if not self._waiting or self._is_over():
            return []
        if not (self._is_ripe() or self.is_closed or self._is_hurried()):
            return []
        first = [item for _, item in islice(self._waiting, MOST_EVENTS)]
        return first[: self._envelope.fitting(first)]

    def remove(self, count: int) -> int:
        """Let go of the first *count*; fewer, if what was left at the end was taken away."""
        with self._changed:
            count = min(count, len(self._waiting))
            for _ in range(count):
                self._bytes -= len(self._waiting.popleft()[1].content)
            return count

    def done(self, count: int) -> None:
        """Say that *count* were removed and what became of them was told: whoever flushes waits."""
        with self._changed:
            self._left += count
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Send at once what has entered so far; whether that was done within *timeout* seconds."""
        with self._changed:
            wanted = self._hurried = self._entered
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._left >= wanted, timeout)

    def pause(self, seconds: float) -> bool:
        """Wait before another try, and no longer than until the end begins; whether one is left."""
        with self._changed:
            if not self.is_closed:
                self._changed.wait_for(lambda: self.is_closed, seconds)
                return True
            if seconds > self.remaining(seconds):
                return False
            self._changed.wait_for(lambda: not self._waiting, seconds)
            return bool(self._waiting)

    def close(self, within: float) -> None:
        """Take nothing more; what is here has *within* seconds to leave."""
        with self._changed:
            self._deadline = self._clock() + within
            self._changed.notify_all()

    def clear(self) -> list[Item]:
        """Give up, and return what has not left."""
        with self._changed:
            left = [item for _, item in self._waiting]
            self.done(self.remove(len(left)))
            return left

    def remaining(self, most: float) -> float:
        """How many seconds something may take that takes *most* at other times."""
        return most if self._deadline is None else min(most, self._deadline - self._clock())

    def _is_ripe(self) -> bool:
        return len(self._waiting) >= self._limits.batch or self._until_due() == 0

    def _is_hurried(self) -> bool:
        return self._left < self._hurried

    def _is_over(self) -> bool:
        return self._deadline is not None and self._clock() >= self._deadline

    def _until_due(self) -> float | None:
        if not self._waiting:
            return None
        return max(0.0, self._waiting[0][0] + self._limits.age - self._clock())
