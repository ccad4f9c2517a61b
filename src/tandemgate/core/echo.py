"""TikTok's words may repeat what it was told; what they only repeat is not kept.

A refusal can quote the field that it is about, and a proxy's page the whole request with its
access token. :func:`tandemgate.core.answer.redact` knows how emails and phones look, but nobody
knows how a cookie or a user agent looks: those are known by having been sent.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from tandemgate.catalog.codes import OK
from tandemgate.core.answer import read_answer
from tandemgate.model.delivery import Answered, Reply, TrackRequest

ECHO: Final = "[as sent]"
SHORTEST: Final = 6
"""Characters; a city of five letters is also a word of TikTok's own."""

LONGEST: Final = 16 * 1024
"""Bytes that are looked at of what is no answer; four times of what is kept of it."""


def without_echo(reply: Reply, request: TrackRequest) -> Reply:
    """Take out of *reply* what *request* told about people, and its token, however written."""
    if not isinstance(reply, Answered):
        return reply
    said = read_answer(reply.body)
    if said.code == OK and len(said.message) < SHORTEST:
        return reply  # as nearly always
    echoes = _Echoes(_told(request))
    if said.code is None:
        text = reply.body[:LONGEST].decode(errors="replace")
        return replace(reply, body=echoes.removed(text).encode())
    try:
        clean = echoes.removed_below(json.loads(reply.body))
    except RecursionError:  # nobody needs an answer of a thousand levels
        clean = {"code": said.code, "message": echoes.removed(said.message)}
    return replace(reply, body=json.dumps(clean, ensure_ascii=False).encode())


class _Echoes:
    """Finds any of *values*: as it is, and by its letters and digits alone."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted({value.lower() for value in values}, key=len, reverse=True)
        self._bare = {bare for bare in map(_bare, self._values) if len(bare) >= SHORTEST}

    def removed(self, text: str) -> str:
        """Replace what is as it was sent; drop a *text* that holds it in another spelling."""
        lower, left = text.lower(), text
        for value in self._values:
            if value in lower:
                left = re.sub(re.escape(value), ECHO, left, flags=re.IGNORECASE)
        bare = _bare(_unescaped(left))
        return ECHO if any(value in bare for value in self._bare) else left

    def removed_below(self, value: object) -> object:
        """Do so for each string in decoded JSON."""
        match value:
            case str():
                return self.removed(value)
            case list():
                return [self.removed_below(member) for member in value]
            case dict():
                return {
                    self.removed(name): self.removed_below(part) for name, part in value.items()
                }
            case _:
                return value


def _told(request: TrackRequest) -> Iterator[str]:
    yield request.access_token.reveal()
    for event in json.loads(request.body)["data"]:
        for part in ("user", "page"):
            yield from _texts(event.get(part, {}).values())


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield from _texts(value)
        elif isinstance(value, str) and len(value) >= SHORTEST:
            yield value


def _unescaped(text: str) -> str:
    return unquote(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
