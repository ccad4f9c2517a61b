"""What people decide, in memory: the other half of the reference store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tandemgate.core.policy import change, number
from tandemgate.model.consent import Policy, PolicyVersion
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act, Again, Pause, PixelStand, Settlement, Token
from tandemgate.model.secret import Secret


@dataclass(frozen=True, slots=True)
class _Kept:
    """A token with whether it was retired."""

    token: Token
    retired: bool = False


class MemoryOperation:
    """Controls, Policies and Vault at once. The ledger beside it says what becomes of a replay."""

    def __init__(self) -> None:
        super().__init__()
        self._pauses: dict[str, Pause] = {}
        self._settings: dict[str, bytes] = {}
        self._changed: dict[str, Epoch] = {}
        self._tokens: dict[tuple[str, Secret], _Kept] = {}
        self._configured: Mapping[str, Secret] = {}
        self._acts: list[Act] = []
        self._policies: dict[str, list[PolicyVersion]] = {}

    def _queue_again(self, again: Again, at: Epoch) -> bool:
        """Queue one event again, if it still stands as it did; the ledger's part."""
        raise NotImplementedError

    def _settle_by_hand(self, settlement: Settlement, at: Epoch) -> bool:
        """Take one event to its end, if it still stands as it did; the ledger's part."""
        raise NotImplementedError

    # -- controls

    async def pixels(self) -> dict[str, PixelStand]:
        known = self._pauses.keys() | self._settings.keys() | self._changed.keys()
        return {
            pixel_id: PixelStand(self._pauses.get(pixel_id), self._changed.get(pixel_id))
            for pixel_id in known
        }

    async def pause(self, act: Act) -> None:
        stands = self._pauses.get(act.pixel_id)
        self._pauses[act.pixel_id] = Pause(stands.since if stands else act.at, act.reason)
        self._acts.append(act)

    async def resume(self, act: Act) -> None:
        self._pauses.pop(act.pixel_id, None)
        self._acts.append(act)

    async def note(self, act: Act) -> None:
        self._acts.append(act)

    async def configured(self, settings: Mapping[str, bytes], at: Epoch) -> None:
        for pixel_id, said in settings.items():
            if self._settings.setdefault(pixel_id, said) != said:
                self._settings[pixel_id], self._changed[pixel_id] = said, at

    async def replay(self, events: Sequence[Again], act: Act) -> list[int]:
        queued = [again.seq for again in events if self._queue_again(again, act.at)]
        if queued:
            self._acts.append(replace(act, counts={**act.counts, "sent": len(queued)}))
        return queued

    async def decide(self, settlement: Settlement, act: Act) -> bool:
        settled = self._settle_by_hand(settlement, act.at)
        if settled:
            self._acts.append(act)
        return settled

    async def acts(
        self, limit: int, *, before: int | None = None, since: Epoch | None = None
    ) -> list[Act]:
        numbered = [replace(act, number=number) for number, act in enumerate(self._acts, 1)]
        wanted = [
            act
            for act in reversed(numbered)
            if (before is None or act.number < before) and (since is None or act.at >= since)
        ]
        return wanted[:limit]

    # -- policies

    async def register(self, policies: Mapping[str, Policy], at: Epoch) -> dict[str, Policy]:
        return {pixel_id: self._register(pixel_id, one, at) for pixel_id, one in policies.items()}

    def _register(self, pixel_id: str, policy: Policy, at: Epoch) -> Policy:
        seen = self._policies.get(pixel_id, [])
        numbered = number(policy, [one.policy for one in seen])
        before = next((one.policy for one in seen if one.in_force), numbered)
        if before != numbered:
            self._acts.append(change(pixel_id, before, numbered, at))
        if not any(one.policy == numbered for one in seen):
            seen = [*seen, PolicyVersion(pixel_id, numbered, at, in_force=True)]
        self._policies[pixel_id] = [replace(one, in_force=one.policy == numbered) for one in seen]
        return numbered

    async def versions(self) -> list[PolicyVersion]:
        return [one for pixel_id in sorted(self._policies) for one in self._policies[pixel_id]]

    # -- vault

    async def seed(self, configured: Mapping[str, Secret], at: Epoch) -> None:
        self._configured = configured
        for pixel_id, secret in configured.items():
            if (pixel_id, secret) not in self._tokens:
                token = Token(pixel_id, secret, at, from_settings=True)
                self._tokens[pixel_id, secret] = _Kept(token)
                self._changed[pixel_id] = at

    async def tokens(self) -> list[Token]:
        usable = [
            kept.token
            for (pixel_id, secret), kept in self._tokens.items()
            if not kept.retired
            and (not kept.token.from_settings or self._configured.get(pixel_id) == secret)
        ]
        return sorted(usable, key=lambda token: (token.pixel_id, -token.since))

    async def keep(self, secret: Secret, act: Act) -> None:
        token = Token(act.pixel_id, secret, act.at)
        self._tokens[act.pixel_id, secret] = _Kept(token)
        self._changed[act.pixel_id] = act.at
        self._acts.append(act)

    async def retire(self, tail: str, act: Act) -> int:
        meant = [
            key
            for key, kept in self._tokens.items()
            if key[0] == act.pixel_id and kept.token.secret.tail == tail and not kept.retired
        ]
        for key in meant:
            self._tokens[key] = replace(self._tokens[key], retired=True)
        if meant:
            self._acts.append(act)
        return len(meant)
