"""The store's key is exchanged, lost or destroyed; what that costs is told, and no more is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tandemgate.model.admission import AlreadyKnown, Filter
from tandemgate.model.consent import Flag
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.operation import Act
from tandemgate.model.rights import Statement
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.settings import Settings, StoreKey, StoreSettings
from tandemgate.storage.seal import key_id
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.wiring import keeping, sealing
from tandemgate.wiring.keyfile import read_key
from tandemgate.wiring.store import opened
from tests.build import NOW, PIXEL, a_policy, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, numbered, send

OTHER = b"o" * 32
TODAY = datetime.fromtimestamp(NOW, UTC).date()
TOKEN = Secret("tok_0123456789")


def settings(folder: Path, key: StoreKey | None = None) -> Settings:
    """Settings whose store is in *folder*, and its key beside it."""
    store = StoreSettings(url="sqlite:///ledger.db")
    store = store if key is None else StoreSettings(url="sqlite:///ledger.db", key=key)
    return Settings(store=store, folder=folder)


def in_text(key: bytes = STORE_KEY) -> StoreKey:
    """A key that the settings hold themselves."""
    return StoreKey(secret=Secret(key.hex()))


def with_store(
    chosen: Settings, work: Callable[[SqliteStore], Awaitable[object]] | None = None
) -> None:
    """Open the store as ``serve`` does, do *work* with it, and close it."""

    async def run() -> None:
        async with opened(chosen, StoppedClock()) as store:
            assert isinstance(store, SqliteStore)
            if work is not None:
                await work(store)

    asyncio.run(run())


async def a_day(store: SqliteStore) -> None:
    """One event delivered, one under way, two waiting; a token, a withdrawal."""
    rules = some_rules(fingerprint_key=store.fingerprint_key, blind_index_key=store.blind_index_key)
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.DELIVERED, "b1")
    await store.ledger.admit([numbered(2)])
    await begin(store.ledger, "b2")
    await store.ledger.admit([an_event(rules, event_id="ord_3"), numbered(4)])
    await store.vault.keep(TOKEN, Act(NOW, "root", "token_set", PIXEL))
    left = an_event(rules, user={"email": "jane@example.com"}).traces
    denied = Statement(frozenset(left), {PIXEL: a_policy()}, Flag.DENIED, None, NOW, NOW)
    await store.rights.state(denied, Act(NOW, "root", "consent_stated"))


async def everything_opens(store: SqliteStore) -> None:
    """Payloads, tokens, the memory of keys and of withdrawals."""
    assert [bool(due.wire) for due in await store.ledger.claim(LANE, 9, NOW)] == [True, True]
    assert [token.secret for token in await store.vault.tokens()] == [TOKEN]
    rules = some_rules(fingerprint_key=store.fingerprint_key, blind_index_key=store.blind_index_key)
    jane = {"email": "jane@example.com"}
    said = await store.ledger.admit(
        [an_event(rules, event_id="ord_3"), an_event(rules, event_id="ord_9", user=jane)]
    )
    assert isinstance(said[0], AlreadyKnown)
    assert getattr(said[1], "struck", None) == "consent_withdrawn"


def test_everything_opens_with_the_new_key_and_nothing_with_the_old(tmp_path: Path) -> None:
    """Also the memory of a rotated store compares as before: its own secrets stay."""
    with_store(settings(tmp_path), a_day)
    file = tmp_path / "tandemgate.key"
    old = read_key(file.read_text("utf-8"), "")
    done = sealing.rotate_key(settings(tmp_path), None, NOW)
    new = read_key(file.read_text("utf-8"), "")
    assert (done.old, done.new, done.file) == (key_id(old), key_id(new), file)
    assert keeping.check(settings(tmp_path), quick=False) == []
    with_store(settings(tmp_path), everything_opens)
    with pytest.raises(ConfigurationError, match=key_id(new)):
        with_store(settings(tmp_path, in_text(old)))
    assert old.hex().encode() not in b"".join(
        one.read_bytes() for one in tmp_path.glob("ledger.db*")
    )


def test_the_old_key_is_kept_for_old_backups(tmp_path: Path) -> None:
    """A backup opens with the key of its time alone."""
    with_store(settings(tmp_path), a_day)
    old = (tmp_path / "tandemgate.key").read_text("utf-8")
    done = sealing.rotate_key(settings(tmp_path), None, NOW)
    assert done.kept == tmp_path / f"tandemgate.key.{done.old}"
    assert done.kept.read_text("utf-8") == old
    assert done.kept.stat().st_mode & 0o777 == 0o600
    names = {one.name for one in tmp_path.glob("tandemgate*")}
    assert names == {"tandemgate.key", done.kept.name}


def test_a_rotation_is_a_line_of_the_audit_log(tmp_path: Path) -> None:
    """Both keys by their ids, which tell nothing about them."""
    with_store(settings(tmp_path), a_day)
    done = sealing.rotate_key(settings(tmp_path), None, NOW)

    async def look(store: SqliteStore) -> None:
        (act, *_) = await store.controls.acts(1)
        assert (act.what, act.reason) == ("key_rotated", f"{done.old} -> {done.new}")

    with_store(settings(tmp_path), look)


def power_cut(*_: object) -> None:
    """The process ends here."""
    raise SystemExit


def at_its_second_call() -> Callable[..., None]:
    """The process ends here, but not the first time."""
    ends = iter([lambda: None, power_cut])
    return lambda *_: next(ends)()


@pytest.mark.parametrize(
    ("dies_in", "how"),
    [("rekeying.exchange", power_cut), ("settle_exchange", at_its_second_call())],
    ids=["before the commit", "after the commit"],
)
def test_a_rotation_that_dies_leaves_a_store_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_in: str, how: Callable[..., None]
) -> None:
    """Before the commit the old key opens it, after the commit the new one does."""
    with_store(settings(tmp_path), a_day)
    with monkeypatch.context() as patched:
        patched.setattr(f"tandemgate.wiring.sealing.{dies_in}", how)
        with pytest.raises(SystemExit):
            sealing.rotate_key(settings(tmp_path), None, NOW)
    assert (tmp_path / "tandemgate.key.next").exists()
    assert keeping.check(settings(tmp_path), quick=False) == []
    with_store(settings(tmp_path), everything_opens)
    assert not (tmp_path / "tandemgate.key.next").exists()
    sealing.rotate_key(settings(tmp_path), None, NOW)
    assert keeping.check(settings(tmp_path), quick=False) == []


def test_a_key_that_the_settings_hold_is_theirs_to_exchange(tmp_path: Path) -> None:
    """The gateway can't write into an environment."""
    by_env = settings(tmp_path, in_text())
    with_store(by_env, a_day)
    with pytest.raises(ConfigurationError, match="is no file"):
        sealing.rotate_key(by_env, None, NOW)
    given = tmp_path / "new.key"
    given.write_text(OTHER.hex(), "utf-8")
    done = sealing.rotate_key(by_env, given, NOW)
    assert (done.new, done.file, done.kept) == (key_id(OTHER), None, None)
    with_store(settings(tmp_path, in_text(OTHER)), everything_opens)


@pytest.mark.parametrize("text", ["hunter2", STORE_KEY.hex(), None])
def test_a_new_key_must_be_one_and_another(tmp_path: Path, text: str | None) -> None:
    """Otherwise nothing changes."""
    by_env = settings(tmp_path, in_text())
    with_store(by_env, a_day)
    given = tmp_path / "new.key"
    if text is not None:
        given.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        sealing.rotate_key(by_env, given, NOW)
    assert "hunter2" not in str(refusal.value)
    with_store(by_env, everything_opens)


def test_no_key_is_exchanged_under_a_running_gateway(tmp_path: Path) -> None:
    """It would go on sealing with the old one."""

    async def meanwhile(_store: SqliteStore) -> None:
        with pytest.raises(ConfigurationError, match="in use"):
            sealing.rotate_key(settings(tmp_path), None, NOW)

    with_store(settings(tmp_path), meanwhile)


def test_a_shredded_day_is_noise_and_its_events_are_known(tmp_path: Path) -> None:
    """Whoever must forget a day at once can, and is told before what that costs."""
    with_store(settings(tmp_path), a_day)
    shown = sealing.shred_day(settings(tmp_path), TODAY, NOW, execute=False)
    assert (shown.payloads, shown.waiting) == (4, 2)
    with_store(settings(tmp_path), everything_opens)
    assert sealing.shred_day(settings(tmp_path), TODAY, NOW, execute=True) == shown

    async def look(store: SqliteStore) -> None:
        assert [bool(due.wire) for due in await store.ledger.claim(LANE, 9, NOW)] == [False, False]
        (act,) = await store.controls.acts(1)
        assert (act.what, act.reason, act.counts) == (
            "day_shredded", TODAY.isoformat(), {"payloads": 4, "waiting": 2},
        )  # fmt: skip

    with_store(settings(tmp_path), look)
    assert sealing.shred_day(settings(tmp_path), TODAY, NOW, execute=False).payloads == 0
    assert sealing.shred_day(settings(tmp_path), date(2020, 1, 1), NOW, execute=False).payloads == 0


def test_a_store_whose_key_fits_forgets_nothing(tmp_path: Path) -> None:
    """Nobody destroys a day's orders by a slip."""
    with_store(settings(tmp_path), a_day)
    with pytest.raises(ConfigurationError, match="opens with its key"):
        sealing.forget_payloads(settings(tmp_path), NOW, execute=True)
    with_store(settings(tmp_path), everything_opens)


def test_a_lost_key_costs_payloads_and_no_memory_of_keys(tmp_path: Path) -> None:
    """A thank-you page that is opened again next week still sends nothing."""
    with_store(settings(tmp_path), a_day)
    (tmp_path / "tandemgate.key").unlink()
    with pytest.raises(ConfigurationError, match="forget-payloads"):
        with_store(settings(tmp_path))
    shown = sealing.forget_payloads(settings(tmp_path), NOW, execute=False)
    assert shown == {"payloads": 4, "waiting": 2, "held": 0, "withdrawals": 1, "tokens": 1}
    assert not (tmp_path / "tandemgate.key").exists()
    assert sealing.forget_payloads(settings(tmp_path), NOW, execute=True) == shown
    assert keeping.check(settings(tmp_path), quick=False) == []

    async def look(store: SqliteStore) -> None:
        found = {entry.event_id: entry for entry in await store.archive.page(Filter(), 9)}
        assert {name: (one.state, one.reason) for name, one in found.items()} == {
            "ord_1": (State.DELIVERED, None),
            "ord_2": (State.SENDING, None),
            "ord_3": (State.REVIEW, "payload_unreadable"),
            "ord_4": (State.REVIEW, "payload_unreadable"),
        }
        assert not any(entry.has_payload for entry in found.values())
        assert (await store.archive.stats()).imbalance == 0
        said = await store.ledger.admit([numbered(1), numbered(3), numbered(5)])
        assert [isinstance(one, AlreadyKnown) for one in said] == [True, True, False]
        (unsettled,) = await store.ledger.unsettled()
        assert [due.wire for due in unsettled.events] == [b""]
        assert (await store.vault.tokens(), await store.ledger.claim(LANE, 1, NOW) != []) == (
            [],
            True,
        )

    with_store(settings(tmp_path), look)


def test_a_wrong_key_names_the_right_one(tmp_path: Path) -> None:
    """The operator looks for the key whose id is told."""
    with_store(settings(tmp_path, in_text()), a_day)
    with pytest.raises(ConfigurationError) as refusal:
        with_store(settings(tmp_path, in_text(OTHER)))
    assert key_id(STORE_KEY) in str(refusal.value)
    assert key_id(OTHER) in str(refusal.value)
