"""What has to be there before an event is worth sending, and which rungs traffic has lit."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tandemgate.cli.call import Call
from tandemgate.cli.check import OK, WARN, Check
from tandemgate.cli.ending import Ending, Failure
from tandemgate.model.setup import Prerequisite


def climbed(pixels: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    """Say of each pixel what is there and lit in one line each, and a line for what is not."""
    for pixel in pixels:
        yield from _steps("needs", pixel["pixel_id"], pixel["prerequisites"], "stands", "open")
        yield from _steps("ladder", pixel["pixel_id"], pixel["ladder"], "lit", False)


def _steps(
    subject: str, pixel_id: str, steps: Iterable[Mapping[str, Any]], field: str, dark: object
) -> Iterator[Check]:
    told = list(steps)
    missing = [one for one in told if one[field] == dark]
    there = [_there(one) for one in told if one[field] != dark]
    if there:
        yield Check(subject, OK, f"{pixel_id}: {', '.join(there)}")
    for one in missing:
        yield Check(subject, WARN, f"{pixel_id}: not yet {one['title']}", one["fix"])


def _there(one: Mapping[str, Any]) -> str:
    by = f", by {one['by']}" if one.get("by") else ""
    return f"{one['title']} ({one['at'][:10]}{by})"


def confirm_there(
    call: Call,
    prerequisite: Prerequisite,
    pixel: str | None,
    *,
    url: str | None,
    key_env: str | None,
) -> Ending:
    """Give the gateway a person's word that something is there."""
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        meant = pixel or only_pixel(need(gateway.get("/api/setup"), 200)["pixels"])
        body = json.dumps({"pixel": meant, "prerequisite": prerequisite}).encode()
        told = need(gateway.post("/api/setup/confirm", body), 200)
    call.tell(told, f"{meant}: {prerequisite} is there, by your word; tandemgate audit keeps it.")
    return Ending.OK


def only_pixel(pixels: Iterable[Mapping[str, Any]]) -> str:
    """Return the one pixel that there is.

    Raises:
        Failure: there are several, or none.

    """
    known = [str(one["pixel_id"]) for one in pixels]
    if len(known) == 1:
        return known[0]
    there = f"there are {', '.join(known)}" if known else "the key opens none"
    raise Failure(f"which pixel? {there}", "--pixel ID with one of them")
