"""``tandemgate consent policy``: the versions of each pixel's policy, and what changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ask import ask
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.options import KeyEnv, Pixel, ThePixel, Url
from tandemgate.cli.table import grid, table

if TYPE_CHECKING:
    from rich.console import RenderableType

Json = Mapping[str, Any]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="The number after the @.")]
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
    call.tell({"policies": found}, lambda _: _lines(found))


@policy.command()
def show(
    ctx: typer.Context,
    pixel: ThePixel,
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]")] = None,
    *,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Show all of one policy: the one in force, or VERSION."""
    call = calls.of(ctx)
    one = _pick(_versions(call, url, key_env), pixel, version)
    call.tell(one, _in_full)


@policy.command()
def diff(
    ctx: typer.Context,
    pixel: ThePixel,
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
    lines = [_difference(name, one["old"], one["new"]) for name, one in changed.items()]
    call.tell(changed, "\n".join(lines) or "They are the same.")
    return Ending.FINDINGS if changed else Ending.OK


def _versions(call: calls.Call, url: str | None, key_env: str | None) -> list[Json]:
    found: list[Json] = ask(call, "/api/policies", url=url, key_env=key_env)["policies"]
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


def _in_full(one: Json) -> "Iterator[RenderableType]":
    told = {"policy": one["name"], "first seen": one["since"]}
    told |= {name: _word(one[name]) for name in FIELDS}
    told["in force"] = "yes" if one["in_force"] else "no"
    yield grid([(name, [text]) for name, text in told.items()])


def _difference(name: str, old: Any, new: Any) -> str:  # noqa: ANN401 - decoded JSON
    if isinstance(old, list):
        gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
        return f"{name} " + " ".join([f"-{one}" for one in gone] + [f"+{one}" for one in come])
    return f"{name} {old} -> {new}"


def _word(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    return " ".join(value) if isinstance(value, list) else f"{value}"


def _lines(versions: Sequence[Json]) -> "list[RenderableType]":
    from tandemgate.cli.story import instant

    if not versions:
        return ["No policy has decided yet."]
    listed = table("pixel", "policy", "first seen", "in force", "changed", fold="changed")
    for one in versions:
        changed = "; ".join(one["changes"]) or "the first"
        in_force = "yes" if one["in_force"] else ""
        listed.add_row(one["pixel_id"], one["name"], instant(one["since"])[:19], in_force, changed)
    return [listed]
