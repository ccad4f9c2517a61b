"""For tests: nothing leaves, and the test sees what would have been sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tandemgate.client.writing import ATTACH, CONSENT, EVENTS, Item


class Captured(list[dict[str, Any]]):
    """The events, as they stand in ``data``; ``attached`` and ``decisions`` are further bodies."""

    def __init__(self) -> None:
        super().__init__()
        self.attached: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []


_captures: Final[list[Captured]] = []


@contextmanager
def captured_events() -> Iterator[Captured]:
    """Keep what all clients of this process report meanwhile, in any thread, from leaving it."""
    captured = Captured()
    _captures.append(captured)
    try:
        yield captured
    finally:
        _captures.remove(captured)


def capture(item: Item) -> bool:
    """Keep *item* for the innermost test that captures; false if none does."""
    if not _captures:
        return False
    captured = _captures[-1]
    kept = {EVENTS: captured, ATTACH: captured.attached, CONSENT: captured.decisions}
    kept[item.address].append(json.loads(item.content))
    return True
