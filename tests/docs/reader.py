"""A reader who types what a page says, at the root of the project."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 240

PRELUDE = """
set -e
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
answers() {
  for _ in $(seq 400); do curl -s -o /dev/null "$1" && return; sleep 0.05; done
  return 1
}
"""
"""What runs in the background ends with the reader; ``answers URL`` waits as a slow typist does."""


def typed(script: str, **variables: str) -> str:
    """Run *script* in bash and return everything it printed."""
    done = subprocess.run(
        ["/bin/bash", "-c", PRELUDE + script],
        cwd=ROOT,
        env={**os.environ, **variables, "NO_COLOR": "1", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
