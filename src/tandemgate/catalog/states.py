"""What each state of an event means to people, and what to do."""

from collections.abc import Mapping
from typing import Final

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "QUEUED": ("Stored, and waiting for its turn.", "Nothing."),
    "HELD": (
        "Stored, and waiting for the visitor's decision about consent.",
        "Report the event again with its consent once the visitor has decided.",
    ),
    "SENDING": ("On its way to TikTok; the answer is not known yet.", "Nothing."),
    "RETRY": ("TikTok could not take it yet; it will be sent again.", "Nothing."),
    "DELIVERED": ("TikTok said that it has the event.", "Nothing."),
    "REJECTED": (
        "TikTok refused this event, whatever else was in its batch.",
        "Read the last attempt's message, correct the event at its source and send it again.",
    ),
    "EXPIRED": (
        "It could not be delivered in the time in which TikTok takes events.",
        "Find out why delivery took so long; a late copy would be counted twice or refused.",
    ),
    "SUPPRESSED": (
        "The consent policy lets nothing of it leave; no identifier of it is stored.",
        "Nothing, if the visitor said no; else send the consent with the event.",
    ),
    "CANCELLED": ("Consent was withdrawn, or the person was erased, before it left.", "Nothing."),
    "INDETERMINATE": (
        "An answer was lost, so TikTok may have it, and it is too late to send it again safely.",
        "Compare with TikTok's Events Manager, then settle it by hand.",
    ),
    "REVIEW": (
        "TikTok's answer fits no known meaning; it is neither sent again nor counted.",
        "Read the last attempt's message, and settle the event by hand.",
    ),
}
"""State -> what it means, and what to do."""
