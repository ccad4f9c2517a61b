"""From raw layers to the typed tree, with one problem for each value that does not fit its key."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, get_args

import msgspec

from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.key import KeyKind, Scope
from tandemgate.model.order import ValueRule
from tandemgate.model.rules import Bots, ExternalIdCase, SameOrder, Wire
from tandemgate.model.secret import Secret
from tandemgate.model.shop import ContentId, ShopKind
from tandemgate.settings import values
from tandemgate.settings.layers import EnvText, Layers
from tandemgate.settings.tree import (
    AlertSettings,
    Duration,
    KeySettings,
    Listen,
    PixelSettings,
    ServerSettings,
    Settings,
    SourceSettings,
    StoreKey,
    StoreSettings,
    TikTokSettings,
)
from tandemgate.settings.values import Misfit, nearest, shown

T = TypeVar("T", bound=msgspec.Struct)

KINDS: Final[dict[Any, Callable[[object], Any]]] = {
    str: values.text,
    bool: values.flag,
    int: values.integer,
    float: values.number,
    Duration: values.duration,
    Listen: values.listen,
    **{
        words: values.one_of(words)
        for words in (
            Wire,
            Profile,
            OnPersonalizationDenied,
            SameOrder,
            Bots,
            ExternalIdCase,
            KeyKind,
            ShopKind,
            ContentId,
        )
    },
    tuple[str, ...]: values.list_of(values.text),
    tuple[Scope, ...]: values.list_of(values.one_of(Scope)),
    bool | tuple[str, ...]: values.any_or_listed,
    ValueRule: values.value_rule,
    Mapping[str, str]: values.names,
    bool | float: values.off_or(values.number),
    bool | Duration: values.off_or(values.duration),
}
"""Type of a field in the tree -> how it is read."""

ADDRESSES: Final = frozenset({"server.public_url", "tiktok.base_url"})
TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "server": ServerSettings,
    "store": StoreSettings,
    "tiktok": TikTokSettings,
    "alerts": AlertSettings,
}
ARRAYS: Final[dict[str, type[msgspec.Struct]]] = {
    "pixels": PixelSettings,
    "keys": KeySettings,
    "sources": SourceSettings,
}
HOW_TO_STATE: Final = '{ env = "NAME" } or { file = "path" }'


class Reading:
    """Reads one set of layers.

    ``problems`` collects what did not fit, in the order of the tree. ``literals`` are the keys of
    secrets that stand as plain text in the settings file.
    """

    def __init__(self, layers: Layers, environ: Mapping[str, str]) -> None:
        self._layers = layers
        self._environ = environ
        self.problems = list(layers.problems)
        self.literals: list[str] = []

    def settings(self) -> Settings:
        """Read everything; the default stands in for a value that did not fit."""
        raw = self._layers.raw
        self._refuse_unknown(raw, [*TABLES, *ARRAYS], "")
        read: dict[str, Any] = {}
        for name, kind in TABLES.items():
            table = self._table(kind, raw.get(name, {}), name)
            read[name] = table if table is not None else kind()
        for name, kind in ARRAYS.items():
            read[name] = self._array(kind, raw.get(name, []), name)
        return Settings(**read, origin=self._layers.origin, folder=self._layers.folder)

    def _array(self, kind: type[T], raw: object, at: str) -> tuple[T, ...]:
        if not isinstance(raw, list):
            self._say(at, f"{at} is {shown(raw)}, but expected entries; write [[{at}]] above each")
            return ()
        entries = (self._table(kind, item, f"{at}.{index}") for index, item in enumerate(raw))
        return tuple(entry for entry in entries if entry is not None)

    def _table(self, kind: type[T], raw: object, at: str) -> T | None:
        """One table; ``None`` when something that it can't be without is missing or wrong."""
        if not isinstance(raw, dict):
            self._say(
                at, f"{at} is {shown(raw)}, but expected a table; write [{at}] above its keys"
            )
            return None
        fields = msgspec.structs.fields(kind)
        self._refuse_unknown(raw, [field.name for field in fields], at)
        read: dict[str, Any] = {}
        for field in fields:
            key = f"{at}.{field.name}"
            if field.name in raw:
                value = self._leaf(field.type, raw[field.name], key)
                if value is not None:
                    read[field.name] = value
            elif field.required:
                self._say(at, f"{key} is missing; add it to that entry")
        if (
            read.get("kind") is KeyKind.BROWSER
        ):  # pages print these keys: they are names, not secrets
            self.literals = [key for key in self.literals if not key.startswith(f"{at}.")]
        if any(field.required and field.name not in read for field in fields):
            return None
        return kind(**read)

    def _leaf(self, kind: Any, raw: object, key: str) -> Any:  # noqa: ANN401 - as the tree says
        if kind == StoreKey:
            return self._store_key(raw, key)
        if kind is Secret or Secret in get_args(kind):
            return self._secret(raw, key)
        try:
            return values.web_address(raw) if key in ADDRESSES else KINDS[kind](raw)
        except Misfit as misfit:
            self._say(key, f"{key} is {shown(raw)}, but {misfit}")
            return None

    def _secret(self, raw: object, key: str) -> Secret | None:
        match raw:
            case str():
                if not isinstance(raw, EnvText):
                    self.literals.append(key)
                return self._filled(str(raw), key, "it is empty")
            case {"env": str(name), **rest} if not rest:
                found = self._environ.get(name, "")
                return self._filled(found, key, f"the environment variable {name} is not set")
            case {"file": str(name), **rest} if not rest:
                return self._from_file(name, key)
        self._say(key, f"{key} is not a secret; write {HOW_TO_STATE}")
        return None

    def _from_file(self, name: str, key: str) -> Secret | None:
        path = self._layers.folder / name
        try:
            return self._filled(path.read_text("utf-8").strip(), key, f"the file {path} is empty")
        except OSError as error:
            self._say(
                key, f"{key} is to be read from {path}: {error.strerror}; make that file readable"
            )
        except UnicodeDecodeError:
            self._say(
                key,
                f"{key} is to be read from {path}, which is not text; put the secret's text there",
            )
        return None

    def _filled(self, found: str, key: str, otherwise: str) -> Secret | None:
        if found:
            return Secret(found)
        self._say(key, f"{key} has no value: {otherwise}; set it, or write {HOW_TO_STATE}")
        return None

    def _store_key(self, raw: object, key: str) -> StoreKey | None:
        match raw:
            case {"file": str(name), **rest} if not rest:
                path = self._layers.folder / name
                if not path.exists():
                    return StoreKey(file=path)
                secret = self._from_file(name, key)
                return StoreKey(secret=secret, file=path) if secret is not None else None
        secret = self._secret(raw, key)
        return StoreKey(secret=secret) if secret is not None else None

    def _refuse_unknown(self, raw: Mapping[str, object], known: list[str], at: str) -> None:
        for name in raw:
            if name not in known:
                key = f"{at}.{name}" if at else name
                self._say(key, f"{key} is no setting; {nearest(name, known)}")

    def _say(self, key: str, text: str) -> None:
        self.problems.append(f"{self._layers.place(key)}: {text}")
