"""One thread may be let in before others; and where the system minds, nothing happens at all."""

import ctypes
import os
import platform
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from tandemgate.wiring import haste
from tandemgate.wiring.haste import SLICE, hasten, may_hasten

GETTERS: Final = {"x86_64": 315, "aarch64": 275}
"""Numbers of sched_getattr."""

ATTRIBUTES: Final = struct.Struct("=IIQiIQQQII")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in GETTERS, reason="Linux has these calls"
)


def slice_of(thread: int) -> tuple[int, int]:
    """The turn that a thread is granted in nanoseconds, and its niceness."""
    told = ctypes.create_string_buffer(ATTRIBUTES.size)
    call = GETTERS[platform.machine()]
    assert ctypes.CDLL(None).syscall(call, thread, told, ATTRIBUTES.size, 0) == 0
    _, _, _, nice, _, runtime, *_ = ATTRIBUTES.unpack(told.raw)
    return runtime, nice


def children() -> set[str]:
    """The processes that this one has made and not asked about since."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {pid for file in listed for pid in file.read_text("ascii").split()}


def test_the_named_thread_gets_short_turns_and_no_other() -> None:
    """It goes first, and gets no more than before."""
    end, ids = threading.Event(), []
    threads = [threading.Thread(target=end.wait, name=name) for name in ("writer", "reader")]
    for thread in threads:
        thread.start()
        ids.append(thread.native_id or 0)
    before = [slice_of(one) for one in ids]
    hasten("writer")
    writer, reader = (slice_of(one) for one in ids)
    end.set()
    for thread in threads:
        thread.join()
    assert writer[1] == before[0][1]
    assert reader == before[1]
    if writer[0]:  # systems before Linux 6.12 tell nothing, and do nothing
        assert writer[0] == SLICE


def test_it_is_tried_by_somebody_else() -> None:
    """And nobody is left of them."""
    before = children()
    assert may_hasten()
    assert children() <= before


def test_a_system_that_kills_for_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter of system calls ends the process that makes one: not the gateway."""

    def killed(_thread: int) -> bool:
        os.kill(os.getpid(), signal.SIGSYS)
        return True

    monkeypatch.setattr(haste, "_hasten", killed)
    assert not may_hasten()
    monkeypatch.setattr(haste, "_hasten", lambda _thread: False)
    assert not may_hasten()
    monkeypatch.setattr(haste, "_CALLS", {})
    assert not may_hasten()
