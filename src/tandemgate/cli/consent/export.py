"""Decisions as lines of a file: CSV for spreadsheets, JSON Lines for programs."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TextIO

from tandemgate.core.cells import safe

Json = dict[str, Any]

PAGE: Final = 500
COLUMNS: Final = (
    "pixel_id", "event", "event_id", "channel", "event_time", "received_at", "source", "verified",
    "revision", "state", "reason", "region", "region_origin", "region_class",
    "stated_ad_user_data", "stated_ad_personalization", "opt_out", "child", "sources",
    "cmp", "cmp_version", "collected_at", "decided_after_ms", "policy", "rule", "export", "removed",
    "truncate_ip", "ad_user_data", "ad_personalization", "derived", "limited_data_use",
    "decided_at", "dispatched_at",
)  # fmt: skip


def pages(ask: Callable[[Json], Json], filters: Json) -> Iterator[list[Json]]:
    """Ask for one page after another, so that no export is too long for memory."""
    after: str | None = None
    while True:
        page = ask({**filters, "limit": PAGE, "after": after})
        yield page["decisions"]
        after = page["next"]
        if after is None:
            return


def write_jsonl(decisions: Iterable[Json], out: TextIO) -> int:
    """Write a JSON object a line for each decision; return how many these are."""
    count = 0
    for count, one in enumerate(decisions, 1):  # noqa: B007 - the last number is the answer
        out.write(f"{json.dumps(one, ensure_ascii=False)}\n")
    return count


def write_csv(decisions: Iterable[Json], out: TextIO) -> int:
    """Write a header and a line for each decision; return how many these are."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, one in enumerate(decisions, 1):  # noqa: B007 - the last number is the answer
        flat = flattened(one)
        writer.writerow([safe(flat[name]) for name in COLUMNS])
    return count


def flattened(one: Json) -> Json:
    """Bring the decision's parts beside one another."""
    consent = one["consent"]
    stated = consent["stated"]
    return {
        **one,
        **consent,
        "stated_ad_user_data": stated["ad_user_data"],
        "stated_ad_personalization": stated["ad_personalization"],
        "opt_out": stated["opt_out"],
        "child": stated["child"],
        "sources": "; ".join(_source(said) for said in consent["sources"]),
        "removed": " ".join(consent["removed"]),
    }


def _source(said: Json) -> str:
    parts = (
        said["source"],
        f"ad_user_data={said['ad_user_data']}" if said["ad_user_data"] else "",
        f"ad_personalization={said['ad_personalization']}" if said["ad_personalization"] else "",
        "opt_out" if said["opt_out"] else "",
        f"unreadable={said['unreadable']}" if said["unreadable"] else "",
        f"digest={said['digest']}" if said["digest"] else "",
    )
    return " ".join(filter(None, parts))
