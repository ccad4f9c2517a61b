"""The file: its encoding and delimiter, and its lines one after another in flat memory."""

import csv
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Final, NamedTuple

from tandemgate.cli.ending import Failure
from tandemgate.cli.payload import STDIN
from tandemgate.core.sheet import Columns, Lacking, find_columns, is_header
from tandemgate.model.order import SheetField

BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS: Final = ",;\t|"
_SHOWN_NAMES: Final = 40
_LONGEST_NAME: Final = 40


class Row(NamedTuple):
    """Cells from ``line`` (from 1) to ``last``; ``broken`` says why there are none."""

    line: int
    last: int
    cells: Sequence[str]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open file of orders, whose :meth:`rows` may be read again and again."""

    name: str
    content: IO[bytes]
    encoding: str
    delimiter: str
    columns: Columns
    skipped: int

    def rows(self) -> Iterator[Row]:
        """Read every line after the header; blank ones are passed over."""
        rows = _rows(self.name, self.content, self.encoding, self.delimiter)
        for row in rows:
            if row.last > self.skipped and (row.broken or any(row.cells)):
                yield row


@contextmanager
def opened(
    file: str,
    stated: Mapping[SheetField, str],
    amounts: Collection[SheetField],
    encoding: str | None,
) -> Iterator[Sheet]:
    """Open *file*, or standard input for ``-``, and find its columns.

    Raises:
        Failure: it can't be read, or lacks a column.

    """
    with _content(file) as content:
        known = encoding or _encoding(content)
        yield described(file, content, known, stated, amounts)


@contextmanager
def _content(file: str) -> Iterator[IO[bytes]]:
    if file == STDIN:  # read twice, so it waits in a file
        with tempfile.TemporaryFile() as kept:
            copyfileobj(sys.stdin.buffer, kept)
            yield kept
        return
    try:
        content = Path(file).open("rb")  # noqa: SIM115 - closed below, and only this may fail
    except OSError as error:
        raise Failure(
            f"{file} can't be read: {error.strerror}",
            "tandemgate reconcile ORDERS.csv, with the path of a readable file, or -",
        ) from None
    with content:
        yield content


def _encoding(content: IO[bytes]) -> str:
    content.seek(0)
    head = content.read(4)
    return next((name for bom, name in BOMS if head.startswith(bom)), "utf-8")


def described(
    file: str,
    content: IO[bytes],
    encoding: str,
    stated: Mapping[SheetField, str],
    amounts: Collection[SheetField],
) -> Sheet:
    """Find the delimiter of an open file: the one that makes the needed columns of its header.

    Raises:
        Failure: none does.

    """
    lacking: list[tuple[int, Lacking, Sequence[str]]] = []
    for delimiter in DELIMITERS:
        header = _header(_rows(file, content, encoding, delimiter))
        if header is None:
            raise Failure(f"{file} is empty", "export the orders again, with a header line")
        if header.broken:
            continue
        found = find_columns(header.cells, stated, amounts)
        if isinstance(found, Columns):
            return Sheet(file, content, encoding, delimiter, found, header.last)
        lacking.append((len(header.cells), found, header.cells))
    if not lacking:
        raise Failure(
            f"{file} has no header: its first line has quotes that do not fit",
            "export the orders again, as CSV",
        )
    _, missed, names = max(lacking, key=lambda one: one[0])
    raise _no_columns(file, missed, names)


def _header(rows: Iterator[Row]) -> Row | None:
    """Return the first line with anything in it; Excel may write its delimiter before it."""
    for row in rows:
        if row.broken:
            return row
        if any(row.cells) and not row.cells[0].casefold().startswith("sep="):
            return row
    return None


def _no_columns(file: str, missed: Lacking, names: Sequence[str]) -> Failure:
    wanted = ", ".join(missed.missing)
    example = ",".join(f"{name}=NAME" for name in missed.missing)
    way_out = f'--columns "{example}", with the names of the columns that hold them'
    if not is_header(names):
        return Failure(f"{file} has no header: its first line holds data, not names", way_out)
    found = ", ".join(f"{name} ({column})" for name, column in missed.found.items())
    there = ", ".join(_name(name) for name in names[:_SHOWN_NAMES] if name.strip())
    return Failure(
        f"{file} has no column for {wanted}\n"
        f"  found: {found or 'none of what is needed'}\n"
        f"  its columns are: {there}",
        way_out,
    )


def _name(text: str) -> str:
    short = text.strip()[:_LONGEST_NAME]
    return short if short.isprintable() else f"a name of {len(text)} characters"


def _rows(file: str, content: IO[bytes], encoding: str, delimiter: str) -> Iterator[Row]:
    """Read all lines, those that can't be read among them.

    Raises:
        Failure: the bytes are not in *encoding*.

    """
    content.seek(0)
    text = TextIOWrapper(content, encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, reader.line_num, (), _broken(error, line, reader.line_num))
                continue
            yield Row(line, reader.line_num, cells)
    except UnicodeError:
        raise _undecodable(file, encoding, reader.line_num) from None
    finally:
        text.detach()


def _broken(error: csv.Error, line: int, last: int) -> str:
    """Say what is wrong with the quotes; nothing that stands there is repeated."""
    if "unexpected end" in str(error) or "field larger" in str(error):
        return f"a quote is opened and never closed; lines {line} to {last} are not read"
    return "quotes that do not fit: write a quote inside of a cell twice"


def _undecodable(file: str, encoding: str, line: int) -> Failure:
    tried = "UTF-8" if encoding.startswith("utf-8") else encoding
    return Failure(
        f"{file} is not {tried}: the bytes near line {line + 1} mean nothing in it",
        "--encoding windows-1252 or latin-1 where an older program made the file; or save it as "
        "UTF-8",
    )
