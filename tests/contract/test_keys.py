"""Keys that are made while the gateway runs: by digest, with an overlap, each change audited."""

from dataclasses import replace

from tandemgate.model.key import KeyKind, KeyRights, MadeKey, Scope
from tandemgate.model.operation import Act
from tests.build import NOW, PIXEL
from tests.contract.conftest import Store

HOUR = 3600.0
RIGHTS = KeyRights("orders", KeyKind.SERVER, (PIXEL,), (Scope.WRITE,), rate=2.5)
FIRST = MadeKey(RIGHTS, b"1" * 32, "aaaa", NOW)
SECOND = MadeKey(RIGHTS, b"2" * 32, "bbbb", NOW + 1)
PAGES = MadeKey(
    KeyRights("pages", KeyKind.BROWSER, (PIXEL,), origins=("https://shop.example",)),
    b"3" * 32,
    "cccc",
    NOW,
    public="pk_cccc",
)


def act(what: str, at: float = NOW) -> Act:
    """A line of the audit log about it."""
    return Act(at, "root", what, reason="orders")


async def test_a_key_is_kept_as_it_was_made(store: Store) -> None:
    """After a restart it opens what it opened before."""
    assert await store.keys.make(FIRST, act("key_made"))
    assert await store.keys.make(PAGES, act("key_made"))
    assert await store.keys.made() == [FIRST, PAGES]


async def test_a_name_belongs_to_one_key(store: Store) -> None:
    """Two keys of one name could not be told apart in the audit log."""
    await store.keys.make(FIRST, act("key_made"))
    assert not await store.keys.make(SECOND, act("key_made", NOW + 1))
    assert await store.keys.made() == [FIRST]
    assert len(await store.controls.acts(10)) == 1


async def test_an_exchange_lets_the_old_key_count_for_a_while(store: Store) -> None:
    """Whoever holds the old one has time to take the new one."""
    await store.keys.make(FIRST, act("key_made"))
    ends = NOW + HOUR
    assert await store.keys.exchange(SECOND, ends, act("key_rotated", NOW + 1))
    assert await store.keys.made() == [SECOND, replace(FIRST, until=ends)]


async def test_a_second_exchange_gives_the_oldest_no_more_time(store: Store) -> None:
    """An end that was told is kept."""
    await store.keys.make(FIRST, act("key_made"))
    await store.keys.exchange(SECOND, NOW + HOUR, act("key_rotated", NOW + 1))
    third = replace(SECOND, digest=b"4" * 32, since=NOW + 2)
    await store.keys.exchange(third, NOW + 9 * HOUR, act("key_rotated", NOW + 2))
    assert [one.until for one in await store.keys.made()] == [None, NOW + 9 * HOUR, NOW + HOUR]


async def test_what_is_not_there_is_not_exchanged(store: Store) -> None:
    """A slip in the name makes no key that nobody asked for."""
    assert not await store.keys.exchange(SECOND, NOW + HOUR, act("key_rotated"))
    assert await store.keys.made() == []
    assert await store.controls.acts(10) == []


async def test_an_end_is_at_once_and_for_all_of_the_name(store: Store) -> None:
    """A leaked key must open nothing, nor the one whose overlap has not passed."""
    await store.keys.make(FIRST, act("key_made"))
    await store.keys.exchange(SECOND, NOW + HOUR, act("key_rotated", NOW + 1))
    assert await store.keys.end(act("key_revoked", NOW + 2), "orders") == 2
    assert [one.counts(NOW + 2) for one in await store.keys.made()] == [False, False]
    assert await store.keys.end(act("key_revoked", NOW + 3), "orders") == 0


async def test_a_name_can_be_used_again_after_its_end(store: Store) -> None:
    """The history keeps both."""
    await store.keys.make(FIRST, act("key_made"))
    await store.keys.end(act("key_revoked", NOW + 1), "orders")
    again = replace(SECOND, since=NOW + 2)
    assert await store.keys.make(again, act("key_made", NOW + 2))
    assert await store.keys.made() == [again, replace(FIRST, until=NOW + 1)]


async def test_each_change_is_a_line_of_the_audit_log(store: Store) -> None:
    """Who let whom in is asked after every incident."""
    await store.keys.make(FIRST, act("key_made"))
    await store.keys.exchange(SECOND, NOW + HOUR, act("key_rotated", NOW + 1))
    await store.keys.end(act("key_revoked", NOW + 2), "orders")
    assert [one.what for one in await store.controls.acts(10)] == [
        "key_revoked",
        "key_rotated",
        "key_made",
    ]
