"""A gateway in this process, seen by the CLI as it sees one over HTTP."""

import asyncio
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from tandemgate.cli.gateway import Gateway as Client
from tandemgate.cli.gateway import Reply
from tests.web.gateway import SERVER_KEY, Gateway


class Nearby(Client):
    """Asks *gateway* without a socket; ``bodies`` is all that was handed over."""

    def __init__(self, gateway: Gateway, key: str = SERVER_KEY) -> None:
        super().__init__("http://127.0.0.1:9")
        self._gateway = gateway
        self._key = key
        self.bodies: list[bytes] = []

    def post(self, path: str, body: bytes) -> Reply:
        self.bodies.append(body)
        told = asyncio.run(self._gateway.post(body, path=path, key=self._key))
        return Reply(told.status, told.json)

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Reply:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        told = asyncio.run(self._gateway.get(f"{path}?{urlencode(given)}", self._key))
        return Reply(told.status, told.json)

    def lines(self, path: str, query: Mapping[str, object] | None = None) -> Iterator[bytes]:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        told = asyncio.run(self._gateway.get(f"{path}?{urlencode(given)}", self._key))
        assert told.status == HTTPStatus.OK, told.body
        yield from told.body.splitlines(keepends=True)
