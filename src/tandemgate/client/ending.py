"""The end of a process that ends without Python's exit handlers."""

import sys
from collections.abc import Callable


def close_with_child(close: Callable[[], None]) -> None:
    """Have *close* called at the end of a child of multiprocessing, which is no end of Python's.

    Looks at what the shop has imported itself, and imports nothing.
    """
    process, util = map(sys.modules.get, ("multiprocessing.process", "multiprocessing.util"))
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, close, exitpriority=0)
