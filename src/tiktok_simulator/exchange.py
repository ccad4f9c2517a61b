"""One request on its way to an answer."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from tiktok_simulator.answers import ACCEPTED, Answer, Reply, body_of, refused
from tiktok_simulator.contract import MESSAGES, Breach
from tiktok_simulator.reading import Envelope, Event, Refusal, read_events, read_keys
from tiktok_simulator.record import Arrival
from tiktok_simulator.world import World

_NOBODY: Final = Envelope("", "", [])


@dataclass(slots=True)
class Exchange:
    """A request to the track endpoint that arrived at *at* (Unix seconds).

    *answer* is what TikTok said, None as long as it has said nothing.
    """

    world: World
    at: float
    request_id: str
    token: str
    content_type: str
    read: Envelope | Refusal = _NOBODY
    answer: Answer | None = None

    @property
    def envelope(self) -> Envelope:
        """What was read, or nobody's empty envelope where it could not be."""
        return _NOBODY if isinstance(self.read, Refusal) else self.read

    def process(self, failing: AbstractSet[str] = frozenset()) -> Reply:
        """Judge the request as TikTok does, take in all events but the *failing* ones, answer."""
        events = self._judge()
        if isinstance(events, Refusal):
            return self.say(refused(events.breach, events.message, self.world.dialect))
        source, test_event_code, _ = self.envelope
        arrival = Arrival(source, "server", self.at, self.request_id, test_event_code)
        taken = [event for event in events if event.event_id not in failing] if failing else events
        self.world.record.accept(arrival, taken)
        return self.say(ACCEPTED)

    def say(self, answer: Answer, status: int = 200) -> Reply:
        """Answer in the API's shape."""
        self.answer = answer
        return Reply(status, body_of(answer, self.request_id))

    def refuse(self, breach: Breach) -> Reply:
        """Refuse the whole request, unread."""
        return self.say(refused(breach, MESSAGES[breach], self.world.dialect))

    def _judge(self) -> list[Event] | Refusal:
        access = self.world.access
        allowed = access.pixels_of.get(self.token)
        if allowed is None:
            breach = Breach.TOKEN_UNKNOWN if self.token else Breach.TOKEN_ABSENT
            return Refusal(breach, MESSAGES[breach])
        if self.content_type.partition(";")[0].strip().lower() != "application/json":
            return Refusal(Breach.MALFORMED, "Content-Type must be application/json.")
        if isinstance(self.read, Refusal):
            return self.read
        source = self.read.source
        if source not in allowed:
            known = source in self.world.pixels
            breach = Breach.NO_PERMISSION if known else Breach.SOURCE_UNKNOWN
            return Refusal(breach, MESSAGES[breach].format(source=source))
        if self.world.reads == "keys":
            return read_keys(self.read.items)
        return read_events(self.read.items, self.at, access.user_table(source))
