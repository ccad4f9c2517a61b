"""One POST to a receiver of alerts, to public addresses alone unless private ones are allowed.

Whoever may name a receiver must not get at what only this machine can reach: the metadata service
of a cloud, an admin page on loopback. So every address that a name stands for is checked, and the
connection goes to a checked one: a name that stands for another address a moment later changes
nothing. Redirects are not followed.
"""

import asyncio
import hashlib
import hmac
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from tandemgate.core.address import Reach, reach
from tandemgate.model.alert import Message
from tandemgate.model.instant import Seconds
from tandemgate.model.secret import Secret
from tandemgate.notify.slack import slack_json
from tandemgate.ports import Clock

DEADLINE: Final[Seconds] = 10.0
ANSWER_LIMIT: Final = 64 * 1024
SIGNATURE: Final = "X-Tandemgate-Signature"
"""``t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">``, in the manner of Stripe's."""

_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
# uvloop raises RuntimeError on a transport that closed, where asyncio raises ConnectionError.
_FAILURES: Final = (aiohttp.ClientError, OSError, RuntimeError, ValueError)


class Forbidden(OSError):  # noqa: N818 - an OSError, so that aiohttp takes it for a failed connection
    """The receiver's name stands for an address that alerts may not reach."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where alerts go. ``signing_secret`` signs what is sent; ``deadline`` bounds one message."""

    url: Secret
    signing_secret: Secret | None = None
    allow_private: bool = False
    deadline: Seconds = DEADLINE


class Webhook:
    """A :class:`tandemgate.ports.Notifier` over HTTP. Close it with ``aclose`` or ``async with``.

    *gateway* is the address by which people know this gateway.
    """

    def __init__(
        self,
        receiver: Receiver,
        clock: Clock,
        gateway: str,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._receiver = receiver
        self._clock = clock
        self._gateway = gateway
        self._resolver = resolver
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

    async def tell(self, message: Message) -> str:
        now = self._clock.now()
        body = slack_json(message, self._gateway, now)
        try:
            async with asyncio.timeout(self._receiver.deadline):
                status = await self._post(body, int(now))
        except TimeoutError:
            return f"the receiver did not answer within {self._receiver.deadline:g} s"
        except _FAILURES as failure:
            return _words(failure)
        if status in _OK:
            return ""
        if status in _REDIRECTS:
            return (
                f"the receiver answered {status}, a redirect, which is not followed; "
                "put the address that it leads to into alerts.webhook"
            )
        return f"the receiver answered {status}"

    async def _post(self, body: bytes, at: int) -> int:
        headers = {"Content-Type": "application/json", "User-Agent": "tandemgate"}
        if (secret := self._receiver.signing_secret) is not None:
            headers[SIGNATURE] = signature(secret, body, at)
        async with self._open().post(
            self._receiver.url.reveal(), data=body, headers=headers, allow_redirects=False
        ) as response:
            await response.content.read(ANSWER_LIMIT)
            response.close()  # alerts are rare: nothing is kept open for the next
            return response.status

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = self._resolver or ThreadedResolver()
            connector = aiohttp.TCPConnector(
                resolver=_CheckedResolver(resolver, allow_private=self._receiver.allow_private),
                socket_factory=self._socket,
                use_dns_cache=False,
                force_close=True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one address: the last place at which it can be refused."""
        family, kind, protocol, _, address = info
        must_be_reachable([address[0]], allow_private=self._receiver.allow_private)
        return socket.socket(family, kind, protocol)


class _CheckedResolver(AbstractResolver):
    """Resolves names whose every address may be reached."""

    def __init__(self, resolver: AbstractResolver, *, allow_private: bool) -> None:
        self._resolver = resolver
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        must_be_reachable([one["host"] for one in found], allow_private=self._allow_private)
        return found

    async def close(self) -> None:
        await self._resolver.close()


def must_be_reachable(addresses: Sequence[str], *, allow_private: bool) -> None:
    """Raise Forbidden when one of *addresses* is none that alerts may reach."""
    for address in addresses:
        match reach(address):
            case Reach.PRIVATE if not allow_private:
                raise Forbidden(
                    "the receiver's address is in a private range; alerts.allow_private = true "
                    "allows that"
                )
            case Reach.NOWHERE:
                raise Forbidden(
                    "the receiver's address is none that alerts may ever reach (link-local, "
                    "multicast, unspecified, a cloud's metadata service)"
                )
            case _:
                pass


def signature(secret: Secret, body: bytes, at: int) -> str:
    """Sign *body* as sent at *at*."""
    signed = hmac.new(secret.reveal().encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def _words(failure: BaseException) -> str:
    """Name *failure* without its own text, which may hold the address."""
    cause = getattr(failure, "os_error", None) or failure
    if isinstance(cause, Forbidden):
        return str(cause)
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return "the receiver's name can't be resolved"
    if isinstance(failure, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "the receiver's certificate is not valid"
    if isinstance(failure, aiohttp.ClientConnectorError):
        number = cause.errno if isinstance(cause, OSError) else None
        detail = os.strerror(number) if number else type(cause).__name__
        return f"the receiver can't be reached: {detail}"
    return f"the receiver broke the connection ({type(failure).__name__})"
