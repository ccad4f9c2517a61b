"""The command ``tandemgate``, also as ``python -m tandemgate``.

Ctrl-C must not print a traceback, not even while the command line is being imported.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

from tandemgate.cli.main import main  # noqa: E402 - only now a Ctrl-C ends it without a word

if __name__ == "__main__":
    main()
