"""What is remembered of alerts outlives a restart, and is one for each group."""

from dataclasses import replace
from pathlib import Path

from tandemgate.model.alert import Alert, Family, Group, Mute
from tandemgate.model.operation import Act
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


MUTE = Mute(Family.VOLUME, PIXEL, NOW, NOW + 3600, "root", "the shop is closed")


def an_act(what: str = "alert_muted") -> Act:
    """What the audit log says of it."""
    return Act(NOW, "root", what, PIXEL, "volume: the shop is closed")


async def test_a_mute_is_kept_with_who_made_it(store: Store) -> None:
    """One for each kind and pixel; the newest counts."""
    everywhere = replace(MUTE, pixel_id="", until=None, note="")
    await store.alerts.mute(everywhere, an_act())
    await store.alerts.mute(replace(MUTE, until=NOW + 60), an_act())
    await store.alerts.mute(MUTE, an_act())
    assert await store.alerts.mutes() == [everywhere, MUTE]
    assert [act.what for act in await store.controls.acts(10)] == ["alert_muted"] * 3


async def test_a_mute_is_ended_once(store: Store) -> None:
    """What was not there leaves no line in the audit log."""
    await store.alerts.mute(MUTE, an_act())
    over = an_act("alert_unmuted")
    assert not await store.alerts.unmute(MUTE.family, "", over)
    assert await store.alerts.unmute(MUTE.family, PIXEL, over)
    assert not await store.alerts.unmute(MUTE.family, PIXEL, over)
    assert await store.alerts.mutes() == []
    acts = await store.controls.acts(10)
    assert [act.what for act in acts] == ["alert_unmuted", "alert_muted"]
