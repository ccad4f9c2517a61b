"""The thread that empties the outbox: sends, reads every answer, tries again where that helps."""

from collections.abc import Callable, Sequence
from threading import Lock, Thread, current_thread

from tandemgate.client.answers import DIVISIBLE, Again, Answered, Refused, Reply, Unreachable, judge
from tandemgate.client.limits import Limits
from tandemgate.client.outbox import Outbox
from tandemgate.client.patience import by_chance, wait_before
from tandemgate.client.teller import Teller
from tandemgate.client.transport import Post
from tandemgate.client.writing import Envelope, Item


class Courier:
    """Delivers in order, one request after another; *chance* spreads the tries."""

    def __init__(  # noqa: PLR0913 - what it works with, each by its name
        self,
        outbox: Outbox,
        post: Post,
        teller: Teller,
        envelope: Envelope,
        limits: Limits,
        *,
        chance: Callable[[], float] = by_chance,
    ) -> None:
        self._outbox = outbox
        self._post = post
        self._teller = teller
        self._envelope = envelope
        self._limits = limits
        self._chance = chance
        self._starting = Lock()
        self._thread: Thread | None = None

    @property
    def is_me(self) -> bool:
        """Whether the caller is the thread itself, which can't wait for its own work."""
        return self._thread is current_thread()

    def start(self) -> bool:
        """See to it that the thread runs, and tell whether it was begun just now.

        Where the interpreter is ending none can be: then :meth:`finish` does its work.
        """
        if self._is_running():
            return False
        with self._starting:
            if self._is_running():
                return False
            thread = Thread(target=self.run, name="tandemgate-client", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
            return True

    def finish(self, within: float) -> None:
        """Send what is left, for at most so many seconds."""
        self._outbox.close(within)
        if self._thread is None or not self._thread.is_alive():
            self.run()
        elif not self.is_me:
            self._thread.join(within)

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def run(self) -> None:
        """Deliver until the outbox is closed."""
        while batch := self._outbox.take():
            if not self.deliver(batch):
                return

    def deliver(self, batch: Sequence[Item]) -> bool:
        """Deliver *batch*, in parts if one event spoils it; false when there is no time left."""
        attempt = 1
        while True:
            verdict = judge(self._send(batch), batch)
            if not isinstance(verdict, Again):
                return self._settle(batch, verdict)
            self._teller.out_of_reach(len(self._outbox), verdict.why)
            attempt = 2 if self._outbox.is_closed else attempt + 1  # the end is short of time
            if not self._outbox.pause(wait_before(attempt, verdict.after, self._chance())):
                return False

    def _send(self, batch: Sequence[Item]) -> Reply | Unreachable:
        first = batch[0]
        body = self._envelope.around(batch) if first.is_event else first.content
        return self._post(first.address, body, self._outbox.remaining(self._limits.timeout))

    def _settle(self, batch: Sequence[Item], verdict: Answered | Refused) -> bool:
        if isinstance(verdict, Refused) and verdict.status in DIVISIBLE and len(batch) > 1:
            half = len(batch) // 2
            return self.deliver(batch[:half]) and self.deliver(batch[half:])
        if self._outbox.remove(len(batch)) < len(batch):
            return False  # the end gave them up while the answer was under way, and said so
        if isinstance(verdict, Refused):
            self._teller.refused(batch, verdict.problems)
        else:
            self._teller.answered(verdict.results)
        self._outbox.done(len(batch))
        return True
