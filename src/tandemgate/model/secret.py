"""A value that must not be printed."""

SHOWN_FROM = 12


class Secret:
    """A token or key. Printing it shows its last four characters; ``reveal()`` is the only way in.

    A secret shorter than ``SHOWN_FROM`` characters shows nothing: four would be too many of it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that must send or compare it."""
        return self._text

    @property
    def tail(self) -> str:
        """The last four characters, by which people tell one from another; "" of a short one."""
        return self._text[-4:] if len(self._text) >= SHOWN_FROM else ""

    def __repr__(self) -> str:
        return f"••••{self.tail}"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
