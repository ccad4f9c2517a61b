"""What another system reported, in TikTok's words."""

from typing import Any

from msgspec import Struct

from tandemgate.model.event import Fallback
from tandemgate.model.finding import Finding, Problem


class Message(Struct, frozen=True, gc=False):
    """One message of another system as TikTok's ``data[]`` item, or why it is no event.

    ``pointer`` is where it stood (``/batch/3``). ``item`` may hold plain identifiers, so a Message
    lives in the request handler's frame only; one that is no object is refused like any such event.
    ``noted`` names the reason why nothing is to be sent, ``problems`` are what nothing survives.
    ``rehearsal``: its own system calls it a test, so it is never live. ``amends``: it tells how
    things stand now, whatever the same system told of them before. ``fallback`` names its event
    where nothing that it says does.
    ``payment`` is the payment that it tells of, of which there is one event.
    ``account`` is the visit of the person whom the system knows; a noted message with an item
    tells about them.
    """

    pointer: str
    item: Any
    noted: str | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    rehearsal: bool = False
    amends: bool = False
    account: str | None = None
    fallback: Fallback | None = None
    payment: str | None = None

    def __repr__(self) -> str:
        """Print where it stood, and nothing of the item."""
        return f"Message(pointer={self.pointer!r}, noted={self.noted!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        return [("pointer", self.pointer), ("noted", self.noted)]
