"""Recognizing plain requests: a POST that is whole and has nothing odd about its head.

Nearly every event comes in one. What is recognized here is a strict part of HTTP/1.1 that leaves no
room for a doubt where a request ends (RFC 9112, 6.3): one Content-Length and no transfer coding,
each header field once and on its own line, no control characters. Whatever else comes is left, byte
for byte, to a full HTTP server.
"""

import re
from collections.abc import Container, Mapping
from typing import Final, NamedTuple

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of request line and headers."""

_HEAD: Final = re.compile(
    rb"POST ([!-~]+) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
_NOT_PLAIN: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
_LENGTH: Final = re.compile(rb"\r\n[Cc]ontent-[Ll]ength:[ \t]*([0-9]{1,7})[ \t]*(?=\r\n)")
_LONGEST_LENGTH: Final = 7
"""Digits of a Content-Length; a body of more bytes is refused by whoever reads it."""


_END: Final = b"\r\n\r\n"


class Plain(NamedTuple):
    """A plain request in the bytes that begin with it: its body ``starts`` and ``ends`` there.

    ``headers`` are without Content-Length, which says nothing else.
    """

    path: bytes
    headers: Mapping[bytes, bytes]
    starts: int
    ends: int


class Heads:
    """Reads the plain requests of one connection, as :func:`read_plain` does.

    Who sends many writes the same head each time, but for the length of the body. So one that is
    plain stays so, whatever line tells the length, and is not read again.
    """

    __slots__ = ("_alike", "_headers", "_path")

    def __init__(self) -> None:
        self._alike = self._path = b""
        self._headers: Mapping[bytes, bytes] = {}

    def read(self, came: bytes, addresses: Container[bytes], largest: int) -> Plain | None:
        """Recognize the request with which *came* begins."""
        ends = came.find(_END, 0, LARGEST_HEAD)
        length = _LENGTH.search(came, 0, ends + 2) if ends > 0 else None
        if length is None:
            return read_plain(came, addresses, largest)
        alike = came[: length.start()] + came[length.end() : ends]
        starts, size = ends + len(_END), int(length[1])
        if alike == self._alike and size <= largest:
            return Plain(self._path, self._headers, starts, starts + size)
        plain = read_plain(came, addresses, largest)
        if plain is not None:
            self._alike, self._path, self._headers = alike, plain.path, plain.headers
        return plain


def read_plain(came: bytes, addresses: Container[bytes], largest: int) -> Plain | None:
    """Recognize the request to one of *addresses* whose head is whole in *came*.

    ``None`` is for whatever is not plain, also a head that is not whole yet and a body of more than
    *largest* bytes.
    """
    head = _HEAD.match(came)
    if head is None or head[1] not in addresses or head.end() > LARGEST_HEAD:
        return None
    lines = head[2].split(b"\r\n")
    headers: dict[bytes, bytes] = {}
    for line in lines[:-1]:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip(b" \t")
    known = len(headers)
    length = headers.pop(b"content-length", b"")
    if (
        known != len(lines) - 1
        or not (length.isdigit() and len(length) <= _LONGEST_LENGTH)
        or not _NOT_PLAIN.isdisjoint(headers)
        or headers.get(b"connection", b"keep-alive").lower() != b"keep-alive"
    ):
        return None
    size = int(length)
    starts = head.end()
    return Plain(head[1], headers, starts, starts + size) if size <= largest else None
