"""What is remembered of alerts outlives a restart, and is one for each group."""

from dataclasses import replace
from pathlib import Path

from tandemgate.model.alert import Alert, Family, Group
from tandemgate.storage.sqlite import SqliteStore
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY, StoppedClock, Store

HELD = Alert(Group(Family.LANE_HELD, PIXEL, "token"), "the live lane stands", NOW, NOW + 20)
FULL = Alert(Group(Family.URGENT, "", "store_full"), "store_full", NOW, NOW)


async def test_the_last_alert_of_each_group_is_kept(store: Store) -> None:
    """What was told must not be told again, and what is over must not be told as open."""
    await store.alerts.keep([HELD, FULL], [])
    over = replace(
        HELD, ended_at=NOW + 60, began_told_at=NOW + 1, ended_told_at=NOW + 61, returns=2
    )
    await store.alerts.keep([over], [])
    assert await store.alerts.kept() == [over, FULL]


async def test_what_is_forgotten_is_gone(store: Store) -> None:
    """In one commit with what takes its place; what is not there is gone already."""
    await store.alerts.keep([HELD], [])
    await store.alerts.keep([FULL], [HELD.group, Group(Family.VOLUME, PIXEL)])
    assert await store.alerts.kept() == [FULL]


async def test_a_restart_remembers(tmp_path: Path) -> None:
    """The receiver does, too."""
    told = replace(HELD, began_told_at=NOW + 1)
    path = tmp_path / "ledger.db"
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    await store.alerts.keep([told], [])
    await store.aclose()
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    assert await store.alerts.kept() == [told]
    await store.aclose()
