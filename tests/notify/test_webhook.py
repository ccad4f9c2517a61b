"""A receiver of alerts may do what it likes: it costs no event, and gets at nothing private."""

import asyncio
import hashlib
import hmac
import json
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tandemgate.core.alarm import TEST
from tandemgate.model.secret import Secret
from tandemgate.notify.webhook import Receiver, Webhook
from tests.build import NOW
from tests.tiktok.peer import Behaviour, Peer, Reader, Writer, answering, peer, reply
from tests.web.gateway import StillClock

PATH = "/services/T0/B0/very-secret-path"
GATEWAY = "https://c.shop.example"
DEADLINE = 0.3


class Names(AbstractResolver):
    """Answers each question for a name by the next of *answers*, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, _family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


async def told(url: str, names: Names | None = None, **receiver: object) -> str:
    """Send the test message; return why it was not taken."""
    where = Receiver(Secret(url), **{"deadline": DEADLINE} | receiver)  # type: ignore[arg-type]
    async with Webhook(where, StillClock(), GATEWAY, names) as webhook:
        return await webhook.tell(TEST)


async def test_a_message_arrives_in_slacks_form_and_signed() -> None:
    """What a chat shows, and what a program can trust."""
    async with peer(answering(reply(b"ok"))) as it:
        secret = Secret("whsec_0123456789")
        assert await told(it.url + PATH, allow_private=True, signing_secret=secret) == ""
    (request,) = it.requests
    head, _, body = request.partition(b"\r\n\r\n")
    told_of = json.loads(body)
    assert told_of["text"].startswith("A test of the alerts: ")
    assert {field["title"]: field["value"] for field in told_of["attachments"][0]["fields"]} == {
        "alert": "test",
        "phase": "test",
        "what": "somebody asked for it with tandemgate alerts test",
        "fix": "nothing is wrong",
        "gateway": GATEWAY,
        "message": "test",
    }
    at = int(NOW)
    signed = hmac.new(b"whsec_0123456789", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert f"X-Tandemgate-Signature: t={at},v1={signed}".encode() in head
    assert head.startswith(f"POST {PATH} HTTP/1.1".encode())


async def hangs(it: Peer, reader: Reader, writer: Writer) -> None:
    """Take the request, and say nothing."""
    await it.read_request(reader)
    await asyncio.sleep(30)
    writer.close()


async def drips(it: Peer, reader: Reader, writer: Writer) -> None:
    """Answer a byte at a time, for ever."""
    await it.read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drops(_it: Peer, _reader: Reader, writer: Writer) -> None:
    """Close at once."""
    writer.close()


REDIRECT = (
    "the receiver answered 302, a redirect, which is not followed; put the address that it leads "
    "to into alerts.webhook"
)
RECEIVERS: dict[str, tuple[Behaviour, str]] = {
    "fails": (answering(reply(b"no", status="500 Oops")), "the receiver answered 500"),
    "refuses": (answering(reply(b"no_text", status="400 Bad")), "the receiver answered 400"),
    "hangs": (hangs, "the receiver did not answer within 0.3 s"),
    "drips": (drips, "the receiver did not answer within 0.3 s"),
    "redirects": (answering(reply(b"", "Location: http://127.0.0.1/", status="302 Go")), REDIRECT),
}


@pytest.mark.parametrize(("behave", "why"), RECEIVERS.values(), ids=RECEIVERS)
async def test_a_receiver_that_fails_is_named_without_its_address(
    behave: Behaviour, why: str
) -> None:
    """What stands in the log and in doctor must not open the chat to whoever reads it."""
    async with peer(behave) as it:
        assert await told(it.url + PATH, allow_private=True) == why
    assert it.connections == 1


async def test_a_broken_connection_is_told() -> None:
    """By its kind alone."""
    async with peer(drops) as it:
        why = await told(it.url + PATH, allow_private=True)
    assert why.startswith("the receiver broke the connection (")
    assert "127.0.0.1" not in why
    closed = await told(it.url + PATH, allow_private=True)
    assert closed == "the receiver can't be reached: Connection refused"


PRIVATE = "the receiver's address is in a private range; alerts.allow_private = true allows that"
NOWHERE = (
    "the receiver's address is none that alerts may ever reach (link-local, multicast, "
    "unspecified, a cloud's metadata service)"
)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
async def test_loopback_is_not_reached_however_it_is_spelled(host: str) -> None:
    """An admin page of the same machine trusts whoever comes from it."""
    async with peer(answering(reply(b"ok"))) as it:
        port = it.url.rpartition(":")[2]
        why = await told(f"http://{host}:{port}{PATH}")
    assert why
    assert it.connections == 0


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        (["10.0.0.5"], PRIVATE),
        (["::ffff:10.0.0.5"], PRIVATE),
        (["203.0.113.9", "192.168.1.1"], PRIVATE),
        (["169.254.169.254"], NOWHERE),
    ],
)
async def test_every_address_of_a_name_must_be_public(addresses: list[str], why: str) -> None:
    """One public address among them would lend its name to a private one."""
    assert await told(f"http://hooks.example{PATH}", Names(addresses)) == why


async def test_not_even_by_permission_is_a_metadata_service_reached() -> None:
    """A private chat server is one thing, the keys of the machine another."""
    names = Names(["169.254.169.254"])
    assert await told(f"http://hooks.example{PATH}", names, allow_private=True) == NOWHERE


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """The address that was checked is the one that is connected to: it is asked for once."""
    async with peer(answering(reply(b"ok"))) as it:
        port = it.url.rpartition(":")[2]
        names = Names(["203.0.113.9"], ["127.0.0.1"])
        await told(f"http://hooks.example:{port}{PATH}", names)
    assert (it.connections, names.asked) == (0, 1)


async def test_with_permission_a_private_receiver_is_told() -> None:
    """A chat server of the shop's own."""
    async with peer(answering(reply(b"ok"))) as it:
        port = it.url.rpartition(":")[2]
        names = Names(["127.0.0.1"])
        url = f"http://chat.shop.example:{port}{PATH}"
        assert await told(url, names, allow_private=True) == ""
    assert it.connections == 1
