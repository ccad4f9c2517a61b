"""``make fuzz-api``: as many requests as you like, from ``/openapi.json``, to a gateway."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.api import fuzz, target

USUAL = ("--max-examples", "300")


def main() -> int:
    """Tell what schemathesis tells; its exit code."""
    with TemporaryDirectory() as folder, target(Path(folder)) as aim:
        ended = fuzz(aim, Path(folder), *(sys.argv[1:] or USUAL))
    sys.stdout.write(ended.stdout + ended.stderr)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
