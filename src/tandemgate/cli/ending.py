"""How a verb ends: the exit codes, and the error that tells a person the way out."""

from enum import IntEnum

from typer import TyperException


class Ending(IntEnum):
    """Exit codes of every verb."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


class Failure(TyperException):
    """A verb cannot go on. *way_out* becomes the last line on stderr, after ``Try:``."""

    def __init__(self, message: str, way_out: str, ending: Ending = Ending.USAGE) -> None:
        super().__init__(message)
        self.way_out = way_out
        self.ending = ending
