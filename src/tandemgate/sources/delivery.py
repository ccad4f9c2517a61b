"""What is asked of the module of each shop system."""

from dataclasses import dataclass, field
from typing import Protocol

from tandemgate.model.instant import Epoch
from tandemgate.model.message import Message
from tandemgate.model.rules import PixelRules
from tandemgate.model.shop import ContentId


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed delivery: what it is about, as its header says, and its body as decoded JSON.

    ``content_id`` is never ``auto``.
    """

    topic: str
    tree: object = field(repr=False)
    rules: PixelRules
    now: Epoch
    content_id: ContentId


class ReadsDelivery(Protocol):
    """How one system's webhooks are read."""

    def __call__(self, delivery: Delivery) -> Message:
        """Say what it tells in TikTok's words, or why it is no event."""
        ...
