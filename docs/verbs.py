"""The command line as a page: every verb with its arguments and options, as ``--help`` has them."""

import re
from collections.abc import Iterator

import typer

from tandemgate.cli.main import app

Row = tuple[str, ...]

HEAD = ("", "meaning", "default")
KINDS = ((re.compile(r" <str>| <path>"), ""), (re.compile(r"<(?:int|float)(?: range)?>"), "N"))
"""What typer writes where a parameter has no metavar, and what people read."""

EXTRA = re.compile(r" *\[([^\]]*)\]$")
BRACES = str.maketrans("", "", "{}")


def sections() -> Iterator[tuple[str, str, str, list[Row]]]:
    """Yield name, usage, help and parameters of every verb; the program itself comes first."""
    yield from _walk(typer.main.get_command(app), ("tandemgate",))


def _walk(command, path: tuple[str, ...]) -> Iterator[tuple[str, str, str, list[Row]]]:  # noqa: ANN001 - typer has no public type for it
    context = typer.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)]).translate(BRACES)
    told = (one.get_help_record(context) for one in command.params if not one.hidden)
    rows = [_row(*record) for record in told if record]
    yield " ".join(path), usage, _text(command.help or ""), rows
    for name, below in getattr(command, "commands", {}).items():
        yield from _walk(below, (*path, name))


def _row(name: str, told: str) -> Row:
    for kind, instead in KINDS:
        name = kind.sub(instead, name)
    extra = EXTRA.search(told)
    meaning = _text(EXTRA.sub("", told))
    return f"`{name}`", meaning, _text(extra[1].removeprefix("default: ") if extra else "")


def _text(told: str) -> str:
    """Keep what looks like markup from being some."""
    return told.replace("<", "\\<").replace("*", "\\*")
