"""The books of a shop of known truth: what each address must say, counted by hand and naively."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any, Final

from tests.truth.shop import DENIED, DIGITS, HOUR, SILENT, Report, Row, Story

LEVERS: Final = (
    (("email",), 16, 26),
    (("phone",), 10, 18),
    (("external_id",), 8, 15),
    (("ttclid", "ttp"), 6, 14),
    (("ip", "user_agent"), 3, 8),
)
PARTS: Final = ("sent", "suppressed", "missing", "invalid")
PEOPLE: Final = ("email", "phone", "external_id")
URGENT: Final = {
    "currency_invalid", "currency_missing", "event_time_too_old", "refused_by_tiktok",
}  # fmt: skip
"""A purchase that the server reported is lost."""

ERRORS: Final = {"event_unknown", "event_id_conflict", "same_order_two_event_ids", "answer_unclear"}
NOTICES: Final = {"ip_missing", "user_agent_missing"}
BANDS: Final = {"merged": 5 * 60, "dropped": 48 * HOUR}
NO_EVENT: Final = {"page_seen"}
"""What a page tells about the visit is context and no event."""


@dataclass
class Books:
    """Everything that was told, and when TikTok was asked about it."""

    stories: Sequence[Story]
    opened: float
    now: float
    asked: Mapping[str, Sequence[float]]

    def reports(self, pixel: str | None = None, channel: str = "live") -> Iterator[Report]:
        for story in self.stories:
            for one in story.reports:
                if pixel in {None, one.pixel} and one.channel == channel:
                    yield one

    def at(self, report: Report) -> float:
        """When it was received."""
        return self.opened + report.at

    # -- counts

    def received(self) -> Counter[tuple[str, ...]]:
        """What became of everything that was handed in."""
        return Counter(
            (one.pixel, one.name, channel, one.outcome, one.reason)
            for channel in ("live", "test")
            for one in self.reports(channel=channel)
        )

    def states(self) -> Counter[tuple[str, ...]]:
        """Where the stored events stand."""
        return Counter(
            (one.pixel, one.name, channel, one.state)
            for channel in ("live", "test")
            for one in self.reports(channel=channel)
            if one.stored
        )

    def stands(self) -> dict[tuple[str, ...], tuple[str, str | None]]:
        """State and reason of each stored event."""
        return {
            (one.pixel, one.name, one.content["event_id"], channel): (one.state, one.ended_by)
            for channel in ("live", "test")
            for one in self.reports(channel=channel)
            if one.stored
        }

    # -- problems

    def problems(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every group with its counts and times."""
        seen: defaultdict[tuple[Any, ...], list[float]] = defaultdict(list)
        for channel in ("live", "test"):
            for report in self.reports(channel=channel):
                for one in report.seen:
                    group = (
                        report.pixel, channel, report.name or None, report.source, one.origin,
                        one.code, one.reason, one.field or None,
                    )  # fmt: skip
                    seen[group].append(self._seen_at(report, one.origin))
        return {group: self._shares(group, times) for group, times in seen.items()}

    def _seen_at(self, report: Report, origin: str) -> float:
        if origin == "remote":
            return self.asked[report.content["event_id"]][-1]
        return self.at(report)

    def _shares(self, group: tuple[Any, ...], times: Sequence[float]) -> dict[str, Any]:
        pixel, channel, event, *_ = group
        received = [
            self.at(one)
            for one in self.reports(pixel, channel)
            if (event is None or one.name == event) and one.reason not in NO_EVENT
        ]
        day = self.now // HOUR * HOUR - 23 * HOUR
        first = min(times) // HOUR * HOUR
        return {
            "severity": _severity(group),
            "first_seen": iso(min(times)),
            "last_seen": iso(max(times)),
            "last_24h": _share(times, received, day),
            "since_first_seen": _share(times, received, first),
        }

    # -- pairs

    def rows(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Every line of the list of pairs."""
        told = {}
        for story in self.stories:
            for row in story.rows:
                told[story.pixel, row.event, row.event_id] = self._row(row)
        return told

    def _row(self, row: Row) -> dict[str, Any]:
        server = None if row.server is None else self._moment(row.server)
        page = None if row.page is None else self._called(row.page)
        beside = None if row.beside is None else self._moment(row.beside)
        kept = row.verdict == "kept_back"
        ends = [one for one in (server, page, beside) if one is not None and not kept]
        gap = abs(ends[0] - ends[1]) if len(ends) > 1 else None
        met = server is not None and page is not None
        return {
            "verdict": row.verdict,
            "gap_seconds": None if gap is None else round(gap, 3),
            "band": None if gap is None or not met else _band(gap),
            "differs": list(row.differs),
            "other": row.event_id if kept and page else row.other,
            "server_at": None if server is None else iso(server),
            "browser_at": None if page is None else iso(page),
        }

    def _moment(self, report: Report) -> float:
        """When a copy left: the server's when TikTok was asked, the Pixel's when it was called."""
        return self._called(report) if report.session and not report.stored else self._left(report)

    def _called(self, report: Report) -> float:
        return self.at(report) - report.ago

    def _left(self, report: Report) -> float:
        asked = self.asked.get(report.content["event_id"]) if report.stored else None
        return asked[-1] if asked else self.at(report)

    def summary(self, since: float, until: float, pixel: str | None = None) -> dict[str, Any]:
        """What the first page of the list sums up of that time."""
        verdicts: Counter[str] = Counter()
        once = 0
        for story in self.stories:
            for row in story.rows:
                came = self.at(row.server or row.page)  # type: ignore[arg-type]
                if since <= came < until and pixel in {None, story.pixel}:
                    verdicts[row.verdict] += 1
                    together = row.verdict in {"paired", "content_differs"}
                    once += together and self._row(row)["band"] != "counted_twice"
        left = verdicts.total() - verdicts["kept_back"]
        rate = round(once / left, 4) if left else None
        return {"actions": verdicts.total(), "pair_rate": rate, "verdicts": dict(verdicts)}

    # -- quality

    def quality(self, days: int) -> dict[tuple[str, str], dict[str, Any]]:
        """What is told of each event name of the last *days* days."""
        first = self.now // 86_400 - days + 1
        named: defaultdict[tuple[str, str], list[Report]] = defaultdict(list)
        for one in self.reports():
            if one.stored and self.at(one) // 86_400 >= first:
                named[one.pixel, one.name].append(one)
        return {name: self._covered(events) for name, events in named.items()}

    def _covered(self, events: Sequence[Report]) -> dict[str, Any]:
        by_day: defaultdict[str, list[Report]] = defaultdict(list)
        for one in events:
            by_day[iso(self.at(one))[:10]].append(one)
        return _levers(events) | {
            "days": {
                day: {name: _levers(some)[name] for name in ("events", "leaving", "keys", "index")}
                for day, some in by_day.items()
            }
        }

    # -- reconcile

    def orders(self, pixel: str) -> list[Story]:
        """Orders of a pixel that the order system knows."""
        return [one for one in self.stories if one.pixel == pixel and one.outcome]


def _band(gap: float) -> str:
    """What TikTok does with two copies so far apart."""
    return next((name for name, most in BANDS.items() if gap <= most), "counted_twice")


def _severity(group: tuple[Any, ...]) -> str:
    reason = group[6]
    if reason in URGENT:
        return "urgent"
    return "error" if reason in ERRORS else "notice" if reason in NOTICES else "warning"


def _share(times: Iterable[float], received: Iterable[float], since: float) -> dict[str, Any]:
    count, of = sum(at >= since for at in times), sum(at >= since for at in received)
    share = None if not of else round(min(1.0, count / of), 6)
    return {"count": count, "received": of, "share": share}


def part(report: Report, key: str) -> str:
    """Which of the four parts a key of an event is in."""
    how = report.keys[key]
    if how == "wrong":
        return "invalid"
    if report.settled == SILENT or "child" in report.settled:
        kept = how == "right" or "child" in report.settled
        return "suppressed" if kept else "missing"
    forgotten = key in {"ttclid", "ttp"} and how == "absent"
    if report.settled == DENIED and (key in PEOPLE or forgotten):
        return "suppressed"
    return "sent" if how == "right" else "missing"


def _levers(events: Sequence[Report]) -> dict[str, Any]:
    """Count the keys of some events, and weigh the levers with every choice of weights."""
    keys = tuple(key for lever, _, _ in LEVERS for key in lever)
    counts = {key: Counter(part(one, key) for one in events) for key in keys}
    leaving = [one for one in events if "sent" in {part(one, key) for key in keys}]
    pulled = [
        Fraction(sum(_lever(one, lever) == "sent" for one in events), len(leaving) or 1)
        for lever, _, _ in LEVERS
    ]
    means = [
        sum(share * weight for share, weight in zip(pulled, weights, strict=True)) / sum(weights)
        for weights in product(*((low, high) for _, low, high in LEVERS))
    ]
    mids = [Fraction(low + high, 2) for _, low, high in LEVERS]
    mid = sum(share * weight for share, weight in zip(pulled, mids, strict=True)) / sum(mids)
    index = {"low": min(means), "mid": mid, "high": max(means)} if leaving else None
    return {
        "events": len(events),
        "leaving": len(leaving),
        "keys": {key: {one: counts[key][one] for one in PARTS} for key in keys},
        "coverage": [round(float(share), 4) for share in pulled],
        "levers": [
            {one: Counter(_lever(event, lever) for event in events)[one] for one in PARTS}
            for lever, _, _ in LEVERS
        ],
        "index": index and {name: round(float(share), 4) for name, share in index.items()},
    }


def _lever(report: Report, keys: tuple[str, ...]) -> str:
    paid = report.keys["ttclid"] != "absent"
    parts = [part(report, key) for key in keys if paid or key != "ttclid"]
    return next((one for one in ("suppressed", "invalid", "missing") if one in parts), "sent")


def iso(at: float) -> str:
    """A moment as every answer writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def text(minor: int, currency: str) -> str:
    """An amount as a report writes it."""
    return f"{Decimal(minor).scaleb(-DIGITS[currency]):.{DIGITS[currency]}f}"
