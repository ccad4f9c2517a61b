"""What people decide, kept with the acts that record it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tandemgate.model.admission import Story
from tandemgate.model.consent import Policy, PolicyVersion
from tandemgate.model.instant import Epoch
from tandemgate.model.key import MadeKey
from tandemgate.model.operation import Act, Again, PixelStand, Settlement, Token
from tandemgate.model.rights import Erased, Stated, Statement
from tandemgate.model.secret import Secret
from tandemgate.model.setup import Confirmed, Prerequisite


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
