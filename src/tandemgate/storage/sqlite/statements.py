"""SQL is kept in ``.sql`` files, each statement under its name, and run by that name."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import apsw

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
Listed: TypeAlias = Sequence[int] | Sequence[str] | Sequence[bytes]
_MARK: Final = "-- name: "
_MOST_AT_ONCE: Final = 64
"""Rows that one execution inserts at most."""

_ANY_UP_TO: Final = 32
"""Rows for which there is a statement of each size."""


@cache
def named_statements(file: str) -> Mapping[str, str]:
    """Read the named statements of *file*, which lies beside this module."""
    text = (files(__package__) / file).read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split(_MARK)[1:])
    return MappingProxyType({name.strip(): statement.strip() for name, _, statement in parts})


@cache
def _for_many(statement: str, rows: int) -> str:
    """Repeat what an INSERT has after VALUES."""
    head, values, row = statement.rstrip(";").rpartition("VALUES ")
    return head + values + ", ".join([row] * rows)


def listed(values: Listed) -> Any:  # noqa: ANN401 - apsw does not export its type
    """Return *values* as the parameter of a ``carray(?)``."""
    if not values:
        return None  # what carray takes for no values; apsw refuses to make an empty one
    whole = all(isinstance(value, int) for value in values)
    return apsw.carray(array("q", values) if whole else tuple(values))


class Statements:
    """The statements of one file on one connection.

    ``a + b`` names a statement that is written in two parts.
    """

    def __init__(self, connection: apsw.Connection, file: str) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._text = named_statements(file)

    def run(self, name: str, values: Values = ()) -> None:
        """Run statement *name* for its effect."""
        self._execute(name, values)

    def many(self, name: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run statement *name* once for each of *rows*; return how many rows it changed."""
        before = self._connection.total_changes()
        self._cursor.executemany(self._text[name], rows)
        return self._connection.total_changes() - before

    def insert(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert *rows* by statement *name*, which is written for one of them.

        Each execution lets go of the interpreter lock and has to get it back, so that a statement
        for many rows at once is worth more than the work it saves.
        """
        at = 0
        while left := len(rows) - at:
            size = _MOST_AT_ONCE if left >= _MOST_AT_ONCE else min(left, _ANY_UP_TO)
            values = chain.from_iterable(rows[at : at + size])
            self._cursor.execute(_for_many(self._text[name], size), tuple(values))
            at += size

    def change(self, name: str, values: Values) -> int:
        """Run statement *name*; return how many rows it changed."""
        before = self._connection.total_changes()
        self._execute(name, values)
        return self._connection.total_changes() - before

    def row(self, name: str, values: Values = ()) -> tuple[Any, ...] | None:
        """Return the first row of statement *name*, if there is one."""
        # Read to its end, since SQLite counts what a statement changed only then.
        return next(iter(self.rows(name, values)), None)

    def only(self, name: str, values: Values = ()) -> tuple[Any, ...]:
        """Return the row that statement *name* always has."""
        row = self.row(name, values)
        if row is None:
            raise LookupError(f"{name} found nothing")
        return row

    def rows(self, name: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of statement *name*."""
        return self._execute(name, values).fetchall()

    def _execute(self, name: str, values: Values) -> apsw.Cursor:
        text = self._text.get(name) or "\n".join(self._text[part] for part in name.split(" + "))
        return self._cursor.execute(text, values)
