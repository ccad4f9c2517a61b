"""A test session as people read it: its link, its checklist, and why it is not promoted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tandemgate.cli.story import instant
from tandemgate.cli.table import table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

STYLES = {"green": "green", "red": "bold red", "waiting": "yellow"}
MARK = 9
"""Columns of the mark and what follows it."""


def begun(told: Mapping[str, Any]) -> "Iterator[RenderableType]":
    """Say what to do in the next ten minutes."""
    yield from _head(told)
    yield ""
    if told["link"]:
        yield "Open this link in a browser, then go through the shop as a customer would:"
        yield f"  {told['link']}"
    else:
        yield "No page is known to lead to: name one with --landing, or visits with --session."
    yield f"Events that a server sends under test_event_code {told['test_event_code']} count, too."
    yield "Then: tandemgate test status --watch"


def told_as(told: Mapping[str, Any], *, earlier: bool = False) -> "Iterator[RenderableType]":
    """Show the checklist; with *earlier* that of each window, the newest last."""
    yield from _head(told)
    if earlier:
        for window in told["earlier_windows"]:
            yield ""
            yield f"window {window['number']}, opened {instant(window['opened_at'])[:19]}"
            yield _table(window["lines"])
    yield ""
    if earlier and told["earlier_windows"]:
        yield f"window {told['window']['number']}{_fixed(told['window'])}"
    yield _table(told["lines"])
    yield ""
    if told["state"] == "open":
        yield from _orders(told["lines"])
    counts = ", ".join(f"{count} {mark}" for mark, count in told["counts"].items() if count)
    yield f"{counts}.{_next(told)}"


def listed(tests: Sequence[Mapping[str, Any]]) -> "Iterator[RenderableType]":
    """List test sessions."""
    if not tests:
        yield "No test session was ever begun: tandemgate test start --pixel ID --code CODE"
        return
    listed = table("id", "pixel", "code", "opened", "windows", "state", "name", fold="name")
    for one in tests:
        listed.add_row(
            one["id"],
            one["pixel_id"],
            one["test_event_code"],
            instant(one["opened_at"])[:19],
            str(one["window"]["number"]),
            one["state"],
            one["name"],
        )
    yield listed


def refused(test: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Say why a test is not promoted, and the way out."""
    unmet = [one for one in problems if one["reason"] == "test_not_passed"]
    said = [f"the test of {test['pixel_id']} can't be promoted"]
    if unmet:
        said[0] += f": {len(unmet)} {'lines are' if len(unmet) > 1 else 'line is'} not green"
    width = max((len(one["expected"]) for one in unmet), default=0)
    for one in unmet:
        mark, _, seen = one["received"].partition(": ")
        said.append(f"  {mark:<{MARK}}{one['expected']:<{width}}  {seen}")
    others = [one for one in problems if one not in unmet]
    said += [f"  {one['received']}; expected {one['expected']}" for one in others]
    if unmet:
        return "\n".join(said), (
            "tandemgate test status tells what mends each; then tandemgate test window. Or promote "
            "with --override --reason TEXT"
        )
    return "\n".join(said), problems[-1]["fix"]


def _head(told: Mapping[str, Any]) -> Iterator[str]:
    named = [told["name"], f"pixel {told['pixel_id']}", f"code {told['test_event_code']}"]
    yield " · ".join(filter(None, named))
    window, ended = told["window"], told["ended"]
    if ended is not None:
        why = f": {ended['reason']}" if ended["reason"] else ""
        yield f"{ended['how']} {instant(ended['at'])[:19]} by {ended['who']}{why}"
        if ended["overridden"]:
            yield f"overridden: {', '.join(ended['overridden'])}"
    else:
        left = window["seconds_left"]
        stands = f"{left // 60}:{left % 60:02} left" if left else "over"
        yield f"window {window['number']}, {stands}{_fixed(window)}"


def _fixed(window: Mapping[str, Any]) -> str:
    return f" · fixed: {window['fixed']}" if window["fixed"] else ""


def _table(lines: Sequence[Mapping[str, Any]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in ("mark", "title", "when"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        seen = Text(line["seen"])
        if line["event_id"] and line["mark"] != "green":
            seen.append(f"\n{line['event_id']}", "dim")
        when = instant(line["at"])[11:19] if line["at"] else ""
        table.add_row(
            Text(line["mark"], STYLES[line["mark"]]), line["title"], Text(when, "dim"), seen
        )
    return table


def _orders(lines: Sequence[Mapping[str, Any]]) -> "Iterator[RenderableType]":
    """Say what mends each red line, and what to do next for the first that waits."""
    from rich.table import Table
    from rich.text import Text

    red = [line for line in lines if line["mark"] == "red"]
    waiting = [line for line in lines if line["mark"] == "waiting"][:1]
    table = Table.grid(padding=(0, 2, 0, 0))
    for word, told in (("mend", red), ("next", waiting)):
        for line in told:
            table.add_row(Text(word, STYLES[line["mark"]]), f"{line['title']}: {line['fix']}")
    if table.row_count:
        yield table
        yield ""


def _next(told: Mapping[str, Any]) -> str:
    if told["state"] != "open":
        return ""
    if told["passed"]:
        return " Look at Test events in TikTok's Events Manager, then tandemgate test promote."
    if told["counts"]["red"] or not told["window"]["seconds_left"]:
        return " Then tandemgate test window, and go through the shop again."
    return " Go on in the shop."
