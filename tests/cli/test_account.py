"""The demo's account believes nobody: each of its checks fails when one book is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from tandemgate.cli.demo.account import Evidence, settle

DELIVERED = {
    "event": "CompletePayment",
    "event_id": "ord_1",
    "state": "DELIVERED",
    "consent": {"removed": ["email", "phone"]},
}
SUPPRESSED = {
    "event": "Search",
    "event_id": "search_1",
    "state": "SUPPRESSED",
    "consent": {"removed": ["email"]},
}
REJECTED = {
    "event_id": "ord_2",
    "outcome": "rejected",
    "problems": [{"code": 40005, "reason": "currency_invalid"}],
}


def counted(*outcomes: str, imbalance: int = 0, recorded: int = 2) -> dict[str, Any]:
    """What ``/api/stats`` says after *outcomes*."""
    cells = [{"outcome": outcome, "count": 1} for outcome in outcomes]
    return {"received": cells, "recorded": recorded, "ledger_imbalance": imbalance}


def judged(**verdicts: int) -> dict[str, Any]:
    """The summary of ``/api/pairs``, which names every verdict that there is."""
    return {"verdicts": {"paired": 0, "server_only": 0, **verdicts}}


def conversion(**overrides: object) -> dict[str, Any]:
    """One conversion as the simulator counts it."""
    copies = {"copies": 2, "copies_pixel": 1, "copies_server": 1, "counted": 1}
    return {"event": "CompletePayment", "event_id": "ord_1", **copies, **overrides}


HONEST = Evidence(
    results=[
        {"event_id": "ord_1", "outcome": "accepted"},
        {"event_id": "search_1", "outcome": "suppressed", "reason": "consent_missing"},
        {"event_id": "ord_1", "outcome": "noted", "reason": "server_is_truth"},
        REJECTED,
    ],
    stats=counted("accepted", "suppressed", "noted", "rejected"),
    ledger=[DELIVERED, SUPPRESSED],
    pairs=judged(kept_back=1, paired=1),
    conversions=[conversion()],
    server_copies=[{"event": "CompletePayment", "event_id": "ord_1"}],
)

LIES: dict[str, dict[str, Any]] = {
    "the counters miss an event": {"stats": counted("accepted", "suppressed", "noted")},
    "the ledger is out of balance": {
        "stats": counted("accepted", "suppressed", "noted", "rejected", imbalance=1)
    },
    "the ledger lost an event": {"ledger": [DELIVERED]},
    "an accepted event is lost on its way": {
        "ledger": [{**DELIVERED, "state": "REVIEW"}, SUPPRESSED],
        "server_copies": [],
    },
    "another event is delivered": {"ledger": [{**DELIVERED, "event_id": "ord_9"}, SUPPRESSED]},
    "TikTok has none": {"server_copies": []},
    "TikTok has two": {"server_copies": [*HONEST.server_copies, *HONEST.server_copies]},
    "TikTok has another": {"server_copies": [{"event": "Search", "event_id": "search_1"}]},
    "a pair is not seen": {"pairs": judged(kept_back=1, server_only=1)},
    "a pair is seen that TikTok has not": {"conversions": [conversion(copies=1, copies_pixel=0)]},
    "an action has no verdict": {"pairs": judged(paired=1)},
    "TikTok counts twice": {"conversions": [conversion(counted=2)]},
    "TikTok counts none": {"conversions": [conversion(counted=0)]},
}


def test_honest_books_add_up() -> None:
    """What the demo prints is what was asked for."""
    account = settle(HONEST)
    assert account.adds_up
    assert (account.received, account.conversions, account.in_two_copies) == (4, 1, 1)
    assert account.pairs == {"kept_back": 1, "paired": 1}
    assert account.why["suppressed"] == {"consent_missing": 1}
    assert account.why["rejected"] == {"40005 currency_invalid": 1}
    assert account.delivered == {"CompletePayment": 1}
    assert account.kept_back == 1, "only what left can have left without something"


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_wrong_book_is_noticed(lie: dict[str, Any]) -> None:
    """A demo that can't fail shows nothing."""
    assert not settle(replace(HONEST, **lie)).adds_up
