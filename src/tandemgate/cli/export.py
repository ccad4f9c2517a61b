"""Writing down what the ledger holds, line by line, and noticing when the rest is missing."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from tandemgate.cli.call import Call
from tandemgate.cli.ending import Ending, Failure

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

CSV_END: Final = b"#end,"
JSON_END: Final = b'{"end": '


class Format(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"


class What(StrEnum):
    """What can be exported."""

    EVENTS = "events"
    ATTEMPTS = "attempts"
    DECISIONS = "decisions"


After = Annotated[
    str | None, typer.Option(metavar="PLACE", help="Go on after this place of an earlier export.")
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write to this file, which appears when it is whole."),
]


@dataclass(frozen=True, slots=True)
class End:
    """What the last line says: how many rows there are, and where to go on if it is not whole."""

    rows: int
    whole: bool
    after: str = ""


def export(
    call: Call,
    gateway: "Gateway",
    what: What,
    form: Format,
    filters: Mapping[str, object],
    *,
    out: Path | None,
) -> None:
    """Write all rows to *out* or standard output.

    Raises:
        Failure: the export was cut; it says after which place to go on.

    """
    lines = gateway.lines(f"/api/export/{what}", {**filters, "format": form.value})
    with _sink(out) as sink:
        place, end = _copied(lines, sink)
        if end is None or not end.whole:
            raise _cut(end.after if end else place, end)
    call.remark(f"{end.rows} {what}")


def rows(gateway: "Gateway", what: What, filters: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """Read an export as rows.

    Raises:
        Failure: it was cut.

    """
    end: End | None = None
    for line in gateway.lines(f"/api/export/{what}", {**filters, "format": Format.JSONL.value}):
        end = read_end(line)
        if end is None and line.endswith(b"\n"):
            yield json.loads(line)
    if end is None or not end.whole:
        raise _cut("", end)


def read_end(line: bytes) -> End | None:
    """Read the last line of an export; ``None`` for any other."""
    if line.startswith(JSON_END) and line.endswith(b"\n"):
        told = json.loads(line)["end"]
        return End(told["rows"], told["whole"], str(told["after"] or ""))
    if line.startswith(CSV_END) and line.endswith(b"\n"):
        _, said, count, after = line.decode().strip().split(",")
        return End(int(count), said == "whole", after)
    return None


def _copied(lines: Iterator[bytes], sink: IO[bytes]) -> tuple[str, End | None]:
    """Copy all but the last line; return the place of the last row, and what the last line says.

    A line without its end is the beginning of one: where a connection is cut, it is left out.
    """
    place, end = "", None
    for line in lines:
        end = read_end(line)
        if end is None and line.endswith(b"\n"):
            sink.write(line)
            place = _place(line) or place
    sink.flush()
    return place, end


def _place(line: bytes) -> str:
    head = line[:40].removeprefix(b'{"place": ').partition(b",")[0].decode("ascii", "replace")
    return head if head.isdecimal() else ""


def _cut(after: str, end: End | None) -> Failure:
    why = "the store can't be read now" if end else "the connection was cut"
    again = f"the same with --after {after}" if after else "the same again"
    return Failure(f"the export is not whole: {why}", again, Ending.UNREACHABLE)


@contextmanager
def _sink(out: Path | None) -> Iterator[IO[bytes]]:
    if out is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise Failure(
            f"{out} can't be written: {error.strerror}", "--out FILE in a folder of yours"
        ) from None
