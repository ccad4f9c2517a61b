"""What is recognized as a plain request is what a full HTTP parser reads, or it is left to it."""

from typing import Any

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandemgate.web.plain import LARGEST_HEAD, Heads, read_plain

ADDRESSES = {b"/v1/events"}
LARGEST = 1000
HEADERS = {
    b"Host": b"gateway.example",
    b"Authorization": b"Bearer sk_1",
    b"Content-Type": b"application/json",
    b"Accept-Encoding": b"gzip, deflate",
    b"X-Empty": b"",
}
BODY = b'{"data":[]}'


def request(*more: bytes, body: bytes = BODY, length: bytes | None = None) -> bytes:
    """Write one as clients do."""
    lines = [b"%b: %b" % header for header in HEADERS.items()]
    stated = b"Content-Length: %b" % (length or str(len(body)).encode())
    return b"\r\n".join([b"POST /v1/events HTTP/1.1", *lines, stated, *more, b"", body])


def test_what_clients_send_is_plain() -> None:
    """Nearly every event comes like this."""
    came = request() + b"POST"
    plain = read_plain(came, ADDRESSES, LARGEST)
    assert plain is not None
    assert came[plain.starts : plain.ends] == BODY
    assert plain.path == b"/v1/events"
    assert plain.headers == {name.lower(): value for name, value in HEADERS.items()}


def test_a_body_may_be_on_its_way() -> None:
    """Its end is known before it is here."""
    came = request(body=b"x" * 900)
    plain = read_plain(came[:-600], ADDRESSES, LARGEST)
    assert plain is not None
    assert plain.ends == len(came)


ODD = {
    "another method": request().replace(b"POST", b"PUT"),
    "another address": request().replace(b"/v1/events", b"/v1/collect"),
    "a query": request().replace(b"/v1/events", b"/v1/events?a=1"),
    "HTTP/1.0": request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "half a head": request().partition(b"Content-Type")[0],
    "no length": request().replace(b"Content-Length", b"X-Length"),
    "a length twice": request(b"Content-Length: 3"),
    "a length that is none": request(length=b"+11"),
    "a length in words": request(length=b"11, 11"),
    "a negative length": request(length=b"-1"),
    "a length too large": request(length=b"1001"),
    "a length of many digits": request(length=b"00000000011"),
    "chunks": request(b"Transfer-Encoding: chunked"),
    "a coding": request(b"transfer-encoding : identity"),
    "an expectation": request(b"Expect: 100-continue"),
    "an upgrade": request(b"Connection: Upgrade", b"Upgrade: websocket"),
    "the last request": request(b"Connection: close"),
    "a header twice": request(b"Host: other.example"),
    "a folded header": request(b"X-Long: one\r\n two"),
    "a header without a name": request(b": value"),
    "a space before the colon": request(b"X-Odd : value"),
    "a bare line feed": request(b"X-Odd: one\nContent-Length: 3"),
    "a bare carriage return": request(b"X-Odd: one\rtwo"),
    "a NUL": request(b"X-Odd: one\0two"),
    "line feeds alone": request().replace(b"\r\n", b"\n"),
    "an empty line before": b"\r\n" + request(),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
    "nothing": b"",
    "a head that is too large": request(b"X-Long: " + b"x" * LARGEST_HEAD),
}


@pytest.mark.parametrize("came", ODD.values(), ids=list(ODD))
def test_whatever_is_odd_is_left_to_a_full_parser(came: bytes) -> None:
    """Where two readers could disagree about where a request ends, one of them must not guess."""
    assert read_plain(came, ADDRESSES, LARGEST) is None


class Judge:
    """A full parser, and what it read."""

    def __init__(self, came: bytes) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.url = self.body = b""
        self.messages = 0
        self._parser: Any = httptools.HttpRequestParser(self)
        self._parser.feed_data(came)
        self.method = self._parser.get_method()
        self.keeps = self._parser.should_keep_alive()
        self.upgrades = self._parser.should_upgrade()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.messages += 1


MARKS = [b"\r\n", b"\n", b":", b" ", b"\t", b"\0", b"Content-Length: 4\r\n", b"close", b"chunked"]
MARKS += [b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"\xe9", b"0", b"A"]


def odd(data: st.DataObject, came: bytes) -> bytes:
    """Change a byte or a line somewhere in the head."""
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, came.find(b"{"))))
        gone = data.draw(st.integers(0, 12))
        came = came[:at] + data.draw(st.sampled_from(MARKS)) + came[at + gone :]
    return came


@given(st.data())
def test_a_head_is_read_alike_whatever_came_before_it(data: st.DataObject) -> None:
    """Heads of one connection are remembered; that must never let one pass that is not plain."""
    heads, first = Heads(), request()
    if data.draw(st.booleans()):
        first = odd(data, first)
    second = data.draw(st.sampled_from([first, request(body=BODY * 4)]))
    if data.draw(st.booleans()):
        second = odd(data, second)
    for came in (first, second, first):
        assert heads.read(came, ADDRESSES, LARGEST) == read_plain(came, ADDRESSES, LARGEST)


@pytest.mark.parametrize("came", ODD.values(), ids=ODD)
def test_a_plain_head_lets_nothing_odd_pass_behind_it(came: bytes) -> None:
    """The same lines, one of them changed."""
    heads = Heads()
    assert heads.read(request(), ADDRESSES, LARGEST) is not None
    assert heads.read(came, ADDRESSES, LARGEST) is None


def test_a_head_that_tells_the_length_elsewhere_is_alike() -> None:
    """Only the place of one line differs."""
    heads, came = Heads(), request(body=BODY * 3)
    assert heads.read(request(), ADDRESSES, LARGEST) is not None
    first = came.replace(b"\r\nContent-Length: 33", b"")
    first = first.replace(b"HTTP/1.1", b"HTTP/1.1\r\ncontent-length:  33\t", 1)
    plain = heads.read(first, ADDRESSES, LARGEST)
    assert plain == read_plain(first, ADDRESSES, LARGEST)
    assert plain is not None
    assert first[plain.starts : plain.ends] == BODY * 3


@given(st.data())
@example(None)
def test_a_full_parser_reads_the_same(data: st.DataObject | None) -> None:
    """One byte more or less somewhere in the head, and still nobody disagrees."""
    came = request(body=b'{"data":[]}' * 3)
    if data is not None:
        came = odd(data, came)
    plain = read_plain(came, ADDRESSES, LARGEST)
    if plain is None or plain.ends > len(came):
        return
    judge = Judge(came[: plain.ends])
    assert (judge.method, judge.url, judge.messages) == (b"POST", plain.path, 1)
    assert judge.body == came[plain.starts : plain.ends]
    told = {name: value.strip(b" \t") for name, value in judge.headers.items()}
    assert int(told.pop(b"content-length")) == plain.ends - plain.starts
    assert told == plain.headers
    assert judge.keeps
    assert not judge.upgrades
