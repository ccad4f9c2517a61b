"""``tandemgate explain``: what a code, a reason or a state means, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Failure

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tandemgate.catalog.explanations import Explanation


def explain(
    ctx: typer.Context,
    word: Annotated[
        str, typer.Argument(metavar="CODE|REASON", help="40100, currency_invalid, REVIEW, ...")
    ],
) -> None:
    """Explain a code, a reason or a state.

    Codes are TikTok's, or the gateway's own when it refuses an event; both readings are printed
    where TikTok's pages and TikTok's SDK differ.
    """
    from tandemgate.catalog.explanations import find, suggestion

    call = calls.of(ctx)
    found = find(word.strip())
    if not found:
        raise Failure(f"{word!r} is no code, reason or state", suggestion(word))
    if call.as_json:
        call.emit([asdict(each) for each in found])
    else:
        call.show(*(part for each in found for part in _for_people(each)))


def _for_people(found: "Explanation") -> Iterable["RenderableType"]:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    rows = {
        **found.readings,
        "usual cause": found.cause,
        "expected": found.expected,
        "check": found.check,
        "fix": found.fix,
    }
    for name, text in rows.items():
        if text:
            table.add_row(name, Text(text))
    yield Text.assemble((found.name, "bold"), f"  {found.title}", (f"  ({found.kind})", "dim"))
    yield Padding(table, (0, 0, 1, 2))
