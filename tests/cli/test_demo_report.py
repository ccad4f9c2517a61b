"""The demo's report leads to the shop, and says when the shop is only half there."""

from pathlib import Path

import pytest

from tandemgate.cli.demo.report import way_in
from tandemgate.cli.demo.stage import Stage
from tandemgate.web import script
from tandemgate.web.script import Asset

STAGE = Stage(Path("t.toml"), "http://127.0.0.1:1", "http://127.0.0.1:2", "http://localhost:3", ())
BUILT = Asset(b"script", b"packed", "0123456789abcdef", "sha384-x")


@pytest.mark.parametrize(("built", "told"), [(BUILT, False), (None, True)])
def test_a_script_that_is_not_built_is_told(
    monkeypatch: pytest.MonkeyPatch, built: Asset | None, told: bool
) -> None:
    """Somebody who clicks through a shop in vain would take the product for broken."""
    monkeypatch.setattr(script, "asset", lambda _: built)
    lines = "\n".join(way_in(STAGE))
    assert "http://localhost:3/?ttclid=E.C.P.demo_click" in lines
    assert ("make browser" in lines) is told
