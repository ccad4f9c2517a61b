"""``tandemgate snippet``: what to paste into pages and backends, with this gateway's own values."""

from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Failure

if TYPE_CHECKING:
    from tandemgate.settings import KeySettings, Settings
    from tandemgate.web.script import Asset

snippet = typer.Typer(
    help="Print what to paste into a page or a backend.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

BACKENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": ("python",),
    "python-client": ("client",),
    "django": ("python", "django"),
    "fastapi": ("python", "fastapi"),
    "flask": ("python", "flask"),
    "node": ("node",),
    "php": ("php",),
    "curl": ("curl",),
}
"""What a backend is written in, and the files of ``snippets/`` that are printed for it."""

STUB = "<script>tg=window.tg||function(){(tg.q=tg.q||[]).push(arguments)}</script>"
TAG = '<script async src="{src}"{seal} data-key="{key}" data-consent="wait"></script>'


@snippet.command()
def browser(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which browser key, if there are several.")
    ] = None,
    pinned: Annotated[
        bool,
        typer.Option("--pinned", help="Let browsers run this very script only (integrity)."),
    ] = False,
) -> None:
    """Print the tag of the browser script for every page's <head>.

    It waits for the visitor's decision; docs/browser.md tells its attributes and calls.
    """
    from rich.markup import escape as plain

    from tandemgate.settings import load

    call = calls.of(ctx)
    settings = load(call.config)
    chosen = _browser_key(settings, key)
    script = _built() if pinned else None
    src = f"{settings.server.public_url.rstrip('/')}/t{f'.{script.digest}' if script else ''}.js"
    seal = f' integrity="{script.integrity}" crossorigin' if script else ""
    tag = tag_for(src, chosen.secret.reveal(), seal)
    if call.as_json:
        integrity = script.integrity if script else None
        call.emit({"src": src, "integrity": integrity, "html": f"{STUB}\n{tag}"})
    else:
        call.show(plain(STUB), plain(tag))
    if script:
        call.remark("Print it anew after each upgrade of the gateway: the script changes with it.")


def tag_for(src: str, key: str, seal: str = "") -> str:
    """Write the tag that loads the script at *src* for the pages of *key*."""
    return TAG.format(src=escape(src), seal=seal, key=escape(key))


def _backend(name: str) -> Callable[..., None]:
    """Make the verb that prints the code for one kind of backend."""

    def show(
        ctx: typer.Context,
        pixel: Annotated[
            str | None, typer.Option(metavar="ID", help="Which pixel, if there are several.")
        ] = None,
    ) -> None:
        from tandemgate.cli.connect import address, configured

        call = calls.of(ctx)
        settings = configured(call)
        values = {"@GATEWAY@": address(settings), "@PIXEL@": _pixel(settings, pixel)}
        code = "".join(_part(part) for part in BACKENDS[name])
        for mark, value in values.items():
            code = code.replace(mark, value)
        if call.as_json:
            call.emit({"code": code})
            return
        print(code, end="")
        call.remark("It reads a key from TANDEMGATE_SERVER_KEY; tandemgate keys create makes one.")

    return show


for _name in BACKENDS:
    snippet.command(_name, help=f"Print how {_name} reports a paid order, in a few lines.")(
        _backend(_name)
    )


def _part(name: str) -> str:
    return files(__package__).joinpath("snippets", f"{name}.txt").read_text("utf-8")


def _pixel(settings: "Settings", wanted: str | None) -> str:
    known = [pixel.id for pixel in settings.pixels]
    match [one for one in known if wanted in {None, one}]:
        case [one]:
            return one
        case _:
            there = f"there are {', '.join(known)}" if known else "none is configured"
            raise Failure(f"which pixel? {there}", "--pixel ID with one of them")


def _browser_key(settings: "Settings", name: str | None) -> "KeySettings":
    from tandemgate.settings import KeyKind

    keys = [key for key in settings.keys if key.kind is KeyKind.BROWSER]
    named = [key for key in keys if name in {None, key.name}]
    match keys, named:
        case [], _:
            raise Failure(
                "no key of kind browser is configured",
                'add [[keys]] with kind = "browser", a name, secret = "pk_...", pixels and origins',
            )
        case _, [one]:
            return one
        case _:
            names = ", ".join(key.name for key in keys)
            raise Failure(f"which browser key? there are {names}", "--key NAME with one of them")


def _built() -> "Asset":
    from tandemgate.web.script import TAG as SCRIPT
    from tandemgate.web.script import asset

    built = asset(SCRIPT)
    if built is None:
        raise Failure("this package was installed without the browser script", "make browser")
    return built
