"""What docs/client.md shows is run: its calls against a gateway, its test by pytest."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tandemgate.client.visitor import Visitor, visiting
from tests.client.gateways import KEY, a_socket

PAGE = Path(__file__).parents[2] / "docs/client.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
(EXAMPLE,) = [block for block in BLOCKS if "import pytest" in block]
ADDRESS = "http://127.0.0.1:8080"
SESSION = "S1Yw0b0nGq9n3F6mP2vQxA"
PATIENCE = 30.0


def test_every_block_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed from top to bottom, as a reader would; it says what each call says that it does."""
    monkeypatch.setenv("TANDEMGATE_SERVER_KEY", KEY)
    names: dict[str, Any] = {"__name__": "shop"}
    with a_socket() as gateway, visiting(Visitor(SESSION)):
        for block in BLOCKS:
            if block != EXAMPLE:
                exec(block.replace(ADDRESS, gateway.url), names)  # noqa: S102 - the page's own
                assert names["tandem"].flush(PATIENCE)
        assert names["paid"](7)
        names["tandem"].close()
    paths = [path for path, _, _ in gateway.requests]
    assert paths == ["/v1/events", "/v1/attach", "/v1/consent", "/v1/events"]
    assert gateway.event_ids == ["ord_10493_complete_payment", "ord_7"]
    assert json.loads(gateway.requests[1][2])["session"] == SESSION


def test_the_pages_test_passes(tmp_path: Path) -> None:
    """Whoever copies it begins with a green one."""
    head = f"{BLOCKS[0].split('tandem.track')[0]}\n".replace(
        'os.environ["TANDEMGATE_SERVER_KEY"]', repr(KEY)
    )
    file = tmp_path / "test_shop.py"
    file.write_text(head + EXAMPLE, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
