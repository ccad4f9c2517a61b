"""The tables that verbs print: no lines, and two blanks between columns."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def table(*headings: str, fold: str | None = None, right: Collection[str] = ()) -> "Table":
    """Make a table that has no rows yet.

    Cells stay on one line, but for those of the column *fold*; those of *right* end flush.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        made.add_column(
            heading,
            no_wrap=heading != fold,
            overflow="ellipsis" if fold is None else "fold",
            justify="right" if heading in right else "left",
        )
    return made


def grid(rows: Iterable[tuple[str, Sequence[str]]]) -> "Table":
    """Lay out labels and their lines; what has no lines is left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for label, lines in rows:
        if lines:
            made.add_row(Text(label, "dim"), Text("\n".join(lines)))
    return made
