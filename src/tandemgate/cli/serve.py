"""``tandemgate serve``: the gateway itself."""

import typer

from tandemgate.cli import call as calls


def serve(ctx: typer.Context) -> int:
    """Run the gateway: take events, deliver them, and tell what became of them.

    Logs go to stderr, as JSON where it is no terminal; the line "ready" names the address. SIGTERM
    or Ctrl-C ends it within ten seconds.
    """
    from tandemgate.settings import load
    from tandemgate.wiring import serve as run

    return run(load(calls.of(ctx).config))
