"""The end of a process: what waits is sent, for a bounded time, and nothing ends in silence."""

import subprocess
import sys
import threading
import time
from typing import NoReturn

import pytest

from tandemgate.client import Client
from tests.client.gateways import KEY, PIXEL, a_socket

PATIENCE = 60.0


def a_process(program: str, url: str) -> subprocess.CompletedProcess[str]:
    """Run a shop's process to its end."""
    head = f"URL, KEY, PIXEL = {url!r}, {KEY!r}, {PIXEL!r}\n"
    return subprocess.run(
        [sys.executable, "-c", head + program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


PROGRAMS = {
    "a script that ends": """
from tandemgate.client import Client
Client(URL, KEY, PIXEL).track("Search", event_id="s_1")
""",
    "a script that raises": """
from tandemgate.client import Client
client = Client(URL, KEY, PIXEL)
client.track("Search", event_id="s_1")
raise SystemExit(0)
""",
    "what is reported while the interpreter ends": """
import atexit
from tandemgate.client import Client
client = Client(URL, KEY, PIXEL)
atexit.register(lambda: client.track("Search", event_id="s_1"))
""",
    "a forked worker": """
import os, sys
from tandemgate.client import Client
client = Client(URL, KEY, PIXEL)
child = os.fork()
if child:
    os.waitpid(child, 0)
else:
    client.track("Search", event_id="s_1")
    sys.exit(0)
""",
    "a child of multiprocessing, which ends without Python's exit handlers": """
import multiprocessing
from tandemgate.client import Client
client = Client(URL, KEY, PIXEL)
def work():
    client.track("Search", event_id="s_1")
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_what_waits_at_the_end_is_sent_once(program: str) -> None:
    """A second's batching must not cost the last second's orders."""
    with a_socket() as gateway:
        done = a_process(program, gateway.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert gateway.event_ids == ["s_1"]


def test_where_no_thread_can_be_begun_the_end_sends_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python 3.12 and later begin none once the interpreter is ending."""

    def refusing(_thread: threading.Thread) -> NoReturn:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with a_socket() as gateway:
        client = Client(gateway.url, KEY, PIXEL)
        with monkeypatch.context() as ending:
            ending.setattr(threading.Thread, "start", refusing)
            assert client.track("Search", event_id="s_1")
        client.close(PATIENCE)
        assert gateway.event_ids == ["s_1"]


def test_the_end_is_not_held_up_for_long_and_says_what_is_lost() -> None:
    """A deploy must not hang on a gateway that is down, and its loss must not be silent."""
    began = time.monotonic()
    done = a_process(
        """
from tandemgate.client import Client, Limits
client = Client(URL, KEY, PIXEL, limits=Limits(ending=0.5))
client.track("Search", event_id="s_1", user={"email": "anna.canary@customer.example"})
client.track("Search", event_id="s_2")
""",
        "http://127.0.0.1:9",
    )
    assert time.monotonic() - began < PATIENCE
    assert done.returncode == 0
    assert "2 dropped: not_sent_in_time" in done.stderr
    assert "canary" not in done.stderr


def test_a_gateway_that_says_nothing_holds_up_nobody() -> None:
    """A connection that is accepted and never answered is the worst of them."""
    done = a_process(
        """
import socket
from tandemgate.client import Client, Limits
mute = socket.create_server(("127.0.0.1", 0))
url = "http://127.0.0.1:%d" % mute.getsockname()[1]
client = Client(url, KEY, PIXEL, limits=Limits(ending=0.3, timeout=600))
client.track("Search", event_id="s_1")
client.flush(0.1)
""",
        "",
    )
    assert (done.returncode, "1 dropped: not_sent_in_time" in done.stderr) == (0, True)
