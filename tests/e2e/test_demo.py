"""The demo, as a newcomer starts it: real processes, books that add up, nothing left behind.

It is run without a terminal here, as in a container or a pipe.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.e2e

TANDEMGATE = Path(sys.executable).with_name("tandemgate")
PATIENCE = 120.0
PROGRAMS = 3
"""The gateway, the simulated TikTok and the shop."""
TYPED = re.compile(
    r"^ +\S*tandemgate ((?:events (?:list|show)|pairs|quality|problems|trigger|explain).*)$",
    re.MULTILINE,
)
ANSI = "\x1b["
OUTCOMES = {"accepted", "duplicate", "suppressed", "noted", "conflict", "rejected"}
FUNNEL = {
    "ViewContent",
    "AddToCart",
    "InitiateCheckout",
    "CompletePayment",
    "SubmitForm",
    "Subscribe",
}


def minds_interrupts(pid: int) -> bool:
    """Whether the process has a handler for Ctrl-C now, as Python has from its first moment on."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


@contextmanager
def a_demo(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the demo below *folder*; whatever the test does, it is gone afterwards."""
    with subprocess.Popen(
        [TANDEMGATE, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; what is waited for lasts milliseconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline


def read_until(output: IO[str] | None, mark: str) -> str:
    """Read lines up to the one that holds *mark*, and return all of them."""
    assert output is not None
    read = ""
    for line in output:
        read += line
        if mark in line:
            return read
    raise AssertionError(read)


def children_of(pid: int) -> list[int]:
    """The process ids of the direct children of *pid*."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def read(address: str) -> str:
    """What a browser would get at *address*."""
    with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - a loopback address of ours
        return str(answer.read(), "utf-8")


def runs(pid: int) -> bool:
    """Whether *pid* is a process that still runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def none_runs(pids: list[int]) -> bool:
    """Wait until none of *pids* runs; False if that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while any(map(runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(runs, pids))


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What one whole demo says, for programs."""
    done = subprocess.run(
        [TANDEMGATE, "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_received_event_has_one_outcome(told: dict[str, Any]) -> None:
    """No event without an outcome is the product's first promise."""
    outcomes = told["outcomes"]
    assert told["received"] == sum(outcomes.values()) > 200
    assert set(outcomes) == OUTCOMES
    assert (outcomes["duplicate"], outcomes["conflict"]) == (1, 1)


def test_every_action_is_counted_once(told: dict[str, Any]) -> None:
    """Two copies arrived of many actions, and TikTok counts each action once."""
    assert told["adds_up"]
    assert all(check["holds"] for check in told["checks"])
    assert told["conversions"] == told["server_copies"] == told["outcomes"]["accepted"]
    assert told["in_two_copies"] == told["pixel_copies"] > 50
    assert set(told["delivered"]) == FUNNEL


def test_the_pixels_copies_and_the_gateways_meet(told: dict[str, Any]) -> None:
    """It is what the product is for; the one page with a fault is found, the rest are pairs."""
    pairs = told["pairs"]
    assert set(pairs) == {"paired", "server_only", "kept_back", "content_differs"}
    assert pairs["content_differs"] == 1
    assert pairs["paired"] + 1 == told["in_two_copies"] == told["pixel_copies"]
    assert pairs["kept_back"] == told["outcomes"]["suppressed"]
    assert told["conversions"] == sum(pairs.values()) - pairs["kept_back"]


def test_reasons_are_named(told: dict[str, Any]) -> None:
    """A number without its reason helps nobody."""
    assert told["why"]["suppressed"] == {"consent_missing": told["outcomes"]["suppressed"]}
    assert told["why"]["noted"] == {"server_is_truth": told["outcomes"]["noted"]}
    assert len(told["why"]["rejected"]) >= 5


def test_the_example_is_a_purchase_with_its_whole_story(told: dict[str, Any]) -> None:
    """One event, from the shop's report to TikTok's answer."""
    example = told["example"]
    assert (example["event"], example["state"]) == ("CompletePayment", "DELIVERED")
    assert [each["verdict"] for each in example["attempts"]] == ["delivered"]
    assert (example["pair"]["verdict"], example["pair"]["band"]) == ("paired", "merged")
    stages = [each["stage"] for each in example["timeline"]]
    assert (stages[0], stages[1], stages[-1]) == ("pixel", "received", "delivered")


def test_it_runs_until_interrupted_and_what_it_says_to_type_works(tmp_path: Path) -> None:
    """The report's commands are copied into another terminal; Ctrl-C then leaves nothing behind."""
    with a_demo(tmp_path) as demo:
        printed = read_until(demo.stdout, "Ctrl-C ends it")
        assert ANSI not in printed
        story, typed = printed.split("What to type next")
        assert re.search(r"^  pair +paired", story, re.MULTILINE)
        assert max(map(len, story.splitlines())) <= 100
        config = re.findall(r"export TANDEMGATE_CONFIG=(\S+)", typed)[0]
        commands = TYPED.findall(typed)
        assert len(commands) == 8
        for command in commands:
            done = subprocess.run(
                [TANDEMGATE, *command.split()],
                env={**os.environ, "TANDEMGATE_CONFIG": config},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert done.returncode == 0, command
            assert not {"Error:", "Traceback"} & set(done.stderr.split()), command
            assert done.stdout
        [link] = re.findall(r"http://localhost:\d+/\?ttclid=\S+", story)
        [counter] = re.findall(r"http://localhost:\d+/ledger", story)
        assert "Accept all" in read(link)
        assert json.loads(read(f"{counter}.json"))["totals"]["paid"] == 0
        children = children_of(demo.pid)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(PATIENCE) == 0
    assert len(children) == PROGRAMS
    assert none_runs(children)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mark", ["A gateway runs", "requests sent", "The shop has closed"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_leaves_nothing_behind(
    mark: str, number: signal.Signals, tmp_path: Path
) -> None:
    """Whoever stops it in the middle gets the machine back as it was."""
    with a_demo(tmp_path) as demo:
        read_until(demo.stdout, mark)
        children = children_of(demo.pid)
        demo.send_signal(number)
        assert demo.wait(PATIENCE) == 130
    assert len(children) == PROGRAMS
    assert none_runs(children)
    assert list(tmp_path.iterdir()) == []


def test_its_programs_end_even_if_it_is_killed(tmp_path: Path) -> None:
    """Kill -9 gives the demo no chance to clean up, so its programs look after themselves."""
    with a_demo(tmp_path) as demo:
        printed = read_until(demo.stdout, "A gateway runs")
        children = children_of(demo.pid)
        demo.kill()
    assert printed
    assert len(children) == PROGRAMS
    assert none_runs(children)


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5])
def test_an_impatient_newcomer_sees_no_traceback(tmp_path: Path, after: float) -> None:
    """Ctrl-C may come while the command line is still being imported."""
    with a_demo(tmp_path) as demo:
        wait_until(lambda: minds_interrupts(demo.pid))
        # The moment may pass between two looks; whoever has children is well past it.
        wait_until(lambda: not minds_interrupts(demo.pid) or bool(children_of(demo.pid)))
        time.sleep(after)
        demo.send_signal(signal.SIGINT)
        printed, _ = demo.communicate(timeout=PATIENCE)
    assert "Traceback" not in printed
    assert demo.returncode in {130, -signal.SIGINT}
    assert list(tmp_path.iterdir()) == []
