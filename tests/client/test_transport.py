"""One POST: to the gateway alone, and whatever happens is a value."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tandemgate.client.answers import Reply, Unreachable
from tandemgate.client.transport import post_to
from tests.client.gateways import KEY

PATIENCE = 30.0
ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
Converse = Callable[[socket.socket], None]


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", 8080),
        ("http://gateway.internal", "gateway.internal", 80),
        ("https://gateway.internal/tandem", "gateway.internal", 443),
        ("http://[::1]:8080", "::1", 8080),
        ("https://[2001:db8::1]", "2001:db8::1", 443),
    ],
)
def test_an_address_is_read_as_people_write_it(url: str, host: str, port: int) -> None:
    """The last part of an IPv6 address is no port."""
    post = post_to(url, KEY)
    assert (post.host, post.port) == (host, port)


def heard_by(connection: socket.socket) -> bytes:
    """Read a whole request: its body is sent apart from its head."""
    content = b""
    while not content.endswith(b"{}"):
        content += connection.recv(65_536)
    return content


def listening(converse: Converse) -> tuple[str, threading.Thread]:
    """Take one connection and let *converse* see to it; its URL without the scheme."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server, server.accept()[0] as connection:
            connection.settimeout(PATIENCE)
            converse(connection)

    thread = threading.Thread(target=run)
    thread.start()
    return f"127.0.0.1:{server.getsockname()[1]}", thread


def hang_up(connection: socket.socket) -> None:
    """Read, and say nothing."""
    heard_by(connection)


def say(content: bytes) -> Converse:
    """Read, and say *content*."""

    def converse(connection: socket.socket) -> None:
        heard_by(connection)
        connection.sendall(content)

    return converse


@pytest.mark.parametrize(
    ("converse", "reply"),
    [
        (say(ANSWER), Reply(202, b"{}")),
        (hang_up, Unreachable("RemoteDisconnected")),
        (say(b"SSH-2.0-OpenSSH_9.2\r\n"), Unreachable("BadStatusLine")),
        (say(ANSWER[:-1]), Unreachable("IncompleteRead")),
        (say(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), Unreachable("LineTooLong")),
    ],
)
def test_whatever_answers_is_a_value(converse: Converse, reply: Reply | Unreachable) -> None:
    """An exception in the thread would silence the shop."""
    place, thread = listening(converse)
    assert post_to(f"http://{place}", KEY)("/v1/events", b"{}", PATIENCE) == reply
    thread.join(PATIENCE)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9", "ConnectionRefusedError"),
        (f"http://{'a' * 64}.example", "UnicodeError"),
    ],
)
def test_where_nobody_is_is_a_value(url: str, why: str) -> None:
    """A name that can't be looked up is known only when it is looked up."""
    answer = post_to(url, KEY)("/v1/events", b"{}", PATIENCE)
    assert isinstance(answer, Unreachable)
    assert answer.why.endswith(why)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "gateway.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("trusted", [False, True])
def test_a_strangers_certificate_gets_neither_key_nor_person(
    trusted: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a company's own authority is believed where the system's variable names it."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def converse(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                heard.append(heard_by(secured))
                secured.sendall(ANSWER)
        except OSError:
            heard.append(b"")

    place, thread = listening(converse)
    answer = post_to(f"https://{place}", KEY)("/v1/events", b"{}", PATIENCE)
    thread.join(PATIENCE)
    if trusted:
        assert answer == Reply(202, b"{}")
        assert KEY.encode() in heard[0]
    else:
        assert answer == Unreachable("SSLCertVerificationError")
        assert heard == [b""]
