"""``tandemgate db rotate-key``, ``shred-day`` and ``forget-payloads``: the keys of the store."""

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Failure

Execute = Annotated[bool, typer.Option("--execute", help="Do it; without it nothing changes.")]


def rotate_key(
    ctx: typer.Context,
    *,
    new_key: Annotated[
        Path | None,
        typer.Option("--new-key", metavar="FILE", help="The new key; else one is made."),
    ] = None,
) -> None:
    """Seal a stopped store with a new key.

    Only keys are sealed anew, so it takes moments, however large the store is. It may be stopped at
    any instant: the next start finds the key that fits.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import sealing

    call = calls.of(ctx)
    done = sealing.rotate_key(configured(call), new_key, time.time())
    if call.as_json:
        paths = {"file": done.file, "old_key_file": done.kept}
        told = {name: str(path) if path else None for name, path in paths.items()}
        call.emit({"old": done.old, "new": done.new, **told})
        return
    call.show(f"The store is sealed with the key {done.new} now, no more with {done.old}.")
    if done.file is None:
        call.show("Next: let store.key in the settings name the new key, then tandemgate serve.")
    else:
        call.show(f"The new key is in {done.file}; keep a copy of it elsewhere.")
    if done.kept is not None:
        call.show(f"Backups from before open with the old one alone: it is in {done.kept}.")


def shred_day(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DATE", help="A UTC day, like 2026-04-23.")],
    *,
    execute: Execute = False,
) -> None:
    """Destroy the key of one day of a stopped store, and with it every payload sealed that day.

    Keys, states and attempts stay; what still waits ends in REVIEW.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import sealing

    call = calls.of(ctx)
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise Failure(f"{day!r} is no day", "give one like 2026-04-23") from None
    gone = sealing.shred_day(configured(call), chosen, time.time(), execute=execute)
    if call.as_json:
        call.emit({"executed": execute, "payloads": gone.payloads, "waiting": gone.waiting})
        return
    verb = "can't be opened any more" if execute else "would be shredded"
    call.show(f"{gone.payloads} payloads {verb}, {gone.waiting} of them of events that wait.")
    if not execute:
        call.show("Nothing was changed; --execute shreds, with the gateway stopped.")


def forget_payloads(ctx: typer.Context, *, execute: Execute = False) -> None:
    """Go on after the store's key was lost: keep keys and states, let go what only it opens.

    The configured key, or one that is made, seals the store from then on.
    """
    from tandemgate.cli.connect import configured
    from tandemgate.wiring import sealing

    call = calls.of(ctx)
    counts = sealing.forget_payloads(configured(call), time.time(), execute=execute)
    if call.as_json:
        call.emit({"executed": execute, **counts})
        return
    verb = "are gone" if execute else "would go"
    call.show(
        f"{counts['payloads']} payloads {verb}; keys, states and attempts stay.",
        f"{counts['waiting']} events that wait end in REVIEW (payload_unreadable): send them again "
        "from their source.",
        f"{counts['held']} that are held end SUPPRESSED.",
        f"{counts['withdrawals']} remembered withdrawals and {counts['tokens']} access tokens go: "
        "state and set them again.",
    )
    if not execute:
        call.show("Nothing was changed; --execute forgets.")
