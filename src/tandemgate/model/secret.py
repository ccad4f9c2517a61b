"""A value that must not be printed."""


class Secret:
    """A token or key. ``reveal()`` is the only way to its text; printing shows the last four characters.

    Short secrets (under 12 characters) show nothing, since four of their characters would be too many.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that must send or compare it."""
        return self._text

    def __repr__(self) -> str:
        tail = self._text[-4:] if len(self._text) >= 12 else ""
        return f"••••{tail}"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
