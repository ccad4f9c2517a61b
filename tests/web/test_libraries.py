"""What libraries and Python say is passed on by who, where and what kind, and never by value."""

import asyncio
import gc
import io
import json
import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tandemgate.telemetry import Telemetry, libraries_logged
from tandemgate.telemetry.log import FIELDS

NAME = "jane@example.com"
library = logging.getLogger("asyncio")


class Fragile:
    """Fails when it is collected."""

    def __del__(self) -> None:
        raise ValueError(NAME)


async def fail() -> None:
    """Be a task that nobody waits for."""
    raise LookupError(NAME)


async def forget_a_task() -> None:
    """Let a task fail unseen."""
    task = asyncio.ensure_future(fail())
    await asyncio.wait({task})


def fail_in_a_thread() -> None:
    """Let a thread end with an exception."""

    def work() -> None:
        raise KeyError(NAME)

    thread = threading.Thread(target=work, name=NAME)
    thread.start()
    thread.join()


def log_a_traceback() -> None:
    """Log as libraries do in an except clause."""
    try:
        int(NAME)
    except ValueError:
        library.exception("could not read it\nand more")


def lose_a_task() -> None:
    """Run a loop whose task fails unseen."""
    with asyncio.Runner() as runner:
        runner.run(forget_a_task())
    gc.collect()


SAID: dict[str, tuple[Callable[[], object], dict[str, object]]] = {
    "a template": (
        lambda: library.warning("could not read %s", NAME),
        {"library": "asyncio", "message": "could not read %s"},
    ),
    "a composed text": (
        lambda: library.error(f"could not read {NAME}"),
        {"library": "asyncio"},
    ),
    "an object": (lambda: library.error(ValueError(NAME)), {"library": "asyncio"}),
    "a name": (
        lambda: logging.getLogger(NAME).error("gone"),
        {"library": "a library", "message": "gone"},
    ),
    "a traceback": (log_a_traceback, {"message": "could not read it", "error": "ValueError"}),
    "a warning": (
        lambda: warnings.warn(NAME, RuntimeWarning, stacklevel=1),
        {"library": "python", "error": "RuntimeWarning"},
    ),
    "a thread": (fail_in_a_thread, {"library": "python", "error": "KeyError"}),
    "a finalizer": (Fragile, {"library": "python", "error": "ValueError"}),
    "a forgotten task": (lose_a_task, {"library": "asyncio", "error": "LookupError"}),
}


@pytest.mark.parametrize(("say", "told"), SAID.values(), ids=list(SAID))
@pytest.mark.filterwarnings("always")
def test_a_library_is_passed_on_without_what_it_quotes(
    say: Callable[[], object], told: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of these would print the text of an exception, which holds what it is about."""
    stream = io.StringIO()
    with warnings.catch_warnings(), libraries_logged(Telemetry(stream).log):
        say()
    (line,) = lines(stream)
    assert line | told == line
    assert line.keys() <= FIELDS
    assert (NAME in stream.getvalue(), capsys.readouterr()) == (False, ("", ""))


@pytest.mark.filterwarnings("always")
def test_a_place_in_the_code_says_where_to_look() -> None:
    """Without a message a line must still be of use."""
    stream = io.StringIO()
    with warnings.catch_warnings(), libraries_logged(Telemetry(stream).log):
        lose_a_task()
        warnings.warn(NAME, stacklevel=1)
    assert all(line["message"].startswith("at test_libraries.py:") for line in lines(stream))


def test_afterwards_everything_is_as_before() -> None:
    """A gateway in a test leaves nothing behind."""
    stream = io.StringIO()
    before = (warnings.showwarning, threading.excepthook, list(logging.getLogger().handlers))
    with libraries_logged(Telemetry(stream).log):
        pass
    library.warning("not any more")
    after = (warnings.showwarning, threading.excepthook, list(logging.getLogger().handlers))
    assert (stream.getvalue(), before) == ("", after)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]
