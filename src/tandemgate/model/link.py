"""A visit that goes on at another host."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a link token says that can be trusted.

    ``visit`` is the digest of the session that it comes from, see
    :func:`tandemgate.core.traces.session_digest`; ``mark`` tells the token from every other one.
    """

    visit: bytes = field(repr=False)
    mark: bytes
