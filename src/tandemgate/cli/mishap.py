"""A mistake of ours on a command line: where it is, without the words that it came with."""

import sys
from pathlib import PurePath
from types import TracebackType

TRY = "report these lines; they hold nothing of what was sent, typed or stored"


def tell(
    kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
) -> None:
    """Print the kind of an exception and its way through the code: a :data:`sys.excepthook`.

    Its text may quote an event or an identifier, and what is printed ends in tickets and chats.
    """
    print(f"Error: a mistake in tandemgate, {kind.__name__}", file=sys.stderr)
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{PurePath(code.co_filename).name}:{trace.tb_lineno}"
        print(f"  {place} in {code.co_qualname}", file=sys.stderr)
        trace = trace.tb_next
    print(f"Try: {TRY}", file=sys.stderr)


def install() -> None:
    """Tell of every exception that nobody handles in this way."""
    sys.excepthook = tell
    sys.unraisablehook = lambda it: tell(it.exc_type, it.exc_value, it.exc_traceback)
