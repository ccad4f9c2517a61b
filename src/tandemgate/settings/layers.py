"""Where settings come from: a TOML file, under it nothing, over it the environment."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandemgate.model.errors import ConfigurationError

FILE_NAME = "tandemgate.toml"
FILE_VARIABLE = "TANDEMGATE_CONFIG"
PREFIX = "TANDEMGATE__"


class EnvText(str):
    """A text from the environment: it may stand for a number, a list or a boolean."""

    __slots__ = ()


@dataclass(slots=True)
class Layers:
    """The merged raw settings. ``origin`` maps a dotted key to the place that stated it."""

    raw: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    folder: Path = field(default_factory=Path)
    file: Path | None = None

    def place(self, key: str) -> str:
        """Where *key* was stated, or else where it could be."""
        return stated_in(self.origin, key) or str(self.file or "settings")


def stated_in(origin: Mapping[str, str], key: str) -> str | None:
    """Return the file or the variable that holds *key* or something within it, if there is one."""
    within = (place for name, place in origin.items() if name.startswith(f"{key}."))
    return origin.get(key) or next(within, None)


def environment() -> Mapping[str, str]:
    """The process's environment; nothing else in the package reads it."""
    return os.environ


def find_file(stated: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Which file to read: as stated, as ``TANDEMGATE_CONFIG`` says, or ``./tandemgate.toml``."""
    if stated is not None:
        return stated
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return Path(FILE_NAME) if Path(FILE_NAME).is_file() else None


def gather(stated: Path | None, environ: Mapping[str, str]) -> Layers:
    """Read the file and lay the environment over it.

    Raises:
        ConfigurationError: the file can't be read or is no TOML, so nothing else can be judged.

    """
    layers = Layers()
    file = find_file(stated, environ)
    if file is not None:
        layers.file = file
        layers.folder = file.parent
        layers.raw = _read(file)
        _note_origin(layers.raw, "", str(file), layers.origin)
    for name in sorted(environ, key=_numerically):
        if name.startswith(PREFIX):
            _lay_over(layers, name, environ[name])
    return layers


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        line = f"the settings file {file} can't be read: {error.strerror}"
        raise ConfigurationError(
            [line], "tandemgate serve --config PATH, with the path of a readable TOML file"
        ) from None
    except UnicodeDecodeError as error:
        line = f"{file} is not UTF-8 text (byte {error.start})"
        raise ConfigurationError([line], f"save {file} as UTF-8 and start again") from None
    except tomllib.TOMLDecodeError as error:
        # The parser's message names line and column and at most one character of the text.
        raise ConfigurationError(
            [f"{file} is not valid TOML: {error}"], f"mend {file} at that line and start again"
        ) from None


def _numerically(name: str) -> list[tuple[int, str]]:
    """Order PIXELS__10 after PIXELS__9, so that arrays grow by one."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in name.split("__")]


def _note_origin(raw: object, at: str, place: str, origin: dict[str, str]) -> None:
    match raw:
        case dict():
            for key, value in raw.items():
                _note_origin(value, f"{at}.{key}" if at else key, place, origin)
        case list() if raw and all(isinstance(item, dict) for item in raw):
            for index, item in enumerate(raw):
                _note_origin(item, f"{at}.{index}", place, origin)
        case _:
            origin[at] = place


def _lay_over(layers: Layers, name: str, text: str) -> None:
    parts = [part.lower() for part in name.removeprefix(PREFIX).split("__")]
    if not all(parts):
        layers.problems.append(
            f"{name} names no setting; write {PREFIX}SECTION__KEY, e.g. {PREFIX}SERVER__LISTEN"
        )
        return
    node: Any = layers.raw
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        child: Any = EnvText(text) if not following else ([] if following.isdecimal() else {})
        node = _step(node, part, child, last=not following)
        if node is None:
            layers.problems.append(_misfit(name, part))
            return
    layers.origin[".".join(parts)] = name


def _step(node: Any, part: str, child: Any, *, last: bool) -> Any:  # noqa: ANN401 - raw TOML
    """Go to *part* below *node*, making it when it is missing; ``None`` when it can't be there."""
    if isinstance(node, dict):
        if last or not isinstance(node.get(part), type(child)):
            node[part] = child
        return node[part]
    if isinstance(node, list) and part.isdecimal() and int(part) <= len(node):
        if int(part) == len(node):
            node.append(child)
        elif last:
            node[int(part)] = child
        return node[int(part)]
    return None


def _misfit(name: str, part: str) -> str:
    if part.isdecimal():
        return f"{name} leaves a gap: entry {part} comes before the ones below it; number from 0"
    return f"{name} has {part!r} where an entry's number belongs, e.g. {PREFIX}PIXELS__0__ID"
