"""The running gateway, seen over HTTP like any other caller sees it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from tandemgate.cli.ending import Ending, Failure

TIMEOUT = 30.0
"""Seconds; a gateway answers in milliseconds, so longer means that it is stuck."""

FRESH = 1.0
"""Seconds after which an idle connection is not trusted: the other side may be closing it."""

SERVER_ERRORS = 500

WAYS_OUT = {
    "key_missing": "--key-env NAME, or --config FILE with a [[keys]] entry of the gateway",
    "key_unknown": "--key-env NAME, or --config FILE with a [[keys]] entry of the gateway",
    "pixel_not_allowed": "--pixel ID, with a pixel of the key",
    "pixel_unsaid": "--pixel ID, with one of them",
}
"""Reason of a refusal -> what the caller of a verb can do about it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer with a JSON body (``None`` when it has none that can be read)."""

    status: int
    body: Any


class Gateway:
    """One connection to a gateway at *url*, kept open between requests. *key* may be empty."""

    def __init__(self, url: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Failure(
                f"{url!r} is not the address of a gateway",
                "give one like http://127.0.0.1:8080",
            )
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.url = url.rstrip("/")
        self._path = parts.path.rstrip("/")
        self._connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
        self._used = 0.0
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: bytes) -> Reply:
        """POST *body* as JSON."""
        return self._ask("POST", path, body, {"Content-Type": "application/json"})

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Reply:
        """GET *path*; parameters that are ``None`` are left out."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path, None, {})

    def preflight(self, path: str, origin: str) -> Reply:
        """Ask, as a browser does for a page of *origin*, whether it may POST to *path*."""
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return self._ask("OPTIONS", path, None, asked)

    def lines(self, path: str, query: Mapping[str, object] | None = None) -> Iterator[bytes]:
        """GET *path* and read its lines as they come; a connection that is cut just ends them.

        Raises:
            Failure: the answer is another than 200, or there is none.

        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"{self._path}{path}?{urlencode(given)}"
        try:
            self._connection.close()
            self._connection.request("GET", target, None, self._headers)
            answer = self._connection.getresponse()
            if answer.status != HTTPStatus.OK:
                need(Reply(answer.status, _decoded(answer.read())), HTTPStatus.OK)
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error
        with suppress(OSError, HTTPException), answer:
            yield from answer

    def _unreachable(self, error: Exception) -> Failure:
        self._connection.close()
        return Failure(
            f"no gateway answers at {self.url} ({_reason(error)})",
            "tandemgate serve, or name another gateway with --url or --config",
            Ending.UNREACHABLE,
        )

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        if time.monotonic() - self._used > FRESH:
            self._connection.close()
        try:
            self._connection.request(method, self._path + path, body, {**self._headers, **headers})
            answer = self._connection.getresponse()
            reply = Reply(answer.status, _decoded(answer.read()))
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error
        self._used = time.monotonic()
        return reply


def need(reply: Reply, *statuses: int) -> Any:  # noqa: ANN401 - decoded JSON
    """Return the body of a *reply* with one of *statuses*; anything else ends the verb."""
    if reply.status in statuses:
        return reply.body
    ending = Ending.UNREACHABLE if reply.status >= SERVER_ERRORS else Ending.USAGE
    match reply.body:
        case {"problems": [{"reason": reason, "field": field} as found]}:
            where = f" at {field}" if field else ""
            came, expected, fix = found["received"], found["expected"], found["fix"]
            said = f"{came or 'nothing'} came, expected {expected}; {fix}"
            raise Failure(
                f"the gateway answered {reply.status} {reason}{where}: {said}",
                WAYS_OUT.get(reason, f"tandemgate explain {reason}"),
                ending,
            )
        case _:
            raise Failure(
                f"{reply.status} came back, which is no answer of a gateway",
                "tandemgate events list --url URL, with the address of a gateway",
                ending,
            )


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - decoded JSON
    try:
        return json.loads(body)
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
