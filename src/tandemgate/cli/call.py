"""What every verb is told beside its own arguments, and where it speaks."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH_WITHOUT_TERMINAL = 100


@dataclass(frozen=True, slots=True)
class Call:
    """The global options of one invocation. Results go to stdout, remarks to stderr."""

    as_json: bool = False
    quiet: bool = False
    config: Path | None = None

    def remark(self, text: str) -> None:
        """Say how things go, unless the caller wants results only."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def show(self, *parts: "RenderableType") -> None:
        """Print a result for people. A plain string is never broken, however long it is."""
        console = terminal()
        with console.capture() as captured:
            for part in parts:
                console.print(part, soft_wrap=isinstance(part, str))
        # Rich fills lines with blanks up to its width; in a file they are noise.
        print("\n".join(line.rstrip() for line in captured.get().splitlines()), flush=True)

    def emit(self, value: object) -> None:
        """Print a result for programs."""
        print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)

    def tell(
        self,
        told: Any,  # noqa: ANN401 - decoded JSON
        shown: "str | Callable[[Any], Iterable[RenderableType]]",
    ) -> None:
        """Print what was *told*: as it is for programs; for people a text, or the lines of it."""
        if self.as_json:
            self.emit(told)
        else:
            self.show(*([shown] if isinstance(shown, str) else shown(told)))

    def tell_page(
        self,
        page: Any,  # noqa: ANN401 - decoded JSON
        shown: "Callable[[Any], Iterable[RenderableType]]",
        *remarks: str,
    ) -> None:
        """Print one page of a list, and say to people how they see the next, if there is one."""
        self.tell(page, shown)
        more = [f"More: add --after {page['next']}"] if page.get("next") else []
        for text in () if self.as_json else (*remarks, *more):
            self.remark(text)

    def emit_line(self, value: object) -> None:
        """Print one of many results for programs: one JSON value a line."""
        print(json.dumps(value, ensure_ascii=False), flush=True)


def of(ctx: typer.Context) -> Call:
    """Return the call that *ctx* belongs to."""
    return ctx.ensure_object(Call)


def terminal() -> "Console":
    """Make a console for stdout. A pipe gets no colours and lines of one width."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False, emoji=False)
