"""Files that are not as they were written: bits flipped, pages torn, ends missing."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from tandemgate.model.admission import Filter
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.event import EventKey
from tandemgate.ports import StoreUnavailable
from tests.build import NOW, an_event
from tests.faults.account import Account
from tests.faults.storework import LANE, opened

Damage: TypeAlias = Callable[[bytearray, Random], None]
PAGE: Final = 4096
EVENTS: Final = 200


def flip_a_bit(content: bytearray, chance: Random) -> None:
    """As a worn memory cell does."""
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def tear_a_page(content: bytearray, chance: Random) -> None:
    """Half of a page is of another time."""
    at = chance.randrange(len(content) // PAGE) * PAGE
    content[at : at + PAGE // 2] = bytes(PAGE // 2)


def scribble(content: bytearray, chance: Random) -> None:
    """A page of something else."""
    at = chance.randrange(len(content) // PAGE) * PAGE
    content[at : at + PAGE] = chance.randbytes(PAGE)


def cut_the_end(content: bytearray, chance: Random) -> None:
    """A copy that was not finished."""
    del content[chance.randrange(1, len(content)) :]


DAMAGES: Final[tuple[Damage, ...]] = (flip_a_bit, tear_a_page, scribble, cut_the_end)


async def damaged_files(folder: Path, *, rounds: int) -> Account:
    """Use damaged copies of a ledger: what is read is what was written, or nothing is."""
    account = Account("torn or flipped database", rounds=rounds, admitted=EVENTS)
    whole = folder / "whole.db"
    store = await opened(whole)
    for at in range(0, EVENTS, 50):
        events = [an_event(event_id=f"ord_{number}") for number in range(at, at + 50)]
        await store.ledger.admit(events)
    wires = {due.key: due.wire for due in await store.ledger.claim(LANE, EVENTS, NOW)}
    await store.aclose()
    noticed = 0
    for number in range(rounds):
        chance = Random(number)  # noqa: S311 - to be repeated, not to be secret
        content = bytearray(whole.read_bytes())
        DAMAGES[number % len(DAMAGES)](content, chance)
        here = folder / str(number)
        here.mkdir()
        (here / "ledger.db").write_bytes(content)
        try:
            await _use(here / "ledger.db", wires, account)
        except (ConfigurationError, StoreUnavailable):
            noticed += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not come up
            account.must(False, f"damage {number}: {error!r}")
        shutil.rmtree(here)
    account.must(noticed > rounds // 4, f"only {noticed} of {rounds} were noticed")
    return account


async def _use(file: Path, wires: Mapping[EventKey, bytes], account: Account) -> None:
    store = await opened(file)
    try:
        for due in await store.ledger.claim(LANE, EVENTS, NOW):
            right = wires.get(due.key, b"")
            account.must(due.wire in {b"", right}, f"{due.key.event_id} has changed")
        await store.archive.stats()
        await store.archive.page(Filter(), 100)
        await store.archive.stories("ord_17", None, None)
        await store.ledger.unsettled()
        await store.ledger.admit([an_event(event_id="ord_17"), an_event(event_id="new")])
    finally:
        await store.aclose()
