"""What was configured: one frozen tree out of a TOML file and the environment.

This package is the only reader of the environment. ``load`` either gives a tree in which everything
fits together, or says everything that does not.
"""

from collections.abc import Mapping
from pathlib import Path

from tandemgate.model.errors import ConfigurationError
from tandemgate.model.key import KeyKind, Scope
from tandemgate.settings.layers import environment, gather
from tandemgate.settings.reading import Reading
from tandemgate.settings.relations import check
from tandemgate.settings.tree import (
    AlertSettings,
    KeySettings,
    PixelSettings,
    ServerSettings,
    Settings,
    SourceSettings,
    StoreKey,
    StoreSettings,
    TikTokSettings,
)

__all__ = [
    "AlertSettings",
    "KeyKind",
    "KeySettings",
    "PixelSettings",
    "Scope",
    "ServerSettings",
    "Settings",
    "SourceSettings",
    "StoreKey",
    "StoreSettings",
    "TikTokSettings",
    "environment",
    "load",
]


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read *path* (or ``TANDEMGATE_CONFIG``, or ``./tandemgate.toml``), under the environment.

    Raises:
        ConfigurationError: with every problem at once, one line each.

    """
    variables = environment() if environ is None else environ
    layers = gather(path, variables)
    reading = Reading(layers, variables)
    settings = reading.settings()
    rules = [f"{layers.place(key)}: {text}" for key, text in check(settings, reading.literals)]
    lines = [*reading.problems, *rules]
    if lines:
        place = f"in {layers.file} " if layers.file else ""
        raise ConfigurationError(lines, f"mend the lines above {place}and start again")
    return settings
