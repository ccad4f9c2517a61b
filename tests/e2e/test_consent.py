"""The privacy officer's question: show me one denied event, what left, why, and prove it."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import Program, an_item, eventually, gateway, simulator, write_settings

pytestmark = pytest.mark.e2e

EXAMPLE = Path(__file__).parents[2] / "examples" / "denied.json"
CANARIES = ("jane.canary", "491709876543", "cust_34982", "Jane", "Canary", "10115")
DENIED: dict[str, Any] = {
    "event_id": "ord_10492_complete_payment",
    "user": {
        "email": "jane.canary@mail.example",
        "phone": ["+491709876543", sha256(b"+491709876543").hexdigest()],
        "external_id": "cust_34982",
        "first_name": "Jane",
        "last_name": "Canary",
        "zip_code": "10115",
        "ip": "203.0.113.42",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "ttclid": "E.C.P.abc",
    },
    "consent": {
        "ad_user_data": "DENIED",
        "ad_personalization": "DENIED",
        "region": "DE",
        "cmp": "usercentrics",
        "cmp_version": "3.1",
    },
}


@pytest.fixture
def tiktok() -> Iterator[Program]:
    """A simulated TikTok."""
    with simulator() as program:
        yield program


@pytest.fixture
def shop(tiktok: Program, tmp_path: Path) -> Iterator[tuple[Program, Path]]:
    """A gateway, and settings by which verbs find it."""
    with gateway(write_settings(tmp_path, tiktok.url)) as program:
        found = tmp_path / "found"
        found.mkdir()
        yield program, write_settings(found, tiktok.url, program.url.removeprefix("http://"))


def explained(
    settings: Path, event_id: str, capsys: pytest.CaptureFixture[str], *options: str
) -> str:
    """What ``consent explain`` prints of an event that is proven."""
    assert run(["--config", str(settings), "consent", "explain", event_id, *options]) == 0
    return capsys.readouterr().out


def test_a_denied_purchase_is_proven_beside_the_bytes_that_left(
    shop: tuple[Program, Path], tiktok: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the gateway says that left is what TikTok got, to the byte."""
    program, settings = shop
    event_id = DENIED["event_id"]
    program.post(an_item(**DENIED))
    eventually(lambda: program.story(event_id)["state"] == "DELIVERED")
    told = json.loads(explained(settings, event_id, capsys, "--json"))
    (got,) = tiktok.ask("GET", "/_sim/events")[1]["events"]
    arrived = msgspec.json.encode(got["wire"])
    assert told["item"]["sha256"] == sha256(arrived).hexdigest()
    assert [one for one in CANARIES if one.encode() in arrived] == []
    assert sha256(b"jane.canary@mail.example").hexdigest().encode() not in arrived
    assert set(got["wire"]["user"]) == {"ip", "user_agent", "ttclid"}
    assert told["attempts"][0]["tiktok_request_id"] == got["request_id"]
    assert (told["consent"]["rule"], told["again"]["verdict"]) == ("ad_user_data_denied", "same")
    assert told["policy"]["in_force"] is True


def test_the_officer_reads_it_in_words(
    shop: tuple[Program, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who said what, where, which rule, what stayed, what left, when: as the docs show it."""
    program, settings = shop
    event_id = "ord_10494_complete_payment"
    assert run(["--config", str(settings), "send", str(EXAMPLE), "--event-time", "now"]) == 0
    eventually(lambda: program.story(event_id)["state"] == "DELIVERED")
    words = explained(settings, event_id, capsys)
    for said in (
        "ad_user_data DENIED, ad_personalization DENIED",
        "DE (stated by the caller): consent must be stated there",
        "shop-banner 3.1",
        "ad_user_data_denied: ad_user_data is denied: what names the person stays here.",
        "of these the event had",
        "guide@1",
        "SHA-256 of these bytes",
        "request_id",
        "The same decision comes out.",
    ):
        assert said in words
    assert "customer@example.com" not in words


def test_what_was_suppressed_left_no_bytes(
    shop: tuple[Program, Path], tiktok: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence in a governed region: the event stays as proof that nothing left."""
    program, settings = shop
    program.post(an_item("ord_1", consent={"region": "DE"}))
    words = explained(settings, "ord_1", capsys)
    assert "nothing left the building" in words
    assert "consent_missing: Nobody said whether ad_user_data is granted" in words
    assert tiktok.ask("GET", "/_sim/events")[1]["total"] == 0


def test_another_policy_is_another_version_and_proves_old_decisions_by_the_old_one(
    tiktok: Program, tmp_path: Path
) -> None:
    """The officer sees when the policy changed, what changed, and which one decided."""
    settings = write_settings(tmp_path, tiktok.url)
    with gateway(settings) as first:
        first.post(an_item("ord_1", consent=DENIED["consent"]))
        eventually(lambda: first.story("ord_1")["state"] == "DELIVERED")
    strict = settings.read_text("utf-8").replace(
        'default_region = "US"', 'default_region = "US"\nconsent_profile = "strict"'
    )
    settings.write_text(strict, "utf-8")
    with gateway(settings) as second:
        second.post(an_item("ord_2", consent=DENIED["consent"]))
        old, new = (second.ask("GET", f"/api/consent/{one}")[1] for one in ("ord_1", "ord_2"))
        policies = second.ask("GET", "/api/policies")[1]["policies"]
    assert (old["consent"]["policy"], old["policy"]["in_force"]) == ("guide@1", False)
    assert (new["consent"]["policy"], new["policy"]["in_force"]) == ("strict@2", True)
    assert (old["again"]["verdict"], new["again"]["verdict"]) == ("same", "same")
    assert [one["changes"] for one in policies] == [[], ["consent_profile guide -> strict"]]
