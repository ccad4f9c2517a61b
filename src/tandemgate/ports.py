"""What the flow needs from the world; adapters live in ``storage``, ``tiktok``, ``telemetry``."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tandemgate.model.admission import Admission, Entry, Filter, Stats, Story, Tally
from tandemgate.model.alert import Alert, Group, Message
from tandemgate.model.consent import Policy, PolicyVersion
from tandemgate.model.delivery import Answer, Batch, Change, Due, Reply, TrackRequest
from tandemgate.model.event import Event, Lane
from tandemgate.model.happening import Happening
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.key import MadeKey
from tandemgate.model.link import Crossing
from tandemgate.model.operation import Act, Again, PixelStand, Settlement, Token, Waiting
from tandemgate.model.order import OrderMarks, Refusal, Sale
from tandemgate.model.pair import (
    Evidence,
    Name,
    Nameless,
    PairCounts,
    PairFilter,
    PairPage,
    Sides,
)
from tandemgate.model.problem import ProblemFilter, ProblemGroup
from tandemgate.model.quality import Coverage, CoverageFilter, Score
from tandemgate.model.rights import Erased, Stated, Statement
from tandemgate.model.rollup import Rollup
from tandemgate.model.secret import Secret
from tandemgate.model.setup import Confirmed, Prerequisite
from tandemgate.model.taxonomy import NameSeen
from tandemgate.model.trial import Sighting, Trial
from tandemgate.model.visit import Binding, Found, Visit, Wanted


class StoreUnavailable(Exception):  # noqa: N818 - it is a state of the world, not a mistake
    """The store can't take more now (full, locked, failing); nothing of the call was stored.

    ``reason`` is the word for probes and logs.
    """

    reason = "store_unavailable"


class StoreFull(StoreUnavailable):
    """What room is left is kept for the events that are stored already; goes on by itself."""

    reason = "store_full"


class StoreDamaged(StoreUnavailable):
    """The file is not as it was written. A person has to look, nothing is guessed."""

    reason = "store_damaged"


class OutOfStep(StoreUnavailable):
    """An event is not where the caller saw it last, so nothing of the call was stored: look again.

    Between a claim and its intent, another copy of the event may have withdrawn or amended it.
    """

    reason = "out_of_step"


class IllegalEdge(Exception):  # noqa: N818 - named after the rule that was broken
    """A change that is no edge of :data:`tandemgate.model.state.EDGES`: a bug; nothing changed."""


class Ledger(Protocol):
    """Durable record of every admitted event. Admitting twice is the same as once.

    Every method that writes returns only when its effect would survive a power cut, and raises
    :class:`StoreUnavailable` when it did not take place.
    """

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Store *events*, in order; one answer each. Of two equal keys the first wins."""
        ...

    def tally(self, tallies: Sequence[Tally]) -> None:
        """Count what never reached the ledger; becomes durable with one of the next commits."""
        ...

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        """Lanes with events waiting (QUEUED, RETRY, HELD), and when the first of each is due."""
        ...

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        """Up to *limit* due events of *lane*, oldest due first, without changing them.

        With *newest* the newest due come first, and no suspects. When nothing is due, what waits
        for longer than any wait of ours (STRANDED_AFTER) counts as due: the clock was set back.

        QUEUED, RETRY and HELD events (whose wait for consent is over) are due. When the first due
        event is a suspect, only events of the same suspicion are returned. An event whose payload
        can't be opened any more has an empty ``wire``: settle it, it can't be sent.
        """
        ...

    async def intend(self, batch: Batch, now: Epoch) -> None:
        """Write that *batch* is about to leave: its events go to SENDING, their bytes freeze.

        Raises :class:`OutOfStep` when one of them changed after it was claimed.
        """
        ...

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        """Close a batch: keep the answer as an attempt of each event and apply *changes*.

        An event that was withdrawn meanwhile goes to CANCELLED where it would have been sent again.
        Of a batch that is closed already nothing changes. Raises :class:`IllegalEdge`.
        """
        ...

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        """Apply *changes* that come from no answer: expiry, cancellation.

        Raises :class:`OutOfStep` when an event has no edge from where it stands by now.
        """
        ...

    async def unsettled(self) -> list[Batch]:
        """Batches with an intent and no answer: after a crash, each of them may have arrived.

        Their bodies are not kept; ``attempts`` of their events include the one without an answer.
        """
        ...


class Archive(Protocol):
    """Reads for everything that looks; never blocks a write. Cost does not grow with the ledger."""

    async def stories(self, event_id: str, pixel_id: str | None, event: str | None) -> list[Story]:
        """Every stored event with this event_id (it may have served several events or pixels)."""
        ...

    async def page(self, wanted: Filter, limit: int) -> list[Entry]:
        """Newest first, at most *limit*; go on with ``wanted.after`` = the last row's ``seq``."""
        ...

    async def wire(self, seq: int) -> bytes:
        """The stored bytes of an event's item; empty where they are gone or can't be opened."""
        ...

    async def told(self, wanted: Filter, limit: int) -> list[Story]:
        """Tell the story of each event of :meth:`page`, all of them as of one moment."""
        ...

    async def stats(self) -> Stats:
        """The counters as of the last commit."""
        ...

    async def waiting(self) -> dict[Lane, Waiting]:
        """What waits in each lane; a test lane's count stops at 10,000."""
        ...

    async def check(self) -> None:
        """Raise :class:`StoreUnavailable` where a new event could not be stored now."""
        ...


class Controls(Protocol):
    """What people decide. Each decision is durable in one commit with the act that records it.

    Every method raises :class:`StoreUnavailable`, and then nothing took place.
    """

    async def pixels(self) -> dict[str, PixelStand]:
        """Every pixel that something was ever decided or noted about."""
        ...

    async def pause(self, act: Act) -> None:
        """Pause the act's pixel for the act's reason; pausing again replaces the reason only."""
        ...

    async def resume(self, act: Act) -> None:
        """End the pause of the act's pixel, if there is one."""
        ...

    async def configured(self, settings: Mapping[str, bytes], at: Epoch) -> None:
        """Note the settings of each pixel (their bytes, kept as a digest); a change is dated *at*.

        The first settings of a pixel are no change.
        """
        ...

    async def replay(self, events: Sequence[Again], act: Act) -> list[int]:
        """Queue *events*, due at once; return the seqs of those that still stood as they say."""
        ...

    async def decide(self, settlement: Settlement, act: Act) -> bool:
        """Take an event to where a person saw it; false when it stands elsewhere by now.

        Raises :class:`IllegalEdge`.
        """
        ...

    async def note(self, act: Act) -> None:
        """Record an act that changes nothing, such as an export."""
        ...

    async def acts(
        self, limit: int, *, before: int | None = None, since: Epoch | None = None
    ) -> list[Act]:
        """The audit log, newest first, at most *limit* lines; go on *before* the last number."""
        ...


class Policies(Protocol):
    """The consent policies of each pixel, as they came. A version never changes."""

    async def register(self, policies: Mapping[str, Policy], at: Epoch) -> dict[str, Policy]:
        """Put each pixel's policy in force; return it with its version, the next if it is new.

        Where it takes the place of another, the audit log gets a line in the same commit. Raises
        :class:`StoreUnavailable`, and then nothing took place.
        """
        ...

    async def versions(self) -> list[PolicyVersion]:
        """Every policy that was ever registered, by pixel and version."""
        ...


class Vault(Protocol):
    """Access tokens, sealed. What was configured counts from when it was first seen."""

    async def seed(self, configured: Mapping[str, Secret], at: Epoch) -> None:
        """Take the token that the settings hold for each pixel; others of theirs end."""
        ...

    async def tokens(self) -> list[Token]:
        """Every token that may be used, the newest of each pixel first."""
        ...

    async def keep(self, secret: Secret, act: Act) -> None:
        """Make *secret* the newest token of the act's pixel, also one that was retired."""
        ...

    async def retire(self, tail: str, act: Act) -> int:
        """Retire the tokens of the act's pixel that end in *tail*; return how many those were."""
        ...


class Keys(Protocol):
    """Keys that are made while the gateway runs; of their texts only digests are kept.

    Each change is durable in one commit with the act that records it. Every method raises
    :class:`StoreUnavailable`, and then nothing took place.
    """

    async def made(self) -> list[MadeKey]:
        """Every key that was ever made, by name, the newest of each first."""
        ...

    async def make(self, key: MadeKey, act: Act) -> bool:
        """Add *key*; false where a key of that name counts at the time of the act."""
        ...

    async def exchange(self, key: MadeKey, ends: Epoch, act: Act) -> bool:
        """Add *key*; others of its name end at *ends* at the latest. False where none counts."""
        ...

    async def end(self, act: Act, name: str) -> int:
        """End the keys called *name* at the time of the act; return how many still counted."""
        ...


class Confirmations(Protocol):
    """What people said is there, which no traffic can show. Raises :class:`StoreUnavailable`."""

    async def confirm(self, prerequisite: Prerequisite, act: Act) -> None:
        """Take the word of the act's key for its pixel; a later word takes its place."""
        ...

    async def confirmed(self) -> list[Confirmed]:
        """Everything that was said, by pixel."""
        ...


class Visits(Protocol):
    """What browsers showed, for events that a server reports later. Kept as long as it is fresh."""

    async def note(
        self, session: str, seen: Visit, bindings: Sequence[Binding], at: Epoch
    ) -> list[Binding]:
        """Add *seen* to what is known of *session*, and bind references to it, in one commit.

        Return the bindings that were refused: a reference that leads to another session stays
        there, unless a server says otherwise. Raises :class:`StoreUnavailable`.
        """
        ...

    async def follow(self, session: str, crossing: Crossing, at: Epoch) -> bool:
        """Use a link token: from now on the visit of *session* has what the token's visit shows.

        False when another session used it before: then nothing changed, however many asked at
        once. The same session may ask again. Raises :class:`StoreUnavailable`.
        """
        ...

    async def find(self, wanted: Sequence[Wanted], now: Epoch) -> list[Found | None]:
        """Find the visit of each by its session, else by the first of its references that is bound.

        With what the visits at other hosts show that it follows.

        Raises :class:`StoreUnavailable`.
        """
        ...


class Rights(Protocol):
    """What people may ask about what is theirs. Whose events are meant is told by traces.

    Each is done in one commit with the act that records it, and after it nothing that it stopped
    is ever sent. Every method raises :class:`StoreUnavailable`, and then nothing took place.
    """

    async def state(self, statement: Statement, act: Act) -> Stated:
        """Apply *statement* to the events of whoever made it; remember what it denies."""
        ...

    async def traced(self, traces: Collection[bytes], limit: int) -> list[Story]:
        """Events with any of *traces*, oldest first, at most *limit*."""
        ...

    async def erase(self, traces: Collection[bytes], limit: int, act: Act) -> Erased:
        """Leave tombstones of the events with any of *traces*, oldest first, at most *limit*.

        Consents from before count for nothing from now on.
        """
        ...


class Pairs(Protocol):
    """The Pixel's copies, as pages report them, and what stands beside them.

    No cost grows with the ledger: nothing is matched when something arrives.
    """

    async def note(self, seen: Sequence[Evidence]) -> None:
        """Keep what the Pixel was seen to send. Raises :class:`StoreUnavailable`.

        From then on the ledger knows of each that TikTok may have had a copy at that time.
        """
        ...

    async def names(self, nameless: Sequence[Nameless]) -> list[list[Name]]:
        """Find the event_ids that each may have, at most a few.

        Those of the Pixel's calls of the same order, and of the same visit and event within
        SAME_ACTION_WITHIN; and the derived one where a copy of ours bears it already.
        """
        ...

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        """Both sides of each of these stored events."""
        ...

    async def page(self, wanted: PairFilter, limit: int) -> PairPage:
        """Both sides of the newest actions, at most *limit*.

        Where few of many match, a page may hold fewer, and go on.
        """
        ...

    async def counts(self, wanted: PairFilter, most: int) -> PairCounts:
        """Count the newest actions by verdict, at most about *most*."""
        ...

    async def spoken(self) -> list[NameSeen]:
        """Every name of live events, and when each side used it last."""
        ...


class Rollups(Protocol):
    """What happened when, counted in the commits in which it did.

    Minutes are told apart for MINUTES_KEPT, then the hours that they were in, for HOURS_KEPT.
    """

    async def between(self, since: Epoch, until: Epoch) -> Rollup:
        """Sum up what began to be counted from the minute of *since* on, before that of *until*.

        An hour that is known as a whole counts when it began in that time.
        """
        ...


class Trials(Protocol):
    """Test sessions: a pixel has one at a time, and what came of each is kept for good."""

    async def keep(self, trial: Trial, act: Act) -> bool:
        """Store *trial*, in one commit with the act that made it what it is.

        False, and nothing took place, where its revision is not the next one, it has ended, or the
        pixel has another that is open. Raises :class:`StoreUnavailable`.
        """
        ...

    async def newest(self, limit: int) -> list[Trial]:
        """Test sessions, the one that was begun last first, at most *limit*."""
        ...

    async def note(self, trial_id: str, seen: Sequence[Sighting]) -> None:
        """Keep what it showed, until it ends. Raises :class:`StoreUnavailable`."""
        ...

    async def seen(self, trial_id: str, since: Epoch) -> list[Sighting]:
        """What it showed at *since* or later, the oldest first."""
        ...


class Problems(Protocol):
    """What goes wrong again and again, in groups. The ledger counts it in the commits it makes.

    What people decide about a group is durable in one commit with the act that records it, whose
    reason is the note. Every method raises :class:`StoreUnavailable`, and then nothing took place.
    """

    async def groups(self, wanted: ProblemFilter, now: Epoch) -> list[ProblemGroup]:
        """Every group that is wanted, in no order; their number is bounded."""
        ...

    async def find(self, problem_id: str, now: Epoch) -> ProblemGroup | None:
        """Return the group with this name, if there is one."""
        ...

    async def news(self, after: int, now: Epoch) -> list[ProblemGroup]:
        """Open groups that are new, or were seen again after they were settled, oldest news first.

        Go on with *after* = the last one's ``news``; 0 is the beginning.
        """
        ...

    async def resolve(self, problem_id: str, act: Act) -> bool:
        """Note that it is mended; it opens by itself when it is seen later than the act.

        Return whether there is such a group; so do the others.
        """
        ...

    async def mute(self, problem_id: str, until: Epoch | None, act: Act) -> bool:
        """Let nobody hear of it until *until*, or for good; when seen after that, it is news."""
        ...

    async def unmute(self, problem_id: str, act: Act) -> bool:
        """End a mute."""
        ...


class Orders(Protocol):
    """What the ledger holds of a shop's orders."""

    async def sales(self, orders: Sequence[OrderMarks]) -> list[list[Sale]]:
        """Return the live events of each order, oldest first. A cost per order that stays flat."""
        ...

    async def refusals(self, orders: Sequence[OrderMarks]) -> list[Refusal | None]:
        """Return why the purchase of each order was last refused when it came, if it was."""
        ...


class Quality(Protocol):
    """How many events carried which match key, counted in the commits that store and change them.

    So reading costs nothing, and what is told is what a recount of the stored events would find.
    """

    async def coverage(self, wanted: CoverageFilter) -> Coverage:
        """Return the counts of the wanted days, of events that are still stored."""
        ...

    async def note(self, score: Score, act: Act) -> None:
        """Keep a score that somebody read at TikTok; another one of the same day takes its place.

        Raises :class:`StoreUnavailable`, and then nothing took place.
        """
        ...

    async def scores(self, wanted: CoverageFilter) -> list[Score]:
        """Return the scores of the wanted days, oldest first; the channel makes no difference."""


class Alerts(Protocol):
    """What is remembered of alerts, so that a restart tells nothing twice."""

    async def kept(self) -> list[Alert]:
        """Every alert that is remembered, one for each group."""
        ...

    async def keep(self, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
        """Remember *changed* in the place of those of the same groups, and forget *gone*.

        In one commit. Raises :class:`StoreUnavailable`, and then nothing took place.
        """
        ...


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
