"""``tandemgate erase``: leave nothing of a person but the proof of what was done."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.options import KeyEnv, Reason, Url
from tandemgate.cli.private import By, PhoneRegion, Whom, must_be_private, whom

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway


def erase(
    ctx: typer.Context,
    *,
    by: Whom = By.EMAIL,
    region: PhoneRegion = None,
    reason: Reason = "",
    execute: Annotated[
        bool, typer.Option("--execute", help="Erase; without it nothing changes.")
    ] = False,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Erase a person: payloads and digests go, keys and states stay. Wants an admin key.

    The identifier, raw or as its SHA-256, is read from standard input or a hidden prompt. Without
    --execute it says what would be erased. What TikTok has is listed, so that it can be asked for
    there.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    with connect(call, Scope.WRITE, url=url, key_env=key_env) as gateway:
        must_be_private(gateway.url, by.value)
        body = whom(by, "tandemgate erase", region) | {"reason": reason, "execute": execute}
        told = _ask(call, gateway, body)
    call.tell(told, _lines)


def _ask(call: calls.Call, gateway: "Gateway", body: Mapping[str, object]) -> dict[str, Any]:
    """Ask until nothing is left, since the gateway erases some at a time."""
    from tandemgate.cli.gateway import need

    states: Counter[str] = Counter()
    copies: list[Any] = []
    payloads = 0
    while True:
        told: dict[str, Any] = need(gateway.post("/api/erase", json.dumps(body).encode()), 200)
        states.update(told["states"])
        copies += told["at_tiktok"]
        payloads += told["payloads"]
        if not (told["executed"] and told["more"]):
            sums = {"states": dict(states), "at_tiktok": copies, "payloads": payloads}
            return {**told, **sums, "found": states.total()}
        call.remark(f"{states.total()} events are erased")


def _lines(told: Mapping[str, Any]) -> list[str]:
    found, done = told["found"], told["executed"]
    if not found:
        return ["No events were found by it."]
    least = "at least " if told["more"] else ""
    states = ", ".join(f"{count} {state}" for state, count in told["states"].items())
    verb = "were erased" if done else "would be erased"
    lines = [f"{least}{found} events {verb}: {states}; {told['payloads']} payloads."]
    if told["at_tiktok"]:
        lines.append("TikTok has, or may have, these; ask it to delete them:")
        lines += [f"  {_copy(one)}" for one in told["at_tiktok"]]
    if not done:
        lines.append("Nothing was changed; --execute erases.")
    elif told["wiped"]:
        lines.append("Nothing of them is left in the store's files. Backups keep what they hold.")
    else:
        lines.append("Old bytes may stand in the store's log until its next writes; run it again.")
    return lines


def _copy(one: Mapping[str, Any]) -> str:
    requests = ", ".join(one["request_ids"]) or "without an answer"
    return f"{one['pixel_id']} {one['event']} {one['event_id']}: {requests}"
