"""Points in time."""

from typing import TypeAlias

Epoch: TypeAlias = float
"""Seconds since 1970-01-01T00:00:00Z on the wall clock. Always an argument, never read in ``core``."""

Seconds: TypeAlias = float
"""A length of time."""
