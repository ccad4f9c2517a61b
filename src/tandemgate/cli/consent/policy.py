"""``tandemgate consent policy``: the versions of each pixel's policy, and what changed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.events import Pixel
from tandemgate.cli.send import KeyEnv, Url

if TYPE_CHECKING:
    from rich.console import RenderableType

Json = Mapping[str, Any]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="The number after the @.")]
OfPixel = Annotated[str, typer.Argument(metavar="PIXEL")]
FIELDS = (
    "consent_profile",
    "on_personalization_denied",
    "hold_for_consent",
    "governed_regions",
    "edition",
)

policy = typer.Typer(
    help="The consent policies that decided and decide.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@policy.command("list")
def list_policies(
    ctx: typer.Context, *, pixel: Pixel = None, url: Url = None, key_env: KeyEnv = None
) -> None:
    """List every policy that a pixel was ever decided by, and what each changed."""
    call = calls.of(ctx)
    found = [one for one in _versions(call, url, key_env) if pixel in {None, one["pixel_id"]}]
    if call.as_json:
        call.emit({"policies": found})
    else:
        call.show(_table(found) if found else "No policy has decided yet.")


@policy.command()
def show(
    ctx: typer.Context,
    pixel: OfPixel,
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]")] = None,
    *,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Show all of one policy: the one in force, or VERSION."""
    from tandemgate.cli.consent.words import grid

    call = calls.of(ctx)
    one = _pick(_versions(call, url, key_env), pixel, version)
    if call.as_json:
        call.emit(one)
    else:
        told = {"policy": one["name"], "first seen": one["since"]}
        told |= {name: _word(one[name]) for name in FIELDS}
        told["in force"] = "yes" if one["in_force"] else "no"
        call.show(grid([(name, [text]) for name, text in told.items()]))


@policy.command()
def diff(
    ctx: typer.Context,
    pixel: OfPixel,
    old: Version,
    new: Version,
    *,
    url: Url = None,
    key_env: KeyEnv = None,
) -> int:
    """Say what one version decides by that another did not. Exit 1 when they differ."""
    call = calls.of(ctx)
    versions = _versions(call, url, key_env)
    before, after = (_pick(versions, pixel, version) for version in (old, new))
    changed = {
        name: {"old": before[name], "new": after[name]}
        for name in FIELDS
        if before[name] != after[name]
    }
    if call.as_json:
        call.emit(changed)
    else:
        lines = [_difference(name, one["old"], one["new"]) for name, one in changed.items()]
        call.show("\n".join(lines) or "They are the same.")
    return Ending.FINDINGS if changed else Ending.OK


def _versions(call: calls.Call, url: str | None, key_env: str | None) -> list[Json]:
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        found: list[Json] = need(gateway.get("/api/policies"), 200)["policies"]
    return found


def _pick(versions: Sequence[Json], pixel: str, version: int | None) -> Json:
    for one in versions:
        wanted = one["in_force"] if version is None else one["version"] == version
        if one["pixel_id"] == pixel and wanted:
            return one
    known = ", ".join(one["name"] for one in versions if one["pixel_id"] == pixel)
    raise Failure(
        f"pixel {pixel} has no policy {'in force' if version is None else f'version {version}'}",
        f"one of {known}" if known else "tandemgate consent policy list, for the pixels with one",
        Ending.FINDINGS,
    )


def _difference(name: str, old: Any, new: Any) -> str:  # noqa: ANN401 - decoded JSON
    if isinstance(old, list):
        gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
        return f"{name} " + " ".join([f"-{one}" for one in gone] + [f"+{one}" for one in come])
    return f"{name} {old} -> {new}"


def _word(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    return " ".join(value) if isinstance(value, list) else f"{value}"


def _table(versions: Sequence[Json]) -> "RenderableType":
    from rich.table import Table

    from tandemgate.cli.story import instant

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("pixel", "policy", "first seen", "in force", "changed"):
        table.add_column(name, no_wrap=name != "changed", overflow="fold")
    for one in versions:
        changed = "; ".join(one["changes"]) or "the first"
        in_force = "yes" if one["in_force"] else ""
        table.add_row(one["pixel_id"], one["name"], instant(one["since"])[:19], in_force, changed)
    return table
