"""``tandemgate config``: what the settings come to, whether they fit, and what there is to set."""

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending
from tandemgate.model.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tandemgate.settings import Settings
    from tandemgate.settings.meanings import Section

DEFAULT = "default"
WIDEST = 60
"""Columns of a setting that the places behind are lined up for."""

config = typer.Typer(
    help="Show and check the settings.", no_args_is_help=True, rich_markup_mode=None
)


class Line(NamedTuple):
    """One setting in force: its key below ``heading``, its value as TOML, and who stated it."""

    heading: str
    key: str
    name: str
    value: str
    origin: str


@config.command()
def show(ctx: typer.Context) -> None:
    """Print every setting in force and where it was stated; secrets by their last characters."""
    from tandemgate.settings import load

    call = calls.of(ctx)
    lines = list(_in_force(load(call.config)))
    if call.as_json:
        told = [
            {"key": one.key, "value": tomllib.loads(f"_ = {one.value}")["_"], "origin": one.origin}
            for one in lines
        ]
        call.emit({"settings": told})
    else:
        call.show(*_as_toml(lines))


@config.command()
def check(ctx: typer.Context) -> Ending:
    """Say everything that does not fit, or that everything does. Exit 2 when something does not."""
    from tandemgate.cli.connect import configured

    call = calls.of(ctx)
    try:
        settings = configured(call)
    except ConfigurationError as misfit:
        if not call.as_json:
            raise
        call.emit({"fits": False, "problems": list(misfit.lines)})
        return Ending.USAGE
    if call.as_json:
        call.emit({"fits": True, "problems": [], "production": settings.production})
    else:
        call.show(_summary(settings))
    return Ending.OK


@config.command()
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of the settings file, by which editors complete and check it."""
    from tandemgate.settings.schema import json_schema

    calls.of(ctx).emit(json_schema())


def _in_force(settings: "Settings") -> Iterator[Line]:
    from tandemgate.settings.meanings import SECTIONS

    for section in SECTIONS:
        found = getattr(settings, section.name)
        for index, table in enumerate(found if section.repeats else (found,)):
            at = f"{section.name}.{index}" if section.repeats else section.name
            yield from _table(settings, section, table, at)


def _table(settings: "Settings", section: "Section", table: Any, at: str) -> Iterator[Line]:  # noqa: ANN401 - one of the sections
    import msgspec

    from tandemgate.settings.layers import stated_in
    from tandemgate.settings.writing import toml

    for field in msgspec.structs.fields(section.kind):
        key = f"{at}.{field.name}"
        value = toml(getattr(table, field.name), field.type)
        yield Line(
            section.heading, key, field.name, value, stated_in(settings.origin, key) or DEFAULT
        )


def _as_toml(lines: list[Line]) -> "Iterator[RenderableType]":
    """Write the tables one after the other, each line with its origin behind it."""
    from rich.text import Text

    written = [f"{one.name} = {one.value}" for one in lines]
    width = max(len(text) for text in written if len(text) <= WIDEST)
    table = ""
    for one, text in zip(lines, written, strict=True):
        begins = one.key.removesuffix(f".{one.name}")
        if begins != table:
            yield Text(f"\n{one.heading}" if table else one.heading, "bold")
        table = begins
        style = "dim" if one.origin == DEFAULT else "green"
        yield Text.assemble(text.ljust(width), (f"  # {one.origin}", style), overflow="fold")


def _summary(settings: "Settings") -> str:
    where = "for production" if settings.production else "for this machine alone"
    return (
        f"ok: everything fits together, {where} "
        f"(pixels: {len(settings.pixels)}, keys: {len(settings.keys)})"
    )
