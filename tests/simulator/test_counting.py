"""How many conversions TikTok counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.driver import NOW, a_driver, an_envelope, an_event
from tiktok_simulator.counting import Channel, Conversions, Fate, Key, fate_of
from tiktok_simulator.reading import Event

HOUR = 3_600
KEYS = [
    Key(pixel, event, event_id, test)
    for pixel in ("P1", "P2")
    for event in ("Purchase", "CompletePayment")
    for event_id in ("a", "b")
    for test in (False, True)
]
CHANNELS: list[Channel] = ["pixel", "server"]
arrivals = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(CHANNELS), st.integers(0, 30 * 24 * HOUR)),
    max_size=60,
).map(lambda found: sorted(found, key=lambda arrival: arrival[2]))


def counted_by_hand(times: list[int]) -> int:
    """Count one key's conversions: each takes along all copies of its 48 hours."""
    if not times:
        return 0
    return 1 + counted_by_hand([at for at in times if at > times[0] + 48 * HOUR])


@pytest.mark.parametrize(
    ("after", "fate"),
    [
        (0, Fate.MERGED),
        (300, Fate.MERGED),
        (301, Fate.DROPPED),
        (48 * HOUR, Fate.DROPPED),
        (48 * HOUR + 1, Fate.COUNTED),
    ],
)
def test_a_later_copy_is_merged_then_dropped_then_counted_again(after: int, fate: Fate) -> None:
    """The edges of both windows decide whether a late retry is counted twice."""
    assert fate_of(NOW, NOW + after) is fate


@given(arrivals)
def test_counted_is_what_counting_by_hand_gives(found: list[tuple[Key, Channel, int]]) -> None:
    """For any arrivals, over any channels, each key is counted by its own 48-hour windows."""
    conversions = Conversions()
    for key, channel, at in found:
        conversions.add(key, channel, at, Event(key.event, key.event_id, None, None, b"{}", ()))
    times = {key: [at for other, _, at in found if other == key] for key in KEYS}
    expected = {key: counted_by_hand(at) for key, at in times.items() if at}
    assert {key: each.counted for key, each in conversions.by_key.items()} == expected
    assert {key: each.copies for key, each in conversions.by_key.items()} == {
        key: len(at) for key, at in times.items() if at
    }


async def test_the_pixels_copy_and_the_servers_copy_are_one_conversion() -> None:
    """This is what the whole product is for."""
    driver = a_driver()
    await driver.pixel("AddToCart", "cart_7_add_1", value=3, currency="EUR")
    await driver.track()
    found = await driver.get("/_sim/conversions")
    assert found == {
        "total": 1,
        "conversions": [
            {
                "pixel": "C9ABC1234567890",
                "event": "AddToCart",
                "event_id": "cart_7_add_1",
                "test": False,
                "first_channel": "pixel",
                "copies": 2,
                "copies_pixel": 1,
                "copies_server": 1,
                "counted": 1,
                "value": 3,
                "currency": "EUR",
                "server_copies_differ": "",
            }
        ],
    }


@pytest.mark.parametrize(
    ("second", "total"),
    [
        (an_event(), 1),
        (an_event(event_id="cart_7_add_2"), 2),
        (an_event(event="ViewContent"), 2),
    ],
)
async def test_event_and_event_id_together_make_the_key(second: dict[str, Any], total: int) -> None:
    """A translated name or a second id is a second conversion, which the shop would see."""
    driver = a_driver()
    await driver.track(an_envelope(an_event(), second))
    assert (await driver.get("/_sim/conversions"))["total"] == total


async def test_the_pixels_calls_without_an_event_id_are_each_counted() -> None:
    """A page view has no id, and a Pixel call that forgot it is never deduplicated."""
    driver = a_driver()
    await driver.pixel("Pageview", "")
    await driver.pixel("Pageview", "")
    assert (await driver.get("/_sim/conversions"))["total"] == 2


async def test_after_48_hours_the_same_event_is_counted_again() -> None:
    """A replay that comes too late is the double count that the gateway must prevent."""
    driver = a_driver()
    await driver.track()
    await driver.call("POST", "/_sim/clock", b'{"advance": 172801}')
    await driver.track()
    found = await driver.get("/_sim/conversions")
    assert (found["total"], found["conversions"][0]["counted"]) == (2, 2)


async def test_test_events_are_counted_apart() -> None:
    """A test order with a live order's id must swallow nothing."""
    driver = a_driver()
    await driver.track()
    await driver.track(an_envelope(test_event_code="TEST1"))
    live, test = [await driver.get(f"/_sim/conversions{query}") for query in ("", "?test=1")]
    assert (live["total"], test["total"]) == (1, 1)
    assert [row["test"] for row in live["conversions"] + test["conversions"]] == [False, True]


@pytest.mark.parametrize(
    ("spellings", "differ"),
    [
        ((b'{"a":1,"b":2}', b'{"a":1,"b":2}'), ""),
        ((b'{"a":1,"b":2}', b'{"b":2,"a":1}'), "bytes"),
        ((b'{"a":1,"b":2}', b'{"a":1,"b":3}'), "meaning"),
        ((b'{"a":1}', b'{"a":2}', b'{ "a":1}'), "meaning"),
    ],
)
def test_a_server_copy_that_strays_from_the_first_is_noted(
    spellings: tuple[bytes, ...], differ: str
) -> None:
    """One event_id, one content: a retry has to carry the very bytes of the first attempt."""
    conversions, key = Conversions(), KEYS[0]
    for wire in spellings:
        conversions.add(key, "server", NOW, Event("Purchase", "a", None, None, wire, ()))
    assert conversions.by_key[key].differs == differ


async def test_keys_alone_still_count_and_compare() -> None:
    """A long benchmark keeps no bodies, and still proves exactly-once by event_id."""
    driver = a_driver()
    driver.world.record.keep = "keys"
    driver.world.reset()
    await driver.track()
    await driver.track(an_envelope(an_event(properties={"value": 1})))
    found = await driver.get("/_sim/conversions")
    assert (found["total"], found["conversions"][0]["server_copies_differ"]) == (1, "bytes")
    assert (await driver.call("GET", "/_sim/events")).status == 409
