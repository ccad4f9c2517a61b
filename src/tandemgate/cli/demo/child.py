"""Run a module as a program that does not outlive the process which started it.

``python -m tandemgate.cli.demo.child MODULE ARGUMENT...``: the starter holds the other end of
standard input and never writes. When it ends, however abruptly, the kernel closes that end, and
this process asks itself to terminate.
"""

import os
import runpy
import signal
import sys
from threading import Thread


def main() -> None:
    """Become the module that the first argument names."""
    Thread(target=_end_with_stdin, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_stdin() -> None:
    # Not through sys.stdin: its lock would still be held while the interpreter shuts down.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
