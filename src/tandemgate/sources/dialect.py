"""What web asks of each system's module."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tandemgate.core.beacon import Visitor
from tandemgate.model.event import Source
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.message import Message
from tandemgate.model.rules import PixelRules


@dataclass(frozen=True, slots=True)
class Asked:
    """For which pixel a request is read, and when it came.

    ``visitor`` is who sent it where that is the person's own browser; ``None`` where a server
    reports, whose address is nobody's.
    """

    rules: PixelRules
    now: Epoch
    visitor: Visitor | None = None


class Dialect(Protocol):
    """How one system writes what it reports."""

    @property
    def source(self) -> Source:
        """How its events are marked."""
        ...

    def read(self, tree: object, asked: Asked) -> Sequence[Message] | Problem:
        """Read decoded JSON, message by message; a problem where it is no such request at all."""
        ...
