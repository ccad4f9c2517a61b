"""``tandemgate demo``: see conversions go through the gateway to TikTok, counted once."""

import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending

if TYPE_CHECKING:
    from tandemgate.cli.demo.shop_day import Request
    from tandemgate.cli.demo.stage import Stage

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY = 0.5
STEPS_TOLD = 4


def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End after the report.")] = False,
    seed: Annotated[int, typer.Option(help="Another number, another day.")] = 1,
) -> Ending:
    """See a shop's day go through, counted once.

    A gateway, a simulated TikTok and a small shop to click through run on free loopback ports in a
    temporary folder; nothing has to be configured and nothing is left behind. Runs until
    interrupted. Exit 1 when the account does not add up.
    """
    from tandemgate.cli.demo.stage import staged
    from tandemgate.settings import environment

    call = calls.of(ctx)
    ending = Ending.INTERRUPTED
    try:
        with (
            interruptible(),
            TemporaryDirectory(prefix="tandemgate-demo-", ignore_cleanup_errors=True) as folder,
            staged(Path(folder), environment()) as stage,
        ):
            ending = perform(call, stage, seed)
            if not once:
                _say(call, "\nAll of it keeps running. Ctrl-C ends it and removes its folder.")
                _wait(stage)
    except KeyboardInterrupt:
        _say(call, "\nInterrupted. All programs are stopped and the folder is removed.")
    return ending


def perform(call: calls.Call, stage: "Stage", seed: int) -> Ending:
    """Play the day on *stage*, report it, and return how it ended."""
    from tandemgate.cli.demo import play
    from tandemgate.cli.demo.account import settle
    from tandemgate.cli.demo.report import as_json, report
    from tandemgate.cli.demo.shop_day import plan

    _say(call, f"A gateway runs at {stage.gateway}, a simulated TikTok at {stage.simulator}.")
    requests = plan(seed, int(time.time()))
    results = play.play(_told(call, requests), stage)
    _say(call, "The shop has closed. Waiting for the last batches to be delivered ...")
    ledger = play.await_settled(stage)
    account = settle(play.gather(stage, results, ledger))
    example = play.story_of(stage, play.choose_example(stage))
    if call.as_json:
        call.emit(as_json(account, example, stage))
    else:
        call.show(*report(account, example, stage))
    return Ending.OK if account.adds_up else Ending.FINDINGS


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first interruption into KeyboardInterrupt; further ones must not disturb the end."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in INTERRUPTIONS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(call: calls.Call, requests: list["Request"]) -> Iterable["Request"]:
    """Show progress: a bar on a terminal, four lines elsewhere."""
    if sys.stdout.isatty() and not (call.as_json or call.quiet):
        from rich.progress import track

        return track(requests, "Playing a shop's day", console=calls.terminal(), transient=True)
    return _told_in_lines(call, requests)


def _told_in_lines(call: calls.Call, requests: list["Request"]) -> Iterator["Request"]:
    last = len(requests)
    marks = {last * step // STEPS_TOLD for step in range(1, STEPS_TOLD + 1)}
    for number, request in enumerate(requests, 1):
        yield request
        if number in marks:
            _say(call, f"{number:>5} of {last} requests sent")


def _wait(stage: "Stage") -> None:
    while True:
        stage.must_stand()
        time.sleep(LOOK_EVERY)


def _say(call: calls.Call, text: str) -> None:
    if call.as_json:
        call.remark(text)
    elif not call.quiet:
        print(text, flush=True)
