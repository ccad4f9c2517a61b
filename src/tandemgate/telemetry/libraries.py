"""What libraries and Python itself say, passed on without any value that they say it with.

A warning may quote the request that it is about, and a traceback the text that could not be read.
So what is logged is written by programmers alone: who speaks, where in the code, and a message only
if it stands there as it is.
"""

import contextlib
import inspect
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import PurePath
from types import FrameType, TracebackType
from typing import Final

from structlog.typing import FilteringBoundLogger

PYTHON: Final = "python"


class Libraries(logging.Handler):
    """Passes on what libraries log."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log the template of a message, since its arguments, or a composed one, may quote."""
        error, _, trace = record.exc_info or (None, None, None)
        place = _origin(trace) if trace else _place(record.pathname, record.lineno)
        self._log.warning(
            "library",
            library=_known(record.name),
            message=_written(record) or place,
            error=error and error.__name__,
        )


@contextlib.contextmanager
def libraries_logged(log: FilteringBoundLogger) -> Iterator[None]:
    """Let *log* carry what libraries and Python say, for as long as the gateway runs."""
    handler, root = Libraries(log), logging.getLogger()

    def warned(
        message: Warning | str,  # noqa: ARG001 - it may quote
        category: type[Warning],
        filename: str,
        lineno: int,
        *_: object,
        **__: object,
    ) -> None:
        place = _place(filename, lineno)
        log.warning("library", library=PYTHON, message=place, error=category.__name__)

    def failed(failure: "sys.UnraisableHookArgs | threading.ExceptHookArgs") -> None:
        place = _origin(failure.exc_traceback)
        log.error("library", library=PYTHON, message=place, error=failure.exc_type.__name__)

    before = warnings.showwarning, sys.unraisablehook, threading.excepthook
    root.addHandler(handler)
    warnings.showwarning, sys.unraisablehook, threading.excepthook = warned, failed, failed
    try:
        yield
    finally:
        root.removeHandler(handler)
        warnings.showwarning, sys.unraisablehook, threading.excepthook = before


def _known(name: str) -> str:
    """A module's name, or its package's; a logger may be called anything."""
    names = (name, name.partition(".")[0], "a library")
    return next(one for one in names if one in sys.modules or one == names[-1])


def _written(record: logging.LogRecord) -> str:
    """The first line of the message if it stands so in the code that logs it, else ""."""
    frame = _caller(record, inspect.currentframe())
    if frame is None or not isinstance(record.msg, str):
        return ""
    return record.msg.strip().partition("\n")[0] if record.msg in frame.f_code.co_consts else ""


def _caller(record: logging.LogRecord, frame: FrameType | None) -> FrameType | None:
    while frame is not None and (frame.f_code.co_filename, frame.f_lineno) != (
        record.pathname,
        record.lineno,
    ):
        frame = frame.f_back
    return frame


def _origin(trace: TracebackType | None) -> str:
    """The place where an exception came from."""
    if trace is None:
        return "somewhere"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return _place(trace.tb_frame.f_code.co_filename, trace.tb_lineno)


def _place(path: str, line: int) -> str:
    return f"at {PurePath(path).name}:{line}"
