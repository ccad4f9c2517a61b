"""One POST to TikTok's Events API, and an honest account of what became of it.

The account matters more than the request: *not sent* is said only when not a byte of the request
can have left. aiohttp raises the ClientConnectorError family while it resolves, connects and shakes
hands, and ConnectionTimeoutError before it has a connection; everything else may come after the
first byte. It repeats a request on a dropped keep-alive connection only for idempotent methods
(RFC 9110, 9.2.2), so a POST leaves once.
"""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp

from tandemgate.model.delivery import Answered, NoAnswer, NotSent, Reply, TrackRequest
from tandemgate.model.instant import Epoch, Seconds

TRACK_PATH = "/open_api/v1.3/event/track/"
"""With the trailing slash. [TikTok's help page "About Events API"]"""

DEADLINE: Seconds = 15.0
ANSWER_LIMIT = 64 * 1024
RETRY_AFTER_MOST: Seconds = 7 * 86_400.0

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ServerFingerprintMismatch,
)
# uvloop raises RuntimeError on a transport that closed, where asyncio raises ConnectionError.
_NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError, RuntimeError)


class TikTokClient:
    """A :class:`tandemgate.ports.Sender` over HTTP. Close it with ``aclose`` or ``async with``.

    *deadline* bounds everything from name resolution to the last byte of the answer.
    """

    def __init__(
        self,
        base_url: str,
        *,
        deadline: Seconds = DEADLINE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = base_url.rstrip("/") + TRACK_PATH
        # The connection gets less than the whole, so that its failure is told from a lost answer.
        self._timeout = aiohttp.ClientTimeout(total=deadline, connect=deadline * 2 / 3)
        self._tls: ssl.SSLContext | bool = tls or True
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, request: TrackRequest) -> Reply:
        token = request.access_token.reveal()
        if not (token.isascii() and token.isprintable()):
            return NotSent("the access token holds characters that a header cannot carry", 0.0)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            status, headers, body = await self._post(token, request.body)
        except _NOT_SENT as error:
            return NotSent(_words(error), clock() - started)
        except _NO_ANSWER as error:
            return NoAnswer(_words(error), clock() - started)
        return Answered(status, body, clock() - started, retry_after(headers), dated(headers))

    async def _post(self, token: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Access-Token": token, "Content-Type": "application/json"}
        async with self._open().post(
            self._url, data=body, headers=headers, allow_redirects=False
        ) as response:
            answer = await _first_bytes(response.content)
            if not response.content.at_eof():
                response.close()
            return response.status, response.headers, answer

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Lanes bound themselves; a common bound would let a dead one slow the others.
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                trust_env=False,
            )
        return self._session


async def _first_bytes(stream: aiohttp.StreamReader) -> bytes:
    found = bytearray()
    while len(found) < ANSWER_LIMIT and (some := await stream.read(ANSWER_LIMIT - len(found))):
        found += some
    return bytes(found)


def retry_after(headers: Mapping[str, str]) -> Seconds | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3): seconds, or a date, compared with ``Date``."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), RETRY_AFTER_MOST)
    until, now = _date(value), _date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), RETRY_AFTER_MOST)


def dated(headers: Mapping[str, str]) -> Epoch | None:
    """Read ``Date`` (RFC 9110, 6.6.1): when the answer was made, to the second."""
    found = _date(headers.get("Date", ""))
    return found.timestamp() if found else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _words(error: BaseException) -> str:
    """Name *error* without its text, which may quote what came or went over the wire."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        # OpenSSL's own words about a certificate, with at most the host that we asked for.
        refused = error.certificate_error
        said = refused.verify_message if isinstance(refused, ssl.SSLCertVerificationError) else ""
        return f"{type(error).__name__}: {said}".rstrip(": ")
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    detail = cause.strerror if isinstance(cause, OSError) else None
    return f"{type(error).__name__}: {detail}" if isinstance(detail, str) else type(error).__name__
