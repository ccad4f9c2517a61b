"""The gateway, which on SIGUSR1 tells what it remembers: ``python -m tests.privacy.remembering …``.

It looks at every object that Python's collector can reach. So that it finds nothing but what came
over HTTP, the marks that it looks for stand in this module backwards, and texts are turned around.
"""

import gc
import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

from msgspec import Struct

from tandemgate.cli.main import run

TOLD_IN: Final = "remembered.json"
MARKS_BACKWARDS: Final = (
    "iranak",  # the emails, the external_id, the last name, the city
    "allenir" + "iuq",
    "7391" + "0555671",
    "kz79" + "xq",
    "kcilcy" + "ranac",
    "pttyr" + "anac",
    "resworby" + "ranac",
    "eeff0c77-noi" + "sses",
)


def remembered() -> Counter[str]:
    """Count what holds a mark: the type of the text, and of what refers to it."""
    gc.collect()
    return Counter(f"{type(text).__name__} in {_holders(text)}" for text in _marked())


def _marked() -> Iterator[str | bytes | bytearray]:
    for text in _texts():
        turned = (text if isinstance(text, str) else text.decode("latin-1"))[::-1].lower()
        if any(mark in turned for mark in MARKS_BACKWARDS):
            yield text


def _texts() -> Iterator[str | bytes | bytearray]:
    """Every text that is reachable from an object of the collector, once."""
    waiting = gc.get_objects()
    seen = {id(waiting)}
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, (str, bytes, bytearray)):
            yield one
        waiting.extend(gc.get_referents(one))
        if isinstance(one, Struct):  # some of them are hidden from the collector
            waiting.extend(getattr(one, name) for name in one.__struct_fields__)


def _holders(text: object) -> str:
    return ", ".join(sorted({type(holder).__name__ for holder in gc.get_referrers(text)}))


def _tell(_number: int, _frame: FrameType | None) -> None:
    unfinished = Path(f"{TOLD_IN}.new")
    unfinished.write_text(json.dumps(remembered()), "utf-8")
    unfinished.rename(TOLD_IN)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _tell)
    sys.exit(run(sys.argv[1:]))
