"""Keys that people make, exchange and revoke while the gateway runs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final, Protocol

from tandemgate.model.happening import Acted
from tandemgate.model.instant import Seconds
from tandemgate.model.key import KeyKind, KeyRights, MadeKey
from tandemgate.model.operation import Act
from tandemgate.model.secret import Secret
from tandemgate.ports import Clock, Keys, Observer

PREFIXES: Final = {KeyKind.SERVER: "sk_", KeyKind.BROWSER: "pk_", KeyKind.ADMIN: "ak_"}
RANDOM_BYTES: Final = 32
"""As many as the digest has, so that nobody finds a key by trying."""


class Ring(Protocol):
    """What lets callers in."""

    async def take_up(self, made: Sequence[MadeKey]) -> None:
        """From now on, these are the keys beside those of the settings, at every door."""
        ...


@dataclass(frozen=True, slots=True)
class Keysmith:
    """Makes keys; what changes here counts from the next request on."""

    keys: Keys
    ring: Ring
    clock: Clock
    observer: Observer

    async def begin(self) -> None:
        """Let in whoever was given a key before."""
        await self.ring.take_up(await self.keys.made())

    async def made(self) -> list[MadeKey]:
        """Every key that was made, also those that have ended."""
        return await self.keys.made()

    async def make(self, rights: KeyRights, who: str) -> Secret | None:
        """Make a key; return its text, which nobody sees again. ``None``: the name is taken."""
        act = self._act("key_made", rights.name, who, rights)
        secret, key = _made(rights, act)
        return secret if await self._done(await self.keys.make(key, act), act) else None

    async def exchange(self, name: str, overlap: Seconds, who: str) -> Secret | None:
        """Give a key a new text; the old one counts for *overlap* yet. ``None``: there is none."""
        now = self.clock.now()
        held = [one for one in await self.keys.made() if one.rights.name == name]
        counting = [one.rights for one in held if one.counts(now)]
        if not counting:
            return None
        act = self._act("key_rotated", name, who, counting[0])
        secret, key = _made(counting[0], act)
        done = await self.keys.exchange(key, act.at + overlap, act)
        return secret if await self._done(done, act) else None

    async def revoke(self, name: str, who: str) -> int:
        """Let nobody in by this name any more; return how many keys that were."""
        act = self._act("key_revoked", name, who)
        ended = await self.keys.end(act, name)
        await self._done(bool(ended), act)
        return ended

    def _act(self, what: str, name: str, who: str, rights: KeyRights | None = None) -> Act:
        about = f"{rights.kind} key {name}" if rights else f"key {name}"
        pixel = rights.pixels[0] if rights and len(rights.pixels) == 1 else ""
        return Act(self.clock.now(), who, what, pixel, about)

    async def _done(self, done: bool, act: Act) -> bool:  # noqa: FBT001 - what came of it
        if done:
            await self.begin()
            self.observer.notice(Acted(act))
        return done


def digest_of(text: bytes) -> bytes:
    """Return by what a key is known, here and in the store."""
    return hashlib.sha256(text).digest()


def _made(rights: KeyRights, act: Act) -> tuple[Secret, MadeKey]:
    text = PREFIXES[rights.kind] + token_urlsafe(RANDOM_BYTES)
    public = text if rights.kind is KeyKind.BROWSER else ""
    secret = Secret(text)
    return secret, MadeKey(rights, digest_of(text.encode()), secret.tail, act.at, public=public)
