"""The demo's child processes: started, awaited, and stopped whatever happens."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from tandemgate.cli.ending import Ending, Failure

START_SECONDS = 30.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
LAST_LINES = 15
WAYS_OUT = {
    "gateway": "tandemgate serve, to see it alone",
    "simulator": "tandemgate simulate, to see it alone",
}


class Program:
    """One child process that runs *module*; its output goes to *log*. Stopped by ``with``.

    It has a process group of its own, so that Ctrl-C reaches only the demo, which then stops its
    children in order.
    """

    def __init__(
        self, name: str, module: str, arguments: list[str], log: Path, environ: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", "tandemgate.cli.demo.child", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready_line(self) -> dict[str, Any]:
        """Wait for the first line; what is no JSON there are the last words before it ends."""
        first = b""
        for _ in self.attempts():
            first, newline, _rest = self.log.read_bytes().partition(b"\n")
            if newline and first.startswith(b"{"):
                break
        ready: dict[str, Any] = json.loads(first)
        return ready

    def attempts(self) -> Iterator[None]:
        """Yield while it starts; raise a :class:`Failure` if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.must_run()
            yield
            time.sleep(POLL_SECONDS)
        raise self._failure("is not ready yet")

    def must_run(self) -> None:
        """Raise a :class:`Failure` with the last lines of its log if the process has ended."""
        if self._process.poll() is not None:
            raise self._failure(f"ended with exit code {self._process.returncode}")

    def stop(self) -> None:
        """Ask it to end, wait, and end it if it does not listen."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _failure(self, what: str) -> Failure:
        lines = self.log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        said = "\n".join(("", *lines)) if lines else " without a word"
        return Failure(
            f"the {self.name} {what}{said}",
            WAYS_OUT.get(self.name, "tandemgate demo once more"),
            Ending.UNREACHABLE,
        )
