"""The settings file as a JSON Schema, for editors and for checks before a deployment.

Draft 7, since that is what editors know of for TOML. What depends on two values at once, or on the
world, only ``tandemgate config check`` can judge.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, get_args

import msgspec

from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.key import KeyKind, Scope
from tandemgate.model.order import ValueRule
from tandemgate.model.rules import Bots, ExternalIdCase, SameOrder, Wire
from tandemgate.model.secret import Secret
from tandemgate.model.shop import ContentId, ShopKind
from tandemgate.settings.meanings import SECTIONS, Section
from tandemgate.settings.reading import ADDRESSES
from tandemgate.settings.relations import BOUNDS, SHARES
from tandemgate.settings.tree import Duration, Listen, StoreKey

Schema: TypeAlias = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
WORDS: Final = (
    Wire,
    Profile,
    OnPersonalizationDenied,
    SameOrder,
    Bots,
    ExternalIdCase,
    KeyKind,
    Scope,
    ShopKind,
    ContentId,
)

TEXT: Final[Schema] = {"type": "string"}
_REFERENCES: Final[list[Schema]] = [
    {
        "type": "object",
        "properties": {name: TEXT},
        "required": [name],
        "additionalProperties": False,
    }
    for name in ("env", "file")
]
SECRET: Final[Schema] = {"oneOf": [TEXT, *_REFERENCES]}

LENGTH: Final[Schema] = {
    "oneOf": [
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$"},
        {"type": "number", "minimum": 0},
    ]
}
OFF: Final[Schema] = {"const": False}

SHAPES: Final[dict[Any, Schema]] = {
    str: TEXT,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Duration: LENGTH,
    Listen: {"type": "string", "pattern": r"^(\[[^\[\]]+\]|[^\[\]:]+):\d{1,5}$"},
    ValueRule: {
        "type": "string",
        "pattern": r"^\s*(sub)?total(\s*[+-]\s*(tax|shipping|discount|refund))*$",
    },
    Mapping[str, str]: {"type": "object", "additionalProperties": TEXT},
    StoreKey: SECRET,
    Secret: SECRET,
    tuple[str, ...]: {"type": "array", "items": TEXT},
    bool | float: {"oneOf": [OFF, {"type": "number"}]},
    bool | Duration: {"oneOf": [OFF, *LENGTH["oneOf"]]},
    bool | tuple[str, ...]: {"oneOf": [{"type": "boolean"}, {"type": "array", "items": TEXT}]},
    **{word: {"enum": [one.value for one in word]} for word in WORDS},
}
"""Type of a field in the tree -> what a file may say there."""

ADDRESS: Final[Schema] = {"type": "string", "pattern": "^https?://[^/?#@]+[^?#]*$"}


def json_schema() -> Schema:
    """Describe every table and key, with its meaning and its default."""
    return {
        "$schema": DRAFT,
        "title": "tandemgate.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {section.name: _section(section) for section in SECTIONS},
    }


def _section(section: Section) -> Schema:
    fields = msgspec.structs.fields(section.kind)
    table: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _field(section, field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }
    if section.repeats:
        return {"description": section.about, "type": "array", "items": table}
    return {"description": section.about, **table}


def _field(section: Section, field: msgspec.structs.FieldInfo) -> Schema:
    key = f"{section.name}.{field.name}"
    return {
        "description": section.meanings[field.name],
        **(ADDRESS if key in ADDRESSES else _shape(field.type)),
        **_bounds(key, field.type),
    }


def _shape(kind: Any) -> Schema:  # noqa: ANN401 - as the tree says
    if Secret in get_args(kind):
        return SECRET
    if (item := get_args(kind)[:1]) and item[0] in WORDS:
        return {"type": "array", "items": SHAPES[item[0]]}
    return SHAPES[kind]


def _bounds(key: str, kind: Any) -> Schema:  # noqa: ANN401 - as the tree says
    """The range of a number; that of a length of time can't be said of its text."""
    if Duration in {kind, *get_args(kind)}:
        return {}
    found = [bound for bound in (*BOUNDS, *SHARES) if bound.key == key]
    return {"minimum": found[0].least, "maximum": found[0].most} if found else {}
