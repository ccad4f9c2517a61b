"""Reading a damaged SQLite file: every row that can still be reached, and where none can."""

import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

Row: TypeAlias = tuple[Any, ...]

DAMAGE: Final = (apsw.CorruptError, apsw.IOError, apsw.SQLError, UnicodeDecodeError)
"""What SQLite and apsw raise over a page, or a text in it, that nobody wrote."""

SLICE: Final = 1_000
MOST_PADDED: Final = 1_000
"""A header that claims more than so many times the file's size is itself damaged."""

SMALLEST_ROW: Final = 16
"""Bytes: no file holds more rows than its size allows, whatever a damaged number says."""


PAGE_SIZE_AT: Final = 16
PAGES_AT: Final = 28
HEADER: Final = 100
"""Where the header tells its page size and number of pages. [sqlite.org/fileformat2.html]"""


@contextmanager
def complete(path: Path, padded: Path) -> Iterator[Path]:
    """Give a file whose end is missing in a copy with an empty end; SQLite would read none of it.

    Every other file is given as it is.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
    (stated,) = struct.unpack_from(">H", header.ljust(HEADER, b"\0"), PAGE_SIZE_AT)
    (pages,) = struct.unpack_from(">I", header.ljust(HEADER, b"\0"), PAGES_AT)
    size = pages * (65_536 if stated == 1 else stated)
    there = path.stat().st_size
    if there >= size or there < HEADER or size > MOST_PADDED * there:
        yield path
        return
    wal = path.with_name(f"{path.name}-wal")
    try:
        shutil.copyfile(path, padded)
        os.truncate(padded, size)
        if wal.exists():
            shutil.copyfile(wal, f"{padded}-wal")
        yield padded
    finally:
        for part in ("", "-wal", "-shm"):
            Path(f"{padded}{part}").unlink(missing_ok=True)


class Salvage:
    """The rows of one damaged file; ``torn`` names the tables in which some can't be reached."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.torn: set[str] = set()
        self.most = int(connection.pragma("page_count")) * (
            int(connection.pragma("page_size")) // SMALLEST_ROW
        )

    def version(self) -> int:
        """Return the number of the file's last migration."""
        return int(self._connection.pragma("user_version"))

    def between(self, table: str, columns: str, key: str, first: int, last: int) -> Iterator[Row]:
        """Read the rows whose *key* is from *first* to *last*; around damage one key at a time."""
        statement = f"SELECT {columns} FROM {table} NOT INDEXED WHERE {key} BETWEEN ? AND ?"  # noqa: S608 - our own names
        try:
            rows = self._connection.execute(statement, (first, last)).fetchall()
        except DAMAGE:
            if first == last:
                self.torn.add(table)
                return
            middle = (first + last) // 2
            yield from self.between(table, columns, key, first, middle)
            yield from self.between(table, columns, key, middle + 1, last)
        else:
            yield from rows

    def from_both_ends(self, table: str, columns: str, key: str) -> Iterator[Row]:
        """Read a small table from its beginning, and where that ends in damage, from its end."""
        for order in ("", " DESC"):
            keys = ", ".join(f"{column}{order}" for column in key.split(", "))
            statement = f"SELECT {columns} FROM {table} ORDER BY {keys}"  # noqa: S608 - as above
            try:
                yield from self._connection.execute(statement)
            except DAMAGE:
                self.torn.add(table)
            else:
                return

    def number(self, statement: str) -> int:
        """Return the number that *statement* reads, or 0 where it can't be read."""
        try:
            found = self._connection.execute(statement).fetchone()
        except DAMAGE:
            return 0
        return found[0] if found and isinstance(found[0], int) else 0
