"""What cannot be a value because nothing sensible can go on."""

from collections.abc import Iterable


class ConfigurationError(Exception):
    """The gateway can't start as it is configured.

    ``lines`` name each key, its value (never a secret's), the rule and the way out; ``try_`` says
    what to do next and is printed as the last line.
    """

    def __init__(self, lines: Iterable[str], try_: str) -> None:
        self.lines = tuple(lines)
        self.try_ = try_
        super().__init__("\n".join((*self.lines, f"Try: {try_}")))
