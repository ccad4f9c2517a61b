"""The shop's pages, as the gateway meets them: requests of many browsers from one host."""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlsplit

from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.gateway import TIMEOUT, Reply


class Pages:
    """One connection to the gateway at *url*, as the proxy of the shop's own host keeps it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def report(self, beacon: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        """Hand in one *beacon*, as the browser with these *headers* does."""
        try:
            body = json.dumps(beacon).encode()
            self._connection.request("POST", "/v1/collect", body, dict(headers))
            with closing(self._connection.getresponse()) as answer:
                return Reply(answer.status, json.loads(answer.read()))
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            raise Failure(
                f"no gateway answers at {self._url} ({type(error).__name__})",
                "tandemgate demo, once more",
                Ending.UNREACHABLE,
            ) from error
