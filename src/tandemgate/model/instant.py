"""Points in time."""

from typing import TypeAlias

Epoch: TypeAlias = float
"""Seconds since 1970-01-01T00:00:00Z on the wall clock. In ``core`` always an argument."""

Seconds: TypeAlias = float
"""A length of time."""
