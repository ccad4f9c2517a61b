"""The gateway with mistakes and leaks in it, which events meet by their event_id.

A mistake is what the gateway must survive without a word about the person; a leak is what the
search must find, or it proves nothing. It is run as ``python -m tests.privacy.planted serve``.
"""

import asyncio
import gc
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins

from tandemgate.cli.main import run
from tandemgate.core.pipeline import process
from tandemgate.core.reading import stated
from tandemgate.model.event import RawEvent
from tandemgate.model.outcome import Processed
from tandemgate.web import desk

Plant = Callable[[str], None]


def _raised(said: str) -> None:
    raise RuntimeError(said)


def _raised_from_another(said: str) -> None:
    try:
        _raised(said)
    except RuntimeError as error:
        raise OSError(28, said) from error


def _warned(said: str) -> None:
    warnings.warn(said, stacklevel=2)


def _logged_as_template(said: str) -> None:
    logging.getLogger("library").warning(f"can't read {said}")  # noqa: G004 - as libraries do


def _logged_with_values(said: str) -> None:
    logging.getLogger(f"library.{said}").error("can't read %s", said)


def _logged_with_traceback(said: str) -> None:
    try:
        _raised(said)
    except RuntimeError:
        logging.getLogger("library").exception("can't read it")


def _task_failed(said: str) -> None:
    async def fail() -> None:
        raise ValueError(said)

    # Nobody waits for it, so that asyncio says so when it is collected.
    asyncio.get_running_loop().create_task(fail(), name=said).add_done_callback(
        lambda _: asyncio.get_running_loop().call_later(0.01, gc.collect)
    )


def _callback_failed(said: str) -> None:
    asyncio.get_running_loop().call_soon(_raised, said)


def _thread_failed(said: str) -> None:
    threading.Thread(target=_raised, args=(said,), name=said).start()


class _Fragile:
    def __init__(self, said: str) -> None:
        self.said = said

    def __del__(self) -> None:
        raise ValueError(self.said)

    def __repr__(self) -> str:
        return self.said


def _collected(said: str) -> None:
    _Fragile(said)


MISTAKES: Final[dict[str, Plant]] = {
    "raised": _raised,
    "raised from another": _raised_from_another,
    "warned": _warned,
    "logged as template": _logged_as_template,
    "logged with values": _logged_with_values,
    "logged with traceback": _logged_with_traceback,
    "task failed": _task_failed,
    "callback failed": _callback_failed,
    "thread failed": _thread_failed,
    "failed when collected": _collected,
}
"""What may go wrong with a text in hand, as Python and its libraries do."""


def _printed(said: str) -> None:
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def _said(said: str) -> None:
    sys.stderr.write(f'{{"event": "request", "message": "{said}"}}\n')


def _filed(said: str) -> None:
    Path("dump.bin").write_bytes(said.encode("utf-16"))


LEAKS: Final[dict[str, Plant]] = {"printed": _printed, "said": _said, "filed": _filed}
"""Ways around everything that the gateway does about it."""


PLANTS: Final = MISTAKES | LEAKS


def event_id(what: str) -> str:
    """The event_id of an event that meets *what*."""
    return f"planted {what}"


def _process(raw: RawEvent, *rest: Any) -> Processed:  # noqa: ANN401 - as it takes them
    for what, plant in PLANTS.items():
        if stated(raw.item, "event_id") == event_id(what):
            plant(str(to_builtins(raw.item, str_keys=True)))
    return process(raw, *rest)


if __name__ == "__main__":
    vars(desk)["process"] = _process
    sys.exit(run(sys.argv[1:]))
