"""Filling a new store with what a gateway needs before it first starts."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tandemgate.delivery.keysmith import Keysmith
from tandemgate.model.happening import Happening
from tandemgate.model.key import KeyRights, MadeKey
from tandemgate.model.operation import Act
from tandemgate.model.secret import Secret
from tandemgate.settings import Settings
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.store import opened


@asynccontextmanager
async def _private() -> AsyncIterator[None]:
    """Make files that nobody else may read."""
    usual = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(usual)


class _Nobody:
    """Nobody calls a gateway that does not run, and nobody listens to it."""

    async def take_up(self, made: Sequence[MadeKey]) -> None:
        """Let nobody in."""

    def notice(self, happening: Happening) -> None:
        """Tell nobody."""


async def furnish(
    settings: Settings, pixel_id: str, token: str, rights: KeyRights, who: str
) -> str:
    """Seal *token* for the pixel (unless it is "") and make a key; return the key's text.

    Raises:
        ConfigurationError: the store can't be opened.
        LookupError: a key of that name is there already.

    """
    clock, nobody = SystemClock(), _Nobody()
    async with _private(), opened(settings, clock) as store:
        if token:
            act = Act(clock.now(), who, "token_set", pixel_id)
            await store.vault.keep(Secret(token), act)
        made = await Keysmith(store.keys, nobody, clock, nobody).make(rights, who)
    if made is None:
        raise LookupError(rights.name)
    return made.reveal()
