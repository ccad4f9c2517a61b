"""Asking the gateway one question, or telling it one thing to do."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tandemgate.cli.call import Call

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway


def reader(call: Call, *, url: str | None, key_env: str | None) -> "Gateway":
    """Return the gateway that *call* means, seen with a key that may read."""
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    return connect(call, Scope.READ, url=url, key_env=key_env)


def ask(
    call: Call,
    path: str,
    query: Mapping[str, object] | None = None,
    *,
    url: str | None,
    key_env: str | None,
) -> Any:  # noqa: ANN401 - decoded JSON
    """Return what the gateway answers to a question."""
    from tandemgate.cli.gateway import need

    with reader(call, url=url, key_env=key_env) as gateway:
        return need(gateway.get(path, query), 200)


def act(
    call: Call,
    path: str,
    body: Mapping[str, object],
    *,
    url: str | None,
    key_env: str | None,
    pixel: str | None = None,
    status: int = 200,
) -> Any:  # noqa: ANN401 - decoded JSON
    """Have the gateway do what *body* says, for *pixel*, and return its answer of *status*."""
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        return need(gateway.post(path, json.dumps(body).encode()), status)
