"""`from tandemgate.client import Client` costs a shop nothing but the standard library."""

import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"
LOADED = """
import sys
sys.path.insert(0, {sources!r})
before = set(sys.modules)
from tandemgate.client import Client
Client("http://127.0.0.1:9", "sk_x", "C9ABC").close()
for name in sorted(set(sys.modules) - before):
    if name.partition(".")[0] not in sys.stdlib_module_names:
        print(name)
"""


def test_only_the_standard_library_is_loaded() -> None:
    """Run without site-packages, it can't even find a library; and it asks for none."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOADED.format(sources=str(SOURCES))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert "tandemgate.client" in loaded
    own = ("tandemgate.client",)
    assert [one for one in loaded if one != "tandemgate" and not one.startswith(own)] == []
