"""The demo's day has everything in it that a shop's day has, whatever its seed."""

from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tandemgate.cli.demo.browsers import SITE
from tandemgate.cli.demo.shop_day import FAULTS, OPEN_FOR, Request, plan
from tandemgate.core.pipeline import process
from tandemgate.model.outcome import Rejected
from tests.build import a_raw_event, some_rules

CLOSING = 1_776_943_380
FUNNEL = {
    "ViewContent",
    "AddToCart",
    "InitiateCheckout",
    "CompletePayment",
    "SubmitForm",
    "Subscribe",
}
seeds = st.integers(0, 10_000)


def told_by(sender: str, requests: list[Request]) -> list[dict[str, Any]]:
    """Everything that *sender* says, event by event."""
    bodies = [request.body for request in requests if request.sender == sender]
    return [item for body in bodies for item in body.get("data", [body])]


def told_by_pages(requests: list[Request]) -> list[dict[str, Any]]:
    """Every call that the pages' scripts report."""
    bodies = [request.body for request in requests if request.sender == "page"]
    return [call for body in bodies for call in body["events"]]


def is_sound(item: dict[str, Any]) -> bool:
    """Whether the gateway would take *item* at closing time."""
    return not isinstance(process(a_raw_event(item), some_rules(), CLOSING), Rejected)


@given(seeds)
def test_it_is_a_whole_day(seed: int) -> None:
    """At least 200 actions of 40 visitors, over all six steps of the funnel."""
    sound = [item for item in told_by("backend", plan(seed, CLOSING)) if is_sound(item)]
    actions = {(item["event"], item["event_id"]) for item in sound}
    assert len(actions) >= 200
    assert len({item["user"]["ip"] for item in sound}) == 40
    assert {item["event"] for item in sound} == FUNNEL


@given(seeds)
def test_visitors_differ_in_what_they_bring_and_allow(seed: int) -> None:
    """A third came by an ad, a fifth said no, some said nothing."""
    by_visitor = {item["user"]["ip"]: item for item in told_by("backend", plan(seed, CLOSING))}
    said = Counter(item["consent"].get("ad_user_data") for item in by_visitor.values())
    assert said["DENIED"] == 8
    assert said[None] > 0
    assert sum("ttclid" in item["user"] for item in by_visitor.values()) == 14


@given(seeds)
def test_both_copies_of_an_action_carry_one_event_id(seed: int) -> None:
    """This is what lets TikTok count them once."""
    requests = plan(seed, CLOSING)
    server = {(item["event"], item["event_id"]) for item in told_by("backend", requests)}
    pixel = [(item["event"], item["event_id"]) for item in told_by("pixel", requests)]
    assert set(pixel) < server
    assert len(pixel) == len(set(pixel)) > 50


@given(seeds)
def test_pages_report_each_call_of_the_pixel_to_the_gateway_as_well(seed: int) -> None:
    """Without that nobody could say whether the two copies meet."""
    requests = plan(seed, CLOSING)
    calls = {call["event_id"]: call for call in told_by("pixel", requests)}
    seen = {call["event_id"]: call for call in told_by_pages(requests) if call["type"] == "pixel"}
    assert seen.keys() == calls.keys()
    for event_id, call in calls.items():
        assert seen[event_id]["event"] == call["event"]
        assert seen[event_id]["properties"] == call["properties"]


@given(seeds)
def test_pages_tell_nothing_of_who_refused(seed: int) -> None:
    """What was done, and no click, no cookie, no visit; of who said nothing, not even that."""
    requests = plan(seed, CLOSING)
    beacons = [request.body for request in requests if request.sender == "page"]
    refused = [each for each in beacons if each["consent"]["ad_user_data"] == "DENIED"]
    assert refused
    for beacon in refused:
        [call] = beacon["events"]
        assert (call["type"], beacon["session"]) == ("track", None)
        assert not {"ttclid", "ttp", "user"} & call.keys()


@given(seeds)
def test_a_page_tells_of_one_visitor_from_the_shops_own_origin(seed: int) -> None:
    """Each browser has one address and, if it agreed, one visit of its own."""
    pages = [request for request in plan(seed, CLOSING) if request.sender == "page"]
    assert {request.headers["Origin"] for request in pages} == {SITE}
    visits = {
        (request.headers["X-Forwarded-For"], request.body["session"])
        for request in pages
        if request.body["session"]
    }
    assert len(visits) == len(dict(visits)) == len({session for _, session in visits}) > 10


@given(seeds)
def test_one_page_states_another_value_than_the_order(seed: int) -> None:
    """A fault that nobody sees until both copies are laid side by side."""
    requests = plan(seed, CLOSING)
    paid: dict[str, set[float]] = {}
    for item in told_by("backend", requests):
        if item["event"] == "CompletePayment" and is_sound(item):
            paid.setdefault(item["event_id"], set()).add(item["properties"]["value"])
    wrong = [
        call["event_id"]
        for call in told_by("pixel", requests)
        if call["event"] == "CompletePayment"
        and call["properties"]["value"] not in paid[call["event_id"]]
    ]
    assert len(wrong) == 1
    assert len(paid[wrong[0]]) == 1, "no other mishap befell it"


@given(seeds)
def test_no_pixel_fires_without_a_grant(seed: int) -> None:
    """The browser keeps to the same decision as the server."""
    requests = plan(seed, CLOSING)
    granted = {
        item["event_id"]
        for item in told_by("backend", requests)
        if item["consent"].get("ad_user_data") == "GRANTED"
    }
    assert {item["event_id"] for item in told_by("pixel", requests)} <= granted


@given(seeds)
def test_things_go_wrong_in_every_way(seed: int) -> None:
    """One order reported by two jobs, one contradicted, and each fault once."""
    told = told_by("backend", plan(seed, CLOSING))
    by_id = Counter(str(item["event_id"]) for item in told)
    twice = [event_id for event_id, times in by_id.items() if times > 1]
    values = [
        {item["properties"]["value"] for item in told if item["event_id"] == event_id}
        for event_id in twice
    ]
    assert sorted(map(len, values)) == [1, 2]
    assert sum(not is_sound(item) for item in told) == len(FAULTS) >= 5


@given(seeds)
def test_it_happens_in_order_and_before_closing(seed: int) -> None:
    """An event from the future would be refused, and the Pixel is first."""
    times = [request.at for request in plan(seed, CLOSING)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert CLOSING - OPEN_FOR < times[0] <= times[-1] < CLOSING


def test_the_same_seed_is_the_same_day() -> None:
    """A number in a bug report must mean the same everywhere."""
    assert plan(7, CLOSING) == plan(7, CLOSING)
    assert plan(7, CLOSING) != plan(8, CLOSING)
