"""The gateway after ``ulimit -c unlimited``: ``python -m tests.privacy.unlimited HOW serve``.

With HOW = ``ignored`` no limit is obeyed, as by a kernel that pipes core dumps to a program.
"""

import resource
import sys

from tandemgate.cli.main import run

set_limit = resource.setrlimit


def _set_others(which: int, limits: tuple[int, int]) -> None:
    if which != resource.RLIMIT_CORE:
        set_limit(which, limits)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    how, *words = sys.argv[1:]
    if how == "ignored":
        vars(resource)["setrlimit"] = _set_others
    sys.exit(run(words))
