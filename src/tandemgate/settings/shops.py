"""What does not fit about a ``[[sources]]`` entry."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tandemgate.settings.tree import Settings

_ADDRESS_PART: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_NAMED: Final = 'it is a part of an address; write letters, digits, - and _, like "main-shop"'
_EMPTY: Final = "is empty, so its orders go nowhere; list the ids of its pixels"


def source_misfits(settings: Settings) -> Iterator[tuple[str, str]]:
    """Say what does not fit: the key that it is about, and the words."""
    for (kind, name), times in Counter((one.kind, one.name) for one in settings.sources).items():
        if times > 1:
            said = f'have kind = "{kind}" and name = "{name}", which make one address'
            yield "sources", f"{times} of [[sources]] {said}; give each its own name"
    known = [pixel.id for pixel in settings.pixels]
    there = f"there are {', '.join(known)}" if known else "none is configured"
    for index, source in enumerate(settings.sources):
        at = f"sources.{index}"
        if not _ADDRESS_PART.fullmatch(source.name):
            yield f"{at}.name", f'{at}.name is "{source.name}", but {_NAMED}'
        if not source.pixels:
            yield f"{at}.pixels", f"{at}.pixels {_EMPTY}"
        for pixel in source.pixels:
            if pixel not in known:
                names = f'{at}.pixels names "{pixel}"'
                yield f"{at}.pixels", f"{names}, but no [[pixels]] has that id; {there}"
