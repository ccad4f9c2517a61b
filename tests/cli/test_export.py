"""Writing an export down, and noticing when the rest is missing."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tandemgate.cli.call import Call
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.export import Format, What, export, read_end, rows
from tandemgate.cli.gateway import Gateway

ROWS = [b'{"place": 9, "event_id": "b"}\n', b'{"place": 7, "event_id": "a"}\n']
TABLE = [b"place,event_id\n", b"9,b\n", b"7,a\n"]
WHOLE = b'{"end": {"rows": 2, "whole": true, "after": null}}\n'


class Told(Gateway):
    """A gateway that answers these lines; ``asked`` is what it was asked."""

    def __init__(self, *lines: bytes) -> None:
        super().__init__("http://127.0.0.1:9")
        self._lines = lines
        self.asked: dict[str, Any] = {}

    def lines(self, path: str, query: Mapping[str, object] | None = None) -> Iterator[bytes]:
        self.asked = {"path": path, **(query or {})}
        yield from self._lines


Captured: TypeAlias = pytest.CaptureFixture[bytes]


def exported(gateway: Gateway, form: Format = Format.JSONL, out: Path | None = None) -> None:
    """Export events."""
    export(Call(), gateway, What.EVENTS, form, {"state": "QUEUED", "q": None}, out=out)


def test_rows_are_written_as_they_come(capsysbinary: Captured) -> None:
    """Without the line that only says that this is all."""
    gateway = Told(*ROWS, WHOLE)
    exported(gateway)
    told = capsysbinary.readouterr()
    assert told.out == b"".join(ROWS)
    assert gateway.asked == {
        "path": "/api/export/events",
        "state": "QUEUED",
        "q": None,
        "format": "jsonl",
    }
    assert told.err == b"2 events\n"


def test_a_csv_keeps_its_header(capsysbinary: Captured) -> None:
    """And loses its last line, which is no row."""
    exported(Told(*TABLE, b"#end,whole,2,\n"), Format.CSV)
    assert capsysbinary.readouterr().out == b"".join(TABLE)


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        (Format.JSONL, [*ROWS]),
        (Format.JSONL, [*ROWS, b'{"place": 6, "ev']),
        (Format.JSONL, [*ROWS, WHOLE[:-2]]),
        (Format.CSV, [*TABLE]),
        (Format.CSV, [*TABLE, b"6,x"]),
        (Format.CSV, [*TABLE, b"#end,whole,2"]),
    ],
)
def test_a_cut_connection_is_noticed_and_says_how_to_go_on(
    capsysbinary: Captured, form: Format, lines: list[bytes]
) -> None:
    """Half of a ledger must not pass for all of it; what came is whole lines."""
    with pytest.raises(Failure, match="not whole: the connection was cut") as refused:
        exported(Told(*lines), form)
    assert refused.value.ending is Ending.UNREACHABLE
    assert refused.value.way_out == "the same with --after 7"
    assert capsysbinary.readouterr().out == b"".join(lines[: 3 if form is Format.CSV else 2])


def test_a_store_that_failed_on_the_way_is_told(capsysbinary: Captured) -> None:
    """The gateway knows where to go on."""
    del capsysbinary
    end = b'{"end": {"rows": 2, "whole": false, "after": 7}}\n'
    with pytest.raises(Failure, match="the store can't be read now") as refused:
        exported(Told(*ROWS, end))
    assert refused.value.way_out == "the same with --after 7"


def test_nothing_came_at_all(capsysbinary: Captured) -> None:
    """Then there is no place to go on after."""
    del capsysbinary
    with pytest.raises(Failure) as refused:
        exported(Told())
    assert refused.value.way_out == "the same again"


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    """Whoever watches the folder takes no half of it."""
    out = tmp_path / "events.jsonl"
    with pytest.raises(Failure):
        exported(Told(*ROWS), out=out)
    assert not out.exists()
    assert (tmp_path / "events.jsonl.part").read_bytes() == b"".join(ROWS)
    exported(Told(*ROWS, WHOLE), out=out)
    assert out.read_bytes() == b"".join(ROWS)
    with pytest.raises(Failure, match="can't be written"):
        exported(Told(*ROWS, WHOLE), out=tmp_path / "nowhere" / "x")


def test_programs_read_rows() -> None:
    """And are told when they are not all."""
    assert list(rows(Told(*ROWS, WHOLE), What.EVENTS, {})) == [json.loads(row) for row in ROWS]
    with pytest.raises(Failure):
        list(rows(Told(*ROWS), What.EVENTS, {}))


def test_a_row_is_no_end() -> None:
    """An event_id may be anything that can be printed."""
    assert read_end(b"9,#end\n") is None
    assert read_end(ROWS[0]) is None


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%b\r\n" % (len(b"".join(ROWS)), b"".join(ROWS))
REFUSED = (
    b'{"problems": [{"reason": "parameter_invalid", "field": "query since", "received": "x", '
    b'"expected": "a number", "fix": "say one"}]}'
)


@contextmanager
def peer(answer: bytes) -> Iterator[str]:
    """A server that gives one answer and hangs up; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("rest", [b"", b"50\r\n" + WHOLE[:9], b"ff", b"0\r\n\r\n"])
def test_a_connection_that_is_cut_on_the_way_is_noticed(
    rest: bytes, capsysbinary: Captured
) -> None:
    """Wherever it is cut: between two chunks, in one, or by a proxy that ends it politely."""
    answer = HEAD + CHUNK + rest
    with peer(answer) as url, Gateway(url) as gateway, pytest.raises(Failure) as refused:
        exported(gateway)
    assert refused.value.way_out == "the same with --after 7"
    assert capsysbinary.readouterr().out == b"".join(ROWS)


def test_a_refusal_is_told_as_any_other(capsysbinary: Captured) -> None:
    """A filter that does not exist exports nothing."""
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(REFUSED)
    wrong = pytest.raises(Failure, match="parameter_invalid")
    with peer(head + REFUSED) as url, Gateway(url) as gateway, wrong:
        exported(gateway)
    assert capsysbinary.readouterr().out == b""
