"""What lies outside of the store: TikTok, whoever hears of things, and time."""

from typing import Protocol

from tandemgate.model.alert import Message
from tandemgate.model.delivery import Reply, TrackRequest
from tandemgate.model.happening import Happening
from tandemgate.model.instant import Epoch, Seconds


class Notifier(Protocol):
    """Tells somebody outside. Never raises for what the network or the receiver does."""

    async def tell(self, message: Message) -> str:
        """Send *message* within one deadline; return "" when it was taken, else why not.

        The words name no address: it is a secret.
        """
        ...


class Sender(Protocol):
    """One POST to TikTok. Never raises for what the network or TikTok does; follows no redirect."""

    async def send(self, request: TrackRequest) -> Reply:
        """Send and wait for the answer, within one total deadline."""
        ...


class Observer(Protocol):
    """Hears what the flow does, for logs, metrics and alerts. Must be quick, and never raises."""

    def notice(self, happening: Happening) -> None:
        """Take note of *happening*."""
        ...


class Clock(Protocol):
    """Time. ``now`` is the wall clock; ``monotonic`` and ``sleep`` are unaffected by its jumps."""

    def now(self) -> Epoch:
        """Wall-clock time."""
        ...

    def monotonic(self) -> Seconds:
        """Seconds since some fixed point; never goes back."""
        ...

    async def sleep(self, seconds: Seconds) -> None:
        """Wait for *seconds* of monotonic time."""
        ...
