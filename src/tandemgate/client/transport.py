"""One POST to the gateway: a connection of its own, no redirect, and never an exception."""

import re
from dataclasses import dataclass, field
from http.client import (
    HTTP_PORT,
    HTTPS_PORT,
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
)
from typing import Final, Protocol
from urllib.parse import urlsplit

from tandemgate import __version__
from tandemgate.client.answers import Reply, Unreachable

LARGEST_ANSWER: Final = 16 << 20
"""Bytes; a thousand events with all their remarks are far less."""

_GRAPHIC: Final = re.compile(r"[!-~]+")
_PIXEL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Post(Protocol):
    """Hands *body* to *address* within *timeout* seconds, and never raises for what comes of it."""

    def __call__(self, address: str, body: bytes, timeout: float) -> Reply | Unreachable: ...


@dataclass(frozen=True, slots=True)
class HTTPPost:
    """Posts by HTTP or HTTPS. The key is in no representation of it.

    A connection for each request: none is shared with a forked child or found closed, and at one
    request a second it costs next to nothing.
    """

    secure: bool
    host: str
    port: int
    prefix: str
    key: str = field(repr=False)

    def __call__(self, address: str, body: bytes, timeout: float) -> Reply | Unreachable:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "User-Agent": f"tandemgate-client/{__version__}",
            "Connection": "close",
        }
        kind = HTTPSConnection if self.secure else HTTPConnection
        connection = kind(self.host, self.port, timeout=max(timeout, 0.001))
        try:
            connection.request("POST", self.prefix + address, body, headers)
            answer = connection.getresponse()
            content = answer.read(LARGEST_ANSWER)
            if answer.length:  # of what was announced; to a read with a limit it is no error
                return Unreachable("IncompleteRead")
            return Reply(answer.status, content, answer.getheader("Retry-After"))
        except (OSError, HTTPException, UnicodeError) as error:
            return Unreachable(type(error).__name__)
        finally:
            connection.close()


def post_to(url: str, key: str) -> HTTPPost:
    """Read where the gateway is and the key that it opens to; ValueError says what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(
            f"url is {parts.scheme or 'without a scheme'}; state where the gateway listens, "
            "such as http://127.0.0.1:8080"
        )
    if parts.username or parts.query or parts.fragment or not _GRAPHIC.fullmatch(url):
        raise ValueError("url has more than host, port and path; state the key as key")
    if key.startswith("pk_"):
        raise ValueError("key is a page's public key (pk_...); state a server key (sk_...)")
    if not _GRAPHIC.fullmatch(key):
        raise ValueError("key is empty or has a blank in it; state a server key (sk_...)")
    secure = parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if secure else HTTP_PORT)
    return HTTPPost(secure, parts.hostname, port, parts.path.rstrip("/"), key)


def checked_pixel(pixel: str) -> str:
    """Return *pixel*, or say by ValueError why it is none."""
    if not _PIXEL.fullmatch(pixel):
        raise ValueError(f"pixel is {pixel!r}; state its code, as Events Manager shows it")
    return pixel
