"""What orchestrators, monitoring and people without a key see."""

from collections.abc import Sequence

import pytest

from tandemgate.model.admission import Admission, Stats
from tandemgate.model.event import Event
from tandemgate.ports import StoreFull, StoreUnavailable
from tandemgate.storage.memory import MemoryStore
from tandemgate.telemetry import METRICS
from tandemgate.web.parts import Readiness
from tests.build import an_item
from tests.web.gateway import READ_KEY, BrokenStore, Gateway


class UnreadableStore(MemoryStore):
    """A store that can't even be read."""

    async def stats(self) -> Stats:
        raise StoreUnavailable

    async def check(self) -> None:
        raise StoreUnavailable


class FullStore(MemoryStore):
    """A store that keeps its last room for what it has."""

    async def admit(self, _events: Sequence[Event]) -> list[Admission]:
        raise StoreFull


async def test_a_healthy_gateway_lives_and_is_ready(gateway: Gateway) -> None:
    """Traffic comes as soon as this says so."""
    assert (await gateway.get("/livez", None)).status == 200
    ready = await gateway.get("/readyz", None)
    assert (ready.status, ready.json) == (
        200,
        {"ready": True, "reasons": [], "degraded": []},
    )


async def test_a_full_store_turns_traffic_away_for_a_while() -> None:
    """Another node may have room; and without traffic nobody would notice that room came back."""
    gateway = Gateway(store=BrokenStore())
    await gateway.sent()
    refused = await gateway.get("/readyz", None)
    gateway.clock.at += 10
    later = await gateway.get("/readyz", None)
    assert (refused.status, refused.json["reasons"]) == (503, ["store_unavailable"])
    assert later.status == 200


async def test_an_unreadable_store_is_not_ready_but_alive() -> None:
    """A restart mends no disk."""
    gateway = Gateway(store=UnreadableStore())
    assert (await gateway.get("/readyz", None)).json["reasons"] == ["store_unavailable"]
    assert (await gateway.get("/livez", None)).status == 200
    assert (await gateway.get("/api/stats")).status == 503


async def test_a_full_disk_is_called_by_its_name() -> None:
    """Whoever is on call should not have to guess which of a store's troubles it is."""
    gateway = Gateway(store=FullStore())
    await gateway.sent()
    assert (await gateway.get("/readyz", None)).json["reasons"] == ["store_full"]
    assert '"reason": "store_full"' in gateway.log.getvalue()


async def test_a_stopping_gateway_is_not_ready() -> None:
    """Load balancers look away first, then connections end."""
    gateway = Gateway(parts={"readiness": Readiness(stopping=True)})
    assert (await gateway.get("/readyz", None)).json["reasons"] == ["stopping"]


async def test_metrics_are_those_of_the_table(gateway: Gateway) -> None:
    """Whoever writes an alert reads the table, not the source."""
    await gateway.sent(an_item(), an_item(event_id="b", consent=...))
    text = (await gateway.get("/metrics", None)).body.decode()
    told = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert told == set(METRICS)
    assert "tandemgate_ledger_imbalance 0.0" in text
    assert (
        'tandemgate_received_events_total{channel="live",outcome="suppressed",'
        'pixel="C9ABC1234567890",reason="consent_missing"} 1.0'
    ) in text


@pytest.mark.parametrize("path", ["/metrics", "/docs/codes/40005"])
async def test_in_production_strangers_learn_nothing(path: str) -> None:
    """Volumes are a shop's business."""
    gateway = Gateway(parts={"production": True})
    assert (await gateway.get(path, None)).status == 401
    assert (await gateway.get(path, READ_KEY)).status == 200


@pytest.mark.parametrize(("demo", "word"), [(True, "DEMO"), (False, "LIVE")])
async def test_the_start_page_says_whether_it_is_in_earnest(demo: bool, word: str) -> None:
    """Nobody may mistake a simulation for the real thing, or the other way round."""
    page = await Gateway(parts={"demo": demo}).get("/", None)
    assert page.status == 200
    assert word in page.body.decode()
    assert "Not affiliated with TikTok" in page.body.decode()


@pytest.mark.parametrize(
    "code", ["40002", "40003", "40005", "40100", "40101", "40900", "503", "51050"]
)
async def test_every_docs_url_leads_somewhere(gateway: Gateway, code: str) -> None:
    """An answer that points to nothing is worse than one that points nowhere."""
    page = await gateway.get(f"/docs/codes/{code}", None)
    assert (page.status, "<h1>Code" in page.body.decode()) == (200, True)


async def test_an_unknown_code_is_not_made_up(gateway: Gateway) -> None:
    """And what stands in the address is text, not markup."""
    page = await gateway.get("/docs/codes/<script>", None)
    assert (page.status, b"<script>" in page.body) == (404, False)


@pytest.mark.parametrize("path", ["/", "/docs/codes/40005", "/api/events", "/nowhere", "/livez"])
async def test_every_answer_binds_the_browser(gateway: Gateway, path: str) -> None:
    """One forgotten page is enough for an attacker."""
    headers = (await gateway.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers
    assert len(headers["x-request-id"]) == 32


async def test_a_mistake_of_ours_says_nothing_and_is_found_by_its_number() -> None:
    """A traceback could quote the event that caused it."""

    class Broken(MemoryStore):
        async def stats(self) -> Stats:
            raise RuntimeError("jane@example.com")

    gateway = Gateway(store=Broken())
    reply = await gateway.get("/api/stats")
    assert (reply.status, reply.first_problem["reason"]) == (500, "unexpected")
    assert b"jane" not in reply.body
    assert "jane" not in gateway.log.getvalue()
    assert reply.json["request_id"] in gateway.log.getvalue()
    assert "RuntimeError" in gateway.log.getvalue()


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/v1/events", 405)])
async def test_a_wrong_address_is_answered_as_json(
    gateway: Gateway, path: str, status: int
) -> None:
    """Programs read the answer too."""
    reply = await gateway.get(path)
    assert (reply.status, reply.first_problem["code"]) == (status, status)
