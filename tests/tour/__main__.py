"""``make tour``: start the demo, click through its shop in a real Chromium, and keep pictures.

``python -m tests.tour [FOLDER]``, else into ``tour/``. Exit 0 when every step went as it should.
"""

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser.chromium import missing
from tests.tour.walk import walk

LINK: Final = re.compile(r"http://localhost:\d+/\?ttclid=\S+")
TANDEMGATE: Final = Path(sys.executable).with_name("tandemgate")


def main() -> int:
    """Walk through the shop and print what was kept; 2 where there is no browser to do it with."""
    lacking = missing()
    if lacking:
        sys.stderr.write(f"{lacking}\nTry: make tour\n")
        return 2
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "tour")
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as link:
        print(f"The shop is open: {link}")
        asyncio.run(walk(link, folder))
    return 0


@contextmanager
def demo() -> Iterator[str]:
    """Run ``tandemgate demo`` until its shop is open; give the link, and end it by Ctrl-C."""
    print("Starting the demo ...", flush=True)
    with (
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(
            [TANDEMGATE, "demo"], stdout=subprocess.PIPE, stderr=told, text=True
        ) as run,
    ):
        try:
            yield _link_in(run)
        finally:
            run.send_signal(signal.SIGINT)


def _link_in(run: subprocess.Popen[str]) -> str:
    assert run.stdout is not None
    for line in run.stdout:
        found = LINK.search(line)
        if found:
            return found[0]
    raise SystemExit("the demo ended before its shop was open\nTry: make demo")


if __name__ == "__main__":
    sys.exit(main())
