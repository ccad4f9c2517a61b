"""What people decide, made durable and put into effect in the running flow at once."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from tandemgate.catalog.events import KNOWN
from tandemgate.core.replay import REPLAYABLE, UNCERTAIN, Ground, Plan, plan
from tandemgate.model.admission import Entry, Filter
from tandemgate.model.delivery import LaneRules
from tandemgate.model.event import Lane
from tandemgate.model.happening import Acted, StoreRefused
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act, Pause, PixelStand, Settlement, Token
from tandemgate.model.rules import Wire
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.ports import Archive, Clock, Controls, Observer, StoreUnavailable, Vault

SLICE: Final = 500
"""Events that are looked at, and queued in one commit, at a time: intake waits for no more."""

MOST_LOOKED_AT: Final = 100_000


class Flow(Protocol):
    """What an operator tells the dispatcher."""

    def wake(self, lane: Lane, events: int = 1) -> None:
        """Say that *events* were just stored in *lane*."""
        ...

    def hasten(self, pixel_id: str) -> None:
        """Say that somebody mended something about a pixel."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """A pixel as the settings have it. ``lane`` lacks its token; ``settings`` are for comparing."""

    lane: LaneRules
    token: Secret | None = None
    wire: Wire = Wire.LIVE
    settings: bytes = b""


@dataclass(frozen=True, slots=True)
class Order:
    """A replay as a person wants it: which events, at most how many, why, and whether in earnest.

    Events that changed after ``as_of`` are left alone, so that several orders in a row do not send
    again what TikTok has just refused again.
    """

    wanted: Filter
    most: int
    reason: str
    who: str
    execute: bool
    as_of: Epoch


@dataclass(slots=True)
class Report:
    """What a replay did, or would do. ``more`` says that it ended before the filter did."""

    looked_at: int = 0
    sent: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    pixel_unknown: int = 0
    more: bool = False

    def add(self, planned: Plan, sent: int) -> None:
        """Add what became of one slice; what changed meanwhile is on its way by somebody else."""
        self.sent += sent
        self.refused.update(planned.refused)
        self.refused["in_flight"] += len(planned.again) - sent
        self.uncertain += planned.uncertain
        self.pixel_unknown += planned.pixel_unknown


@dataclass(frozen=True, slots=True)
class Operator:
    """Pauses and resumes pixels, exchanges their tokens, and sends events again.

    ``rules`` and ``paused`` are those that delivery looks up: what changes here counts from the
    next request on.
    """

    controls: Controls
    vault: Vault
    archive: Archive
    clock: Clock
    observer: Observer
    setups: Mapping[str, Setup]
    rules: dict[str, LaneRules]
    paused: dict[str, Pause]
    flow: Flow

    async def begin(self) -> None:
        """Take up what was decided before, and note what changed in the settings since."""
        now = self.clock.now()
        tokens = {
            pixel_id: setup.token
            for pixel_id, setup in self.setups.items()
            if setup.token is not None
        }
        settings = {pixel_id: setup.settings for pixel_id, setup in self.setups.items()}
        try:
            await self.vault.seed(tokens, now)
            await self.controls.configured(settings, now)
        except StoreUnavailable as refusal:  # a full disk takes no note, but what waits must leave
            self.observer.notice(StoreRefused(None, "begin", refusal.reason))
        await self._take_up()

    def has_token(self, pixel_id: str) -> bool:
        """Whether the pixel has a token to send with."""
        return pixel_id in self.rules

    # -- lanes

    async def pause(self, pixel_id: str, who: str, reason: str) -> None:
        """Let nothing of a pixel leave; requests that are under way end."""
        act = Act(self.clock.now(), who, "pause", pixel_id, reason)
        await self.controls.pause(act)
        await self._acted(act)

    async def resume(self, pixel_id: str, who: str) -> None:
        """Let a paused pixel go on."""
        act = Act(self.clock.now(), who, "resume", pixel_id)
        await self.controls.resume(act)
        await self._acted(act)

    # -- tokens

    async def tokens(self) -> list[Token]:
        """Every token, the one that is used first of each pixel."""
        return await self.vault.tokens()

    async def set_token(self, pixel_id: str, secret: Secret, who: str) -> None:
        """Use a new token from the next request on; a lane that stands tries it at once."""
        act = Act(self.clock.now(), who, "token_set", pixel_id)
        await self.vault.keep(secret, act)
        await self._acted(act)

    async def retire_token(self, pixel_id: str, tail: str, who: str) -> int:
        """Use no more the tokens that end in *tail*; return how many those were."""
        act = Act(self.clock.now(), who, "token_retired", pixel_id)
        retired = await self.vault.retire(tail, act)
        if retired:
            await self._acted(act)
        return retired

    async def exported(self, what: str, wanted: Filter, who: str) -> None:
        """Note who writes down what of the ledger, before it leaves.

        Of the filters only words that are known are kept: a stranger may have typed the others.

        Raises :class:`tandemgate.ports.StoreUnavailable`, and then it must not leave.
        """
        event = wanted.event if wanted.event in KNOWN else None
        words = (event, wanted.state, wanted.code)
        reason = " ".join(str(word) for word in words if word is not None)
        pixel_id = wanted.pixel_id if wanted.pixel_id in self.setups else None
        act = Act(self.clock.now(), who, f"export_{what}", pixel_id or "", reason)
        await self.controls.note(act)
        self.observer.notice(Acted(act))

    async def acts(self, limit: int, before: int | None, since: Epoch | None) -> list[Act]:
        """Lines of the audit log, newest first."""
        return await self.controls.acts(limit, before=before, since=since)

    # -- events that nobody could settle

    async def settle(self, entry: Entry, to: State, reason: str, who: str) -> bool:
        """Take *entry* to where a person saw it; false when it stands elsewhere by now."""
        if entry.state not in UNCERTAIN:
            return False
        why = f"{entry.event_id}: {reason}"
        act = Act(self.clock.now(), who, f"settled_{to.lower()}", entry.pixel_id, why)
        settlement = Settlement(entry.seq, entry.state, to, f"{to} by {who}: {reason}")
        settled = await self.controls.decide(settlement, act)
        if settled:
            self.observer.notice(Acted(act))
        return settled

    # -- replay

    async def replay(self, order: Order) -> Report:
        """Send again what may be sent again, or say what would be; slice by slice."""
        report = Report()
        grounds = await self._grounds()
        act = Act(self.clock.now(), order.who, "replay", reason=order.reason)
        async for entries in self._slices(order.wanted, report):
            old = [entry for entry in entries if entry.updated_at <= order.as_of]
            planned = plan(old, grounds, order.reason, order.who, self.clock.now())
            room = order.most - report.sent
            report.more = report.more or len(planned.again) > room
            planned = replace(planned, again=planned.again[:room])
            sent = len(planned.again)
            if order.execute and planned.again:
                at = replace(act, at=self.clock.now(), pixel_id=order.wanted.pixel_id or "")
                queued = frozenset(await self.controls.replay(planned.again, at))
                sent = len(queued)
                self._queued([entry for entry in old if entry.seq in queued])
            report.add(planned, sent)
            if report.more:
                break
        if order.execute and report.sent:
            self.observer.notice(Acted(replace(act, counts={"sent": report.sent})))
        return report

    async def _slices(self, wanted: Filter, report: Report) -> AsyncIterator[list[Entry]]:
        """Walk the whole filter; without a state, those states that a replay may leave.

        Whoever asks for an event by its id gets an answer about it, whatever its state is.
        """
        states = (wanted.state,) if wanted.state or wanted.q else sorted(REPLAYABLE)
        for state in states:
            here = replace(wanted, state=state)
            while entries := await self.archive.page(here, SLICE):
                report.looked_at += len(entries)
                yield entries
                if report.looked_at >= MOST_LOOKED_AT:
                    report.more = True
                    return
                here = replace(here, after=entries[-1].seq)

    async def _grounds(self) -> dict[str, Ground]:
        stands = await self.controls.pixels()
        return {
            pixel_id: Ground(
                setup.lane.clocks, setup.wire, stands.get(pixel_id, PixelStand()).changed_at
            )
            for pixel_id, setup in self.setups.items()
        }

    def _queued(self, entries: list[Entry]) -> None:
        lanes = Counter(Lane(entry.pixel_id, entry.test_event_code) for entry in entries)
        for lane, events in lanes.items():
            self.flow.wake(lane, events)

    async def _acted(self, act: Act) -> None:
        await self._take_up()
        self.flow.hasten(act.pixel_id)
        self.observer.notice(Acted(act))

    async def _take_up(self) -> None:
        """Make what delivery looks up the same as what the store holds."""
        stands = await self.controls.pixels()
        paused = {pixel_id: stand.pause for pixel_id, stand in stands.items() if stand.pause}
        newest: dict[str, Secret] = {}
        for token in await self.vault.tokens():
            newest.setdefault(token.pixel_id, token.secret)
        rules = {
            pixel_id: replace(setup.lane, access_token=newest[pixel_id])
            for pixel_id, setup in self.setups.items()
            if pixel_id in newest
        }
        for live, stored in ((self.paused, paused), (self.rules, rules)):
            live.clear()
            live.update(stored)  # type: ignore[arg-type]
