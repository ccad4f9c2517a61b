"""``tandemgate db``: look a store over, copy it, restore or recover it, bring it up to date."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending

EVERY: float = 1.0
"""Seconds between two words about how far a copy is."""

db = typer.Typer(
    help="Check, back up, restore, recover and migrate the store of the settings.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="FILE")]


@db.command()
def check(
    ctx: typer.Context,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Don't walk through the indexes.")] = False,
) -> Ending:
    """Look the store over, also while the gateway runs: is it whole, does it add up, does it open?

    Exit 1 with a line for each finding.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import keeping

    call = calls.of(ctx)
    findings = keeping.check(configured(call), quick=quick)
    if call.as_json:
        call.emit({"findings": findings})
    else:
        call.show(*(findings or ["The store is whole, adds up, and opens with its key."]))
    return Ending.FINDINGS if findings else Ending.OK


@db.command()
def backup(ctx: typer.Context, file: File) -> None:
    """Copy the store to a new FILE while the gateway runs.

    The copy holds every key, state and attempt, and the payloads of the events that still wait;
    it opens with the store key, which is not in it: keep that key elsewhere.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import keeping

    call = calls.of(ctx)
    told = time.monotonic()

    def progress(done: int, pages: int) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            call.remark(f"{done * 100 // max(1, pages)} %")

    waiting = keeping.backup(configured(call), file, time.time(), progress)
    if call.as_json:
        call.emit({"file": str(file), "waiting": waiting, "bytes": file.stat().st_size})
    else:
        call.show(f"{file}: {file.stat().st_size} bytes, {waiting} events wait in it.")


@db.command()
def restore(ctx: typer.Context, file: File) -> None:
    """Put a backup in the place of a store that was moved away; the gateway must be stopped."""
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import keeping

    call = calls.of(ctx)
    settings = configured(call)
    keeping.restore(settings, file)
    if call.as_json:
        call.emit({"restored": str(file)})
        return
    call.show(
        "Restored. What this means:",
        "- Events that were answered with 202 after the backup are lost here; send them again from "
        "their source.",
        "- What waited in the backup may have been sent since. It counts as an attempt without an "
        "answer: within TikTok's 48 hours it is sent again, later it becomes INDETERMINATE.",
        "Next: tandemgate serve",
    )


@db.command()
def recover(ctx: typer.Context) -> Ending:
    """Take what can be proven out of a damaged store; the gateway must be stopped.

    The damaged file is kept beside the new one. Exit 1 when something is lost.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import keeping

    call = calls.of(ctx)
    came, aside = keeping.recover(configured(call), time.time())
    if call.as_json:
        call.emit({"aside": aside and str(aside), **asdict(came)})
    elif aside is None:
        call.show("The store is whole; nothing was changed.")
    else:
        call.show(
            f"{came.events} events are recovered, {came.lost} are lost.",
            f"- The damaged file is kept: {aside}",
            f"- {came.unknown} of them were not at their end. The damage may hide that they were "
            "sent, so each counts as an attempt without an answer: within TikTok's 48 hours it is "
            "sent again, later it becomes INDETERMINATE.",
            f"- {came.unsendable} wait and have no payload that opens; they go to REVIEW.",
            f"- Rows are missing in: {', '.join(came.torn) or 'no table'}.",
            "- What is lost was answered with 202: send it again from its source.",
            "Next: tandemgate serve",
        )
    return Ending.FINDINGS if came.lost else Ending.OK


@db.command("migrate")
def bring_up_to_date(ctx: typer.Context) -> None:
    """Bring the tables of a stopped store up to date; serve does it by itself."""
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import keeping

    call = calls.of(ctx)
    before, after = keeping.bring_up_to_date(configured(call))
    if call.as_json:
        call.emit({"from": before, "to": after})
    elif before == after:
        call.show(f"The schema is {after}, which is up to date.")
    else:
        call.show(f"The schema was {before} and is {after} now.")
