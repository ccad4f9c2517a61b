"""What the gateway has to say about an event: problems refuse it, findings travel with it.

Both name a *reason*, a stable word with one entry in :mod:`tandemgate.catalog.reasons`, where its
meaning and its fix are written once for answers, ``tandemgate explain`` and the documentation.
"""

import msgspec


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Why an event (or a whole request) was refused.

    ``field`` is a JSON pointer into the request body (RFC 6901). ``received`` is safe to print: the
    value itself for harmless fields, only its shape ("a string of 17 characters") for personal
    ones.
    """

    code: int
    reason: str
    field: str
    received: str
    expected: str
    fix: str


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A remark about an event that is sent all the same. ``note`` is safe to print."""

    reason: str
    field: str
    note: str
