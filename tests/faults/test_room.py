"""The last part of the disk belongs to what is stored already."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.state import State
from tandemgate.ports import StoreFull, StoreUnavailable
from tandemgate.storage.sqlite import room
from tests.build import NOW, an_event
from tests.faults.storework import LANE, opened

GIB = 1 << 30
MIB = 1 << 20


@pytest.mark.parametrize(
    ("size", "kept"),
    [(100 * GIB, 256 * MIB), (5 * GIB, 256 * MIB), (GIB, GIB // 20), (0, 0)],
)
def test_a_small_disk_keeps_a_share_and_a_large_one_enough(size: int, kept: int) -> None:
    """256 MiB of a memory card would be all of it."""
    assert abs(room.kept(size) - kept) <= 1


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A disk of 1 TiB whose free blocks are the test's to set."""
    told = SimpleNamespace(f_flag=0, f_bavail=1 << 20, f_blocks=1 << 28, f_frsize=4096)
    monkeypatch.setattr("os.statvfs", lambda _folder: told)
    return told


async def test_intake_stops_before_the_disk_is_full_and_delivery_goes_on(
    tmp_path: Path, disk: SimpleNamespace
) -> None:
    """An answer of TikTok that can't be recorded would make an outcome unknown."""
    store = await opened(tmp_path / "ledger.db")
    await store.ledger.admit([an_event(event_id="ord_1")])
    disk.f_bavail = 1_000
    with pytest.raises(StoreFull):
        await store.ledger.admit([an_event(event_id="ord_2")])
    with pytest.raises(StoreFull):
        await store.archive.check()
    due = await store.ledger.claim(LANE, 1, NOW + 1)
    await store.ledger.intend(Batch("b1", LANE, tuple(due), b"{}"), NOW + 1)
    arrived = [Change(one.seq, State.DELIVERED) for one in due]
    await store.ledger.record("b1", Answer(NOW + 2, "delivered", 0.1, 200, 0), arrived)
    disk.f_bavail = 1 << 20
    await store.archive.check()
    await store.ledger.admit([an_event(event_id="ord_2")])
    names = {cell.name: cell.count for cell in (await store.archive.stats()).states}
    assert names == {"DELIVERED": 1, "QUEUED": 1}
    await store.aclose()


async def test_what_a_read_only_disk_pretends_to_sync_is_not_acknowledged(
    tmp_path: Path, disk: SimpleNamespace
) -> None:
    """There ext4 answers a sync with success and writes nothing (Linux up to 6.x)."""
    store = await opened(tmp_path / "ledger.db")
    disk.f_flag = os.ST_RDONLY
    with pytest.raises(StoreUnavailable):
        await store.ledger.admit([an_event(event_id="ord_1")])
    disk.f_flag = 0
    await store.ledger.admit([an_event(event_id="ord_2")])
    await store.aclose()
