"""Crawlers look at shops all day, and buy nothing."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from tandemgate.core import bots
from tandemgate.core.bots import LONGEST, MOST_REMEMBERED, is_bot
from tandemgate.core.pipeline import process
from tandemgate.model.event import Lane, Source
from tandemgate.model.outcome import Accepted, Noted
from tandemgate.model.rules import Bots
from tandemgate.model.visit import Found, Seen, Visit
from tests.build import NOW, PIXEL, a_raw_event, an_item, some_rules

GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)
TIKTOK = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/130.0.6723.107 Mobile Safari/537.36 trill_370104 BytedanceWebview/d8a21c6"
)
PEOPLE = (
    PHONE,
    EDGE,
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    TIKTOK,
    "",
    None,
)


def seen(event: str, agent: str | None, *, verified: bool = True, **rules: object) -> object:
    """Let an action of somebody with this user agent go through the pipeline."""
    user = {"email": "customer@example.com", "user_agent": agent}
    item = an_item(event=event, event_id="e_1", user=user)
    rules = {"server_truth": frozenset({"CompletePayment"})} | rules
    source = Source.BACKEND if verified else Source.BROWSER
    raw = a_raw_event(item, verified=verified, source=source)
    return process(raw, some_rules(**rules), NOW)


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_visitor_is_no_bot(agent: str | None) -> None:
    """Also not the browser within TikTok's own app, which is where its ads are clicked."""
    assert not is_bot(agent)


def test_every_crawler_of_the_list_is_one() -> None:
    """As long as it names itself where anybody would look."""
    known = [one for entry in CRAWLER_USER_AGENTS_DATA for one in entry["instances"]]
    missed = [one for one in known if len(one) <= LONGEST and not is_bot(one)]
    assert (len(known) > 1000, missed) == (True, [])


def test_the_second_look_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list takes a third of a millisecond, which the tenth part of a second has no room for."""
    assert is_bot(GOOGLE)
    monkeypatch.setattr(bots, "_listed", lambda _: pytest.fail("asked again"))
    assert is_bot(GOOGLE)


def test_what_is_remembered_is_bounded_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends a new user agent each time fills no memory, and none is read from it."""
    monkeypatch.setattr(bots, "_listed", lambda _: False)
    for number in range(MOST_REMEMBERED + 9):
        is_bot(f"{PHONE} {number}")
    assert len(bots._found) <= MOST_REMEMBERED  # noqa: SLF001 - its size is the point
    assert {type(one) for one in bots._found} == {int}  # noqa: SLF001


def test_a_long_user_agent_is_looked_at_in_part() -> None:
    """A header of 8 KiB must not cost what seventy ordinary ones do."""
    assert not is_bot(f"{PHONE}{' ' * LONGEST}Googlebot/2.1")


@pytest.mark.parametrize(
    ("event", "verified", "setting", "goes"),
    [
        ("ViewContent", False, Bots.NOTE, False),
        ("ViewContent", True, Bots.NOTE, False),
        ("CompletePayment", True, Bots.NOTE, True),
        ("CompletePayment", False, Bots.NOTE, False),
        ("ViewContent", False, Bots.SEND, True),
        ("ViewContent", True, Bots.SEND, True),
    ],
)
def test_what_a_crawler_does_is_counted_and_an_order_is_an_order(
    event: str, setting: Bots, *, verified: bool, goes: bool
) -> None:
    """What is sent of it all the same says so."""
    outcome = seen(event, GOOGLE, verified=verified, bots=setting)
    if not goes:
        assert isinstance(outcome, Noted)
        assert outcome.reason == "bot_user_agent"
        return
    assert isinstance(outcome, Accepted)
    assert [one.field for one in outcome.event.findings if one.reason == "bot_user_agent"] == [
        "/data/0/user/user_agent"
    ]


def test_a_visitor_is_not_labelled() -> None:
    """A label on everybody is none."""
    outcome = seen("ViewContent", PHONE)
    assert isinstance(outcome, Accepted)
    assert "bot_user_agent" not in {one.reason for one in outcome.event.findings}


def test_the_user_agent_of_the_visit_tells_as_well() -> None:
    """A backend that reports a crawler's cart knows nothing of its browser."""
    user = {"email": "customer@example.com"}
    raw = a_raw_event(an_item(event="AddToCart", event_id="e_1", session="s-1", user=user))
    found = Found(Visit(user_agent=Seen(GOOGLE, NOW)), "session", NOW)
    assert isinstance(process(raw, some_rules(), NOW, found), Noted)


def test_an_automated_browser_may_walk_through_a_test_session() -> None:
    """That is how shops try their pages, and TikTok's test page counts nothing."""
    user = {"email": "customer@example.com", "user_agent": GOOGLE}
    item = an_item(event="ViewContent", event_id="e_1", user=user)
    raw = a_raw_event(item, lane=Lane(PIXEL, "TEST12345"), verified=False, source=Source.BROWSER)
    assert isinstance(process(raw, some_rules(), NOW), Accepted)
