"""Everything that a network can do to a request and to its answer."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.e2e.programs import simulator
from tests.faults.account import Account, Seen
from tests.faults.child import Child, Plan
from tests.faults.kills import drained
from tests.faults.proxy import ARRIVES, MODES, broken_network
from tests.faults.traffic import Traffic, access, database, pixels, write_settings
from tests.faults.waiting import until

DEADLINE: Final = 2.0


def network_faults(folder: Path, *, events: int, lasting: float) -> list[Account]:
    """Traffic under each mode at the same time, each with a gateway of its own; then all heal."""
    names = pixels(len(MODES))
    with (
        ExitStack() as stack,
        simulator(*access(tuple(names))) as tiktok,
        broken_network(tiktok.url) as network,
    ):
        settings = {}
        traffics = {}
        for mode, name in zip(MODES, names, strict=True):
            (folder / name).mkdir()
            settings[mode] = write_settings(folder / name, network.urls[mode], names=(name,))
            running = stack.enter_context(Child(settings[mode], Plan(deadline=DEADLINE)))
            traffic = Traffic(pixel=name, senders=1, most=events).aim(running)
            traffics[mode] = stack.enter_context(traffic)
        time.sleep(lasting)
        network.heal()
        for traffic in traffics.values():
            traffic.join()
        for mode in MODES:
            until(lambda mode=mode: drained(settings[mode]), patience=90)  # type: ignore[misc]
        accounts = []
        for mode, name in zip(MODES, names, strict=True):
            account = Account(f"network: {mode}", rounds=network.met[mode])
            seen = Seen.of(tiktok, database(settings[mode])).only(name)
            account.must(network.met[mode] > 0, "the fault was never met")
            seen.into(account, traffics[mode].acknowledged)
            account.must(
                mode not in ARRIVES or bool(account.unknown), "a lost answer is not unknown"
            )
            accounts.append(account)
        return accounts
