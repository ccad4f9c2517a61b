"""Logs: one event name and named fields, by allow-list, as JSON lines or for people."""

import logging
import select
from collections.abc import Callable
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

FIELDS: Final = frozenset(
    """
    event level timestamp
    batch_id cause channel code error events held_for http_status key latency_ms library message
    method operation path pixel pixels probe_in probes reason request_id route state status steady
    store url version
    verdict
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""The only names that a line may carry. What they hold was made by us, or is redacted."""

ORDER: Final = {"timestamp": 0, "level": 1, "event": 2}
HARMLESS: Final = (str, int, float, bool, type(None))


class Lines:
    """Writes lines to a stream, and goes on when the stream can't take one; *lost* hears of it."""

    def __init__(self, stream: TextIO, lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost
        self._takes_more = _probe(stream)

    def msg(self, line: str) -> None:
        """Write one line; a full disk, a closed pipe or one that nobody reads costs no event."""
        try:
            if self._takes_more():
                self._stream.write(f"{line}\n")
                self._stream.flush()
            else:
                self._lost()
        except (OSError, ValueError):
            self._lost()

    debug = info = warning = error = critical = msg


def _probe(stream: TextIO) -> Callable[[], bool]:
    """Return what tells whether *stream* takes a line without making the event loop wait.

    A pipe counts as writable when it has room for PIPE_BUF bytes (4096), which is more than a line.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return lambda: True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return lambda: bool(poll.poll(0))


def make_log(
    stream: TextIO,
    *,
    for_people: bool,
    dropped: Callable[[int], None],
    lost: Callable[[], None],
) -> FilteringBoundLogger:
    """Make a logger; *dropped* hears how many fields were kept out of a line.

    *lost* hears of each line that the stream could not take.
    """

    def allow(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
        kept: dict[str, Any] = {
            name: value if isinstance(value, HARMLESS) else type(value).__name__
            for name, value in _event_first(fields)
            if name in FIELDS and value is not None
        }
        if len(kept) < sum(value is not None for value in fields.values()):
            dropped(len(fields.keys() - FIELDS))
        return kept

    render: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    )
    log: FilteringBoundLogger = structlog.wrap_logger(
        Lines(stream, lost),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow,
            render,
        ],
        context_class=dict,
    )
    return log


def _event_first(fields: EventDict) -> list[tuple[str, Any]]:
    """In the order in which a person reads: when, how bad, what, and then the rest."""
    return sorted(fields.items(), key=lambda field: ORDER.get(field[0], len(ORDER)))
