"""The ledger, written down: all of it, for nobody but who may read it."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from tandemgate.catalog.exports import COLUMNS
from tandemgate.model.admission import Entry, Filter
from tandemgate.model.operation import Act
from tandemgate.model.state import State
from tandemgate.ports import StoreUnavailable
from tandemgate.storage.memory import MemoryStore
from tandemgate.web import export
from tests.build import PIXEL, an_item
from tests.contract.steps import send
from tests.web.gateway import ADMIN_KEY, BROWSER_KEY, OTHER_PIXEL, SERVER_KEY, Gateway, Reply


class FailingStore(MemoryStore):
    """A store that can be read for some pages, and then no more."""

    pages = 1

    async def page(self, wanted: Filter, limit: int) -> list[Entry]:
        self.pages -= 1
        if self.pages < 0:
            raise StoreUnavailable
        return await super().page(wanted, limit)


class DeafStore(MemoryStore):
    """A store that takes no notes."""

    async def note(self, _act: Act) -> None:
        raise StoreUnavailable


@pytest.fixture
def gateway() -> Gateway:
    """A gateway that nothing came to yet."""
    return Gateway()


async def filled(gateway: Gateway, count: int = 3) -> None:
    """Let some purchases be delivered, and one wait."""
    for number in range(count):
        await gateway.sent(an_item(event_id=f"ord_{number}"))
    await send(gateway.store, State.DELIVERED)
    await gateway.sent(an_item(event_id="=1+2"))


def json_lines(reply: Reply) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows, and what the last line says."""
    *rows, end = [json.loads(line) for line in reply.body.splitlines()]
    return rows, end["end"]


def csv_rows(reply: Reply) -> tuple[list[dict[str, str]], Sequence[str]]:
    """The rows by their columns, and the last line."""
    head, *rows, end = csv.reader(io.StringIO(reply.body.decode()))
    return [dict(zip(head, row, strict=True)) for row in rows], end


async def test_every_event_is_told_newest_first(gateway: Gateway) -> None:
    """A data analyst asks for all of it, once."""
    await filled(gateway)
    reply = await gateway.get("/api/export/events")
    rows, end = json_lines(reply)
    assert reply.headers["content-type"] == "application/jsonl"
    assert [row["event_id"] for row in rows] == ["=1+2", "ord_2", "ord_1", "ord_0"]
    assert end == {"rows": 4, "whole": True, "after": None}
    told = {"place": 3, "state": "DELIVERED", "value": "129.95", "currency": "EUR", "attempts": 1}
    assert {name: rows[1][name] for name in told} == told
    assert rows[1]["match_keys"]["email"] == "sent"


async def test_csv_has_a_header_and_no_formula(gateway: Gateway) -> None:
    """It is opened in a spreadsheet, which runs what begins like a formula."""
    await filled(gateway)
    reply = await gateway.get("/api/export/events?format=csv")
    rows, end = csv_rows(reply)
    assert list(rows[0]) == list(COLUMNS["events"])
    assert rows[0]["event_id"] == "'=1+2"
    assert (rows[1]["state"], rows[1]["value"]) == ("DELIVERED", "129.95")
    assert (rows[1]["key_email"], rows[1]["key_ttclid"], rows[1]["key_state"]) == (
        "sent",
        "missing",
        "missing",
    )
    assert end == ["#end", "whole", "4", ""]


async def test_every_attempt_is_told(gateway: Gateway) -> None:
    """Request ids for TikTok's support, by the thousand."""
    await filled(gateway)
    rows, end = json_lines(await gateway.get("/api/export/attempts"))
    assert [(row["event_id"], row["number"], row["tiktok_request_id"]) for row in rows] == [
        ("ord_2", 1, "r-1"),
        ("ord_1", 1, "r-1"),
        ("ord_0", 1, "r-1"),
    ]
    assert end["rows"] == 3
    told, _ = csv_rows(await gateway.get("/api/export/attempts?format=csv"))
    assert list(told[0]) == list(COLUMNS["attempts"])


async def test_every_decision_is_told(gateway: Gateway) -> None:
    """What the privacy officer hands to an auditor."""
    denied = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
    await gateway.sent(an_item(consent=denied))
    [row], _ = json_lines(await gateway.get("/api/export/decisions"))
    assert row["consent"]["rule"] == "ad_user_data_denied"
    [told], _ = csv_rows(await gateway.get("/api/export/decisions?format=csv"))
    assert list(told) == list(COLUMNS["decisions"])
    assert (told["stated_ad_user_data"], told["policy"]) == ("DENIED", "guide@1")
    assert told["removed"] == "email external_id first_name last_name phone zip_code"
    assert (told["verified"], told["dispatched_at"]) == ("true", "")


async def test_it_is_read_page_by_page_and_goes_on_after_a_place(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million rows are never in memory at once, and a cut export is continued."""
    monkeypatch.setattr(export, "PAGE", 2)
    await filled(gateway, 5)
    rows, end = json_lines(await gateway.get("/api/export/events"))
    assert [row["place"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert end["whole"]
    rest, _ = json_lines(await gateway.get("/api/export/events?after=4"))
    assert rest == rows[3:]
    resumed = await gateway.get("/api/export/events?after=4&format=csv")
    assert resumed.body.startswith(b"3,")


async def test_a_store_that_fails_on_the_way_is_told_in_the_last_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of an export must not look like all of it."""
    monkeypatch.setattr(export, "PAGE", 2)
    gateway = Gateway(store=FailingStore())
    await filled(gateway)
    rows, end = json_lines(await gateway.get("/api/export/events"))
    assert (len(rows), end) == (2, {"rows": 2, "whole": False, "after": 3})
    gateway.store.pages = 1  # type: ignore[attr-defined]
    _, last = csv_rows(await gateway.get("/api/export/events?format=csv"))
    assert last == ["#end", "cut", "2", "3"]


async def test_filters_are_those_of_the_list(gateway: Gateway) -> None:
    """Whoever found it in the list exports the same."""
    await filled(gateway)
    rows, _ = json_lines(await gateway.get("/api/export/events?state=QUEUED"))
    assert [row["event_id"] for row in rows] == ["=1+2"]
    rows, _ = json_lines(await gateway.get("/api/export/events?q=ord_1"))
    assert [row["event_id"] for row in rows] == ["ord_1"]


async def test_an_export_is_noted_before_anything_leaves(gateway: Gateway) -> None:
    """Who took the ledger home, and when."""
    await filled(gateway)
    await gateway.get(f"/api/export/events?state=QUEUED&pixel={PIXEL}&q=secret&format=csv")
    await gateway.get("/api/export/attempts?event=anna@shop.example&pixel=cem@shop.example")
    acts = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert [(one["who"], one["what"], one["pixel_id"], one["reason"]) for one in acts] == [
        ("orders", "export_attempts", "", ""),
        ("orders", "export_events", PIXEL, "QUEUED"),
    ]


async def test_what_can_not_be_noted_does_not_leave() -> None:
    """An export that nobody knows of is a leak."""
    gateway = Gateway(store=DeafStore())
    await filled(gateway)
    reply = await gateway.get("/api/export/events")
    assert (reply.status, reply.first_problem["reason"]) == (503, "store_unavailable")
    assert b"ord_1" not in reply.body


async def test_only_who_may_read_gets_it_and_only_their_pixels(gateway: Gateway) -> None:
    """An agency's clients do not read each other's ledgers."""
    await filled(gateway)
    assert (await gateway.get("/api/export/events", None)).status == 401
    assert (await gateway.get("/api/export/events", BROWSER_KEY)).status in {401, 403}
    rows, _ = json_lines(await gateway.get(f"/api/export/events?pixel={OTHER_PIXEL}"))
    assert rows == []


async def test_it_names_nobody(gateway: Gateway) -> None:
    """Exports end in mailboxes."""
    await filled(gateway)
    for what in COLUMNS:
        for form in ("csv", "jsonl"):
            reply = await gateway.get(f"/api/export/{what}?format={form}", ADMIN_KEY)
            assert b"customer@" not in reply.body
            assert b"203.0.113.42" not in reply.body


@pytest.mark.parametrize(
    ("target", "status", "field"),
    [
        ("events?format=xlsx", 400, "query format"),
        ("events?limit=5", 400, "query limit"),
        ("events?state=GONE", 400, "query state"),
        ("events?colour=red", 400, "query colour"),
        ("events?after=x", 400, "query after"),
        ("people", 404, ""),
    ],
)
async def test_a_wrong_question_is_told_what_is_right(
    gateway: Gateway, target: str, status: int, field: str
) -> None:
    """Nothing is exported by half, and nothing is noted."""
    reply = await gateway.get(f"/api/export/{target}", SERVER_KEY)
    assert (reply.status, reply.first_problem["field"]) == (status, field)
    assert (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"] == []
