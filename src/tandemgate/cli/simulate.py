"""``tandemgate simulate``: the simulated TikTok alone, in place of this process."""

import os
import sys

import typer


def simulate(ctx: typer.Context) -> None:
    """Run the simulated TikTok alone (--help for its options)."""
    sys.stdout.flush()
    # The gateway and the simulator share no code, so it is started, never imported.
    os.execv(sys.executable, [sys.executable, "-m", "tiktok_simulator", *ctx.args])  # noqa: S606
