"""The day's account: what the gateway and TikTok say happened, and whether it adds up.

Nothing here comes from the plan of the day; every number was asked for after the fact.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tandemgate.cli.outcomes import OUTCOMES

MET = ("paired", "content_differs")
"""Verdicts of actions that TikTok has in two copies under one key."""

Json = Mapping[str, Any]
Key = tuple[str, str]
"""Event name and event_id."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was asked for: the gateway's answers, its counters and books, and TikTok's books.

    *pairs* is the summary of ``/api/pairs``.
    """

    results: Sequence[Json]
    stats: Json
    ledger: Sequence[Json]
    pairs: Json
    conversions: Sequence[Json]
    server_copies: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, with its numbers in words."""

    holds: bool
    says: str


@dataclass(frozen=True, slots=True)
class Account:
    """The day in numbers.

    ``why`` counts reasons per outcome; ``kept_back`` the delivered events from which a denial took
    what names the person; ``pairs`` the actions with each verdict, as the gateway judges them.
    """

    received: int
    outcomes: Mapping[str, int]
    why: Mapping[str, Mapping[str, int]]
    states: Mapping[str, int]
    delivered: Mapping[str, int]
    kept_back: int
    pixel_copies: int
    server_copies: int
    in_two_copies: int
    pairs: Mapping[str, int]
    conversions: int
    checks: tuple[Check, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


def settle(evidence: Evidence) -> Account:
    """Draw up the account."""
    outcomes = Counter(result["outcome"] for result in evidence.results)
    states = Counter(event["state"] for event in evidence.ledger)
    return Account(
        received=len(evidence.results),
        outcomes=dict(outcomes),
        why={name: _why(evidence.results, name) for name in outcomes},
        states=dict(states),
        delivered=dict(Counter(event for event, _ in _delivered(evidence.ledger))),
        kept_back=sum(
            event["state"] == "DELIVERED" and "email" in event["consent"]["removed"]
            for event in evidence.ledger
        ),
        pixel_copies=sum(each["copies_pixel"] for each in evidence.conversions),
        server_copies=len(evidence.server_copies),
        in_two_copies=_in_two_copies(evidence.conversions),
        pairs=_verdicts(evidence.pairs),
        conversions=sum(each["counted"] for each in evidence.conversions),
        checks=tuple(_checks(evidence, outcomes)),
    )


def _verdicts(summary: Json) -> dict[str, int]:
    """Count each verdict that there is, the most frequent first."""
    there = {verdict: number for verdict, number in summary["verdicts"].items() if number}
    return dict(Counter(there).most_common())


def _why(results: Sequence[Json], outcome: str) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for result in results:
        if result["outcome"] == outcome:
            problems = result.get("problems", ())
            reasons.update(f"{each['code']} {each['reason']}" for each in problems)
            reasons.update([result["reason"]] if result.get("reason") else [])
    return dict(reasons.most_common())


def _checks(evidence: Evidence, outcomes: Mapping[str, int]) -> Iterable[Check]:
    counters: Counter[str] = Counter()
    for cell in evidence.stats["received"]:
        counters[cell["outcome"]] += cell["count"]
    parts = [f"{outcomes[name]} {name}" for name in OUTCOMES if name in outcomes]
    told = "as its counters say" if counters == outcomes else f"but it counts {dict(counters)}"
    yield Check(
        counters == outcomes,
        f"{len(evidence.results)} received = {' + '.join(parts)}, {told}",
    )
    imbalance = evidence.stats["ledger_imbalance"]
    yield Check(
        imbalance == 0 and evidence.stats["recorded"] == len(evidence.ledger),
        f"{evidence.stats['recorded']} recorded, {len(evidence.ledger)} found in the ledger, "
        f"each in a final state; imbalance {imbalance}",
    )
    accepted = {
        str(result["event_id"]) for result in evidence.results if result["outcome"] == "accepted"
    }
    delivered = {event_id for _, event_id in _delivered(evidence.ledger)}
    yield Check(
        accepted == delivered,
        f"{len(accepted)} accepted, {len(delivered)} delivered: "
        + ("the same event_ids" if accepted == delivered else _difference(accepted, delivered)),
    )
    copies = [str(copy["event_id"]) for copy in evidence.server_copies]
    exact = sorted(copies) == sorted(delivered)
    yield Check(
        exact,
        f"{len(delivered)} delivered, {len(copies)} server copies at TikTok: "
        + ("one each, by event_id" if exact else _difference(delivered, set(copies))),
    )
    yield _pairing(evidence)
    more = [each["event_id"] for each in evidence.conversions if each["counted"] != 1]
    yield Check(
        not more,
        f"{sum(each['counted'] for each in evidence.conversions)} conversions from "
        f"{sum(each['copies'] for each in evidence.conversions)} copies: "
        + (f"not counted once: {', '.join(more[:3])}" if more else "each counted once"),
    )


def _pairing(evidence: Evidence) -> Check:
    """Hold the gateway's verdicts, which rest on what pages report, against TikTok's books."""
    verdicts = _verdicts(evidence.pairs)
    met = sum(verdicts.get(verdict, 0) for verdict in MET)
    twice = _in_two_copies(evidence.conversions)
    whole = sum(verdicts.values()) == len(evidence.ledger)
    parts = " + ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
    return Check(
        whole and met == twice,
        f"{len(evidence.ledger)} in the ledger {'=' if whole else 'but'} {parts}; "
        f"{met} pairs, {twice} actions in two copies at TikTok",
    )


def _in_two_copies(conversions: Sequence[Json]) -> int:
    """Count the actions of which TikTok was told by the Pixel and by the gateway."""
    return sum(bool(each["copies_pixel"] and each["copies_server"]) for each in conversions)


def _delivered(ledger: Sequence[Json]) -> set[Key]:
    return {
        (event["event"], event["event_id"]) for event in ledger if event["state"] == "DELIVERED"
    }


def _difference(left: set[str], right: set[str]) -> str:
    return f"they differ in {', '.join(sorted(left ^ right)[:3]) or 'their number'}"
