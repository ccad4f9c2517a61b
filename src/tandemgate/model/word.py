"""Enumerated words."""

from enum import StrEnum


class Word(StrEnum):
    """A word of the model: equal to its text, and hashed as it.

    Events are counted and looked up by their words, several dozen times each, and the hash that
    Enum brings is a Python function.
    """

    __hash__ = str.__hash__
