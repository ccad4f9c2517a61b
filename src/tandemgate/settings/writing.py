"""Settings as a person would write them: the values of the tree as TOML, secrets masked."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

from tandemgate.model.secret import Secret
from tandemgate.settings.tree import Duration, Listen, StoreKey
from tandemgate.settings.values import spelled


def toml(value: Any, kind: Any = None) -> str:  # noqa: ANN401 - any value of the tree
    """Write *value*; a length of time is told by *kind*, the type of its field."""
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case Secret():
            return f'"{value}"'
        case StoreKey(secret, file):
            return f"{{ file = {_text(file)} }}" if file is not None else toml(secret)
        case Listen() | StrEnum() | Path():
            return _text(value)
        case dict():
            pairs = (f"{_text(name)} = {toml(one)}" for name, one in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case tuple():
            return f"[{', '.join(toml(item) for item in value)}]"
        case int() | float() if Duration in {kind, *get_args(kind)}:
            return _text(spelled(value))
        case int() | float():
            return f"{value:g}"
        case _:
            return _text(value)


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)
