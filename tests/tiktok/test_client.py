"""One POST over a real socket, and an honest account of what became of it."""

import asyncio
import datetime as dt
import gzip
import ipaddress
import logging
import socket
import ssl
import struct
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tandemgate.core.verdict import judge
from tandemgate.model.delivery import (
    Answered,
    Delivered,
    NoAnswer,
    NotSent,
    Reply,
    Retry,
    RetryCause,
    TrackRequest,
)
from tandemgate.model.secret import Secret
from tandemgate.tiktok.client import TikTokClient, retry_after
from tests.tiktok.peer import Behaviour, Peer, Reader, Writer, answering, peer, reply

TOKEN = "a-token-that-nobody-may-see-0123456789"
OK = reply(b'{"code":0,"message":"OK","request_id":"r"}')
BODY = b'{"event_source":"web","data":[{"event":"Lead"}]}'


async def send(url: str, *, deadline: float = 5.0, token: str = TOKEN, body: bytes = BODY) -> Reply:
    """Send one request with a client of its own."""
    async with TikTokClient(url, deadline=deadline) as client:
        return await client.send(TrackRequest(Secret(token), body))


async def test_the_request_is_what_tiktok_documents() -> None:
    """Path with its trailing slash, two headers, and the body byte for byte."""
    async with peer(answering(OK)) as it:
        answer = await send(it.url)
    (request,) = it.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /open_api/v1.3/event/track/ HTTP/1.1"
    assert f"Access-Token: {TOKEN}" in lines
    assert "Content-Type: application/json" in lines
    assert body == BODY
    assert isinstance(answer, Answered)
    assert judge(answer, 1).verdict == Delivered()


@pytest.mark.parametrize("base", ["", "/", "/prefix", "/prefix/"])
async def test_a_base_url_may_have_a_path(base: str) -> None:
    """A recording proxy in front of TikTok is a common way to look at traffic."""
    async with peer(answering(OK)) as it:
        await send(it.url + base)
    path = base.rstrip("/").encode() + b"/open_api/v1.3/event/track/"
    assert it.requests[0].startswith(b"POST " + path + b" HTTP/1.1\r\n")


async def test_nobody_listening_is_not_sent() -> None:
    """Nothing can have arrived."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = await send(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert isinstance(answer, NotSent)
    assert answer.error.startswith("ClientConnectorError")


async def test_an_unknown_host_is_not_sent() -> None:
    """Name resolution comes before the first byte."""
    assert isinstance(await send("http://nowhere.invalid"), NotSent)


async def _no_tls(it: Peer, reader: Reader, writer: Writer) -> None:
    del it
    await reader.readexactly(5)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def test_a_failing_handshake_is_not_sent() -> None:
    """The request would follow the handshake."""
    async with peer(_no_tls) as it:
        assert isinstance(await send(it.url.replace("http:", "https:")), NotSent)


async def test_a_handshake_that_hangs_is_not_sent() -> None:
    """Told from a lost answer, since the connection has less time than the whole."""
    async with peer(answering(OK)) as it:
        answer = await send(it.url.replace("http:", "https:"), deadline=0.3)
    assert isinstance(answer, NotSent)
    assert it.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


async def test_a_certificate_that_nobody_signed_is_refused(certificate: Path) -> None:
    """Whoever sits in between must get neither the token nor the events."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    async with peer(answering(OK), served) as it:
        answer = await send(it.url)
        assert isinstance(answer, NotSent)
        assert answer.error == "ClientConnectorCertificateError: self-signed certificate"
        assert it.requests == []
        trusting = ssl.create_default_context(cafile=certificate)
        async with TikTokClient(it.url, tls=trusting) as client:
            accepted = await client.send(TrackRequest(Secret(TOKEN), BODY))
        assert isinstance(accepted, Answered)


@pytest.mark.parametrize("token", ["line\nbreak", "carriage\rreturn", "nul\0", "tökén"])
async def test_a_token_that_no_header_can_carry_is_not_sent(token: str) -> None:
    """A slip of copy and paste must not raise in the middle of the flow."""
    assert isinstance(await send("http://127.0.0.1:9", token=token), NotSent)


# -- something left, and no answer came back


async def _reset_at_once(it: Peer, reader: Reader, writer: Writer) -> None:
    del it, reader
    _reset(writer)


async def _reset_in_the_middle(it: Peer, reader: Reader, writer: Writer) -> None:
    del it
    await reader.readexactly(40)
    _reset(writer)


async def _reset_after_the_request(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    _reset(writer)


async def _close_after_the_request(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    writer.close()


async def _half_an_answer(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    writer.write(OK[:-5])


async def _half_a_head(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    writer.write(b"HTTP/1.1 200 O")


async def _garbage(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    writer.write(b"\x00\xff SSH-2.0 nothing that is HTTP\r\n\r\n")


async def _broken_gzip(it: Peer, reader: Reader, writer: Writer) -> None:
    await it.read_request(reader)
    writer.write(reply(b"not gzip at all", "Content-Encoding: gzip"))


def _reset(writer: Writer) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    "behave",
    [
        _reset_at_once,
        _reset_in_the_middle,
        _reset_after_the_request,
        _close_after_the_request,
        _half_an_answer,
        _half_a_head,
        _garbage,
        _broken_gzip,
    ],
)
async def test_a_broken_exchange_has_an_unknown_outcome(behave: Behaviour) -> None:
    """It looks the same as a request that TikTok counted and an answer that was lost."""
    async with peer(behave) as it:
        answer = await send(it.url)
        assert isinstance(answer, NoAnswer)
        assert it.connections == 1


async def test_silence_ends_at_the_deadline() -> None:
    """A blackhole must not keep a place in flight for ever."""

    async def silent(it: Peer, reader: Reader, writer: Writer) -> None:
        del writer
        await it.read_request(reader)
        await reader.read()

    async with peer(silent) as it:
        answer = await send(it.url, deadline=0.3)
    assert isinstance(answer, NoAnswer)
    assert 0.25 <= answer.latency <= 3


async def test_a_slow_drip_ends_at_the_deadline_as_well() -> None:
    """A limit per read never ends a peer that sends a byte at a time."""

    async def drip(it: Peer, reader: Reader, writer: Writer) -> None:
        await it.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with peer(drip) as it:
        answer = await send(it.url, deadline=0.3)
    assert isinstance(answer, NoAnswer)
    assert answer.latency <= 3


async def test_a_post_is_never_repeated_on_a_dropped_connection() -> None:
    """An HTTP client that quietly tries again makes a copy that no ledger knows of."""

    async def once_then_gone(it: Peer, reader: Reader, writer: Writer) -> None:
        await it.read_request(reader)
        writer.write(OK)
        await it.read_request(reader)
        writer.close()

    async with peer(once_then_gone) as it, TikTokClient(it.url) as client:
        first = await client.send(TrackRequest(Secret(TOKEN), BODY))
        second = await client.send(TrackRequest(Secret(TOKEN), BODY))
        assert isinstance(first, Answered)
        assert isinstance(second, NoAnswer)
        assert (it.connections, len(it.requests)) == (1, 2)


async def test_connections_are_kept_for_the_next_request() -> None:
    """A handshake for each request would cost more than the request."""
    async with peer(answering(OK, OK, OK)) as it, TikTokClient(it.url) as client:
        for _ in range(3):
            assert isinstance(await client.send(TrackRequest(Secret(TOKEN), BODY)), Answered)
        assert it.connections == 1


# -- answers of every kind


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
async def test_a_redirect_is_not_followed(status: str) -> None:
    """The token and the events would go wherever it points."""
    async with peer(answering(OK)) as target:
        moved = reply(b"", f"Location: {target.url}/open_api/v1.3/event/track/", status=status)
        async with peer(answering(moved)) as it:
            answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert answer.http_status == int(status[:3])
    assert target.connections == 0


async def test_cookies_are_not_kept() -> None:
    """Nothing of one pixel may travel with another's requests."""
    baked = reply(b"{}", "Set-Cookie: session=1; Path=/")
    async with peer(answering(baked, OK)) as it:
        named = it.url.replace("127.0.0.1", "localhost")  # cookies of bare addresses are never kept
        async with TikTokClient(named) as client:
            await client.send(TrackRequest(Secret(TOKEN), BODY))
            await client.send(TrackRequest(Secret(TOKEN), BODY))
    assert b"cookie" not in it.requests[1].lower()


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the shell must not decide where events go."""
    async with peer(answering(OK)) as proxy, peer(answering(OK)) as it:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await send(it.url)
    assert (proxy.connections, it.connections) == (0, 1)


async def test_an_error_page_is_an_answer() -> None:
    """What it means is decided elsewhere."""
    async with peer(answering(reply(b"<html>", status="502 Bad Gateway"))) as it:
        answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert (answer.http_status, answer.body) == (502, b"<html>")
    assert judge(answer, 1).verdict == Retry(RetryCause.UNKNOWN)


async def test_http_200_with_an_error_code_is_an_answer() -> None:
    """TikTok's usual way to refuse."""
    async with peer(answering(reply(b'{"code":40105,"message":""}'))) as it:
        answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert judge(answer, 1).code == 40105


async def test_a_huge_answer_is_cut() -> None:
    """Its first 64 KiB say all there is to say, and memory is bounded."""

    async def flood(it: Peer, reader: Reader, writer: Writer) -> None:
        await it.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with peer(flood) as it:
        answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert answer.body == b"x" * 65_536


async def test_a_compressed_answer_is_read_and_bounded() -> None:
    """A gigabyte of zeros fits into a small body."""
    small = gzip.compress(b'{"code":0,"message":"OK"}')
    bomb = gzip.compress(b"0" * 50_000_000)
    async with peer(answering(reply(small, "Content-Encoding: gzip"))) as it:
        answer = await send(it.url)
        assert judge(answer, 1).verdict == Delivered()
    async with peer(answering(reply(bomb, "Content-Encoding: gzip"))) as it:
        answer = await send(it.url)
        assert isinstance(answer, Answered)
        assert len(answer.body) == 65_536


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("", "", None),
        ("7", "", 7.0),
        (" 120 ", "", 120.0),
        ("0", "", 0.0),
        ("-1", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("\u0667", "", None),
        ("99999999999999999999", "", 604_800.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2096 07:27:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 604_800.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "", None),
        ("Wed, 21 Oct 2026 07:28:30 -0000", "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("Wed, 99 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, date: str, seconds: float | None) -> None:
    """A date is compared with the answer's own, so that a wrong clock of ours does not matter."""
    assert retry_after({"Retry-After": value, "Date": date}) == seconds


@pytest.mark.parametrize(
    ("date", "epoch"),
    [
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1_792_567_680.0),
        ("", None),
        ("soon", None),
        ("Wed, 99 Oct 2026 07:28:30 GMT", None),
    ],
)
async def test_the_date_of_an_answer_is_handed_on(date: str, epoch: float | None) -> None:
    """Whether our own clock can be believed is decided by it."""
    async with peer(answering(reply(b"", f"date: {date}"))) as it:
        answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert answer.date == epoch


async def test_retry_after_is_handed_on() -> None:
    """The flow waits as long as TikTok asks."""
    async with peer(answering(reply(b"", "retry-after: 9", status="429 Slow"))) as it:
        answer = await send(it.url)
    assert isinstance(answer, Answered)
    assert answer.retry_after == 9.0


@pytest.mark.parametrize("behave", [_reset_after_the_request, _garbage, answering(OK)])
async def test_the_token_is_in_no_log_and_no_error(
    behave: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs are read by more people than may send events."""
    caplog.set_level(logging.DEBUG)
    async with peer(behave) as it:
        answer = await send(it.url)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(answer)
    assert TOKEN not in repr(TrackRequest(Secret(TOKEN), BODY))
