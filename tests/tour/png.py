"""Smaller pictures: the 256 commonest colours of a screenshot are all that anybody sees of it.

Chromium writes PNG quickly rather than tightly, at three times the size. Formats and filters are
those of https://www.w3.org/TR/png-3/.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, ...]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CHANNELS: Final = 3
RGB: Final = struct.pack(">BBBBB", 8, 2, 0, 0, 0)
PALETTE: Final = struct.pack(">BBBBB", 8, 3, 0, 0, 0)
MOST_COLOURS: Final = 256


def shrink(picture: bytes) -> bytes:
    """Write *picture*, a screenshot without transparency, with a palette."""
    chunks = [*_chunks(picture)]
    header = dict(chunks)[b"IHDR"]
    if header[8:] != RGB:
        raise ValueError(f"expected 8-bit RGB without interlacing, and {header[8:].hex()} came")
    width, _height = struct.unpack(">II", header[:8])
    packed = b"".join(data for kind, data in chunks if kind == b"IDAT")
    rows = [*_rows(zlib.decompress(packed), width * CHANNELS)]
    counted = Counter(colour for row in rows for colour in _colours(row))
    palette = [colour for colour, _ in counted.most_common(MOST_COLOURS)]

    @cache
    def nearest(colour: Colour) -> int:
        return min(range(len(palette)), key=lambda place: _distance(palette[place], colour))

    indexed = b"".join(b"\0" + bytes(map(nearest, _colours(row))) for row in rows)
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", header[:8] + PALETTE),
            _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
            _chunk(b"IDAT", zlib.compress(indexed, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(picture):
        size, kind = struct.unpack(">I4s", picture[place : place + 8])
        yield kind, picture[place + 8 : place + 8 + size]
        place += size + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(filtered: bytes, width: int) -> Iterator[bytes]:
    """Undo each row's filter; *width* in bytes."""
    above = bytearray(width)
    for start in range(0, len(filtered), width + 1):
        kind, row = filtered[start], bytearray(filtered[start + 1 : start + 1 + width])
        for place in range(width) if kind else ():
            left = row[place - CHANNELS] if place >= CHANNELS else 0
            corner = above[place - CHANNELS] if place >= CHANNELS else 0
            row[place] = (row[place] + _predicted(kind, left, above[place], corner)) & 0xFF
        yield bytes(row)
        above = row


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    paeth = min((left, above, corner), key=lambda one: abs(left + above - corner - one))
    return (0, left, above, (left + above) // 2, paeth)[kind]


def _colours(row: bytes) -> Iterator[Colour]:
    return zip(row[::3], row[1::3], row[2::3], strict=True)


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
