"""What can be wrong with TikTok's side of TLS: nothing may leave before it is right again."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.e2e.programs import simulator
from tests.faults.account import Account, Seen
from tests.faults.child import Child, Plan
from tests.faults.kills import drained
from tests.faults.tiktok import held
from tests.faults.traffic import Traffic, access, database, write_settings
from tests.faults.waiting import until

FAULTS: Final = {
    "expired": "certificate has expired",
    "wrong host": "IP address mismatch",
    "self-signed": "self-signed certificate",
    "broken": "",
    "handshake cut": "",
    "no TLS": "",
}
"""What is wrong -> what must be said of it, where the gateway can know."""

HELLO: Final = 5
RESUMED_WITHIN: Final = 60.0


class Authority:
    """Signs certificates for one test; ``root`` is the file that the gateway trusts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("test authority")
        self.root = folder / "root.pem"
        made = self._begun(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.root.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def certificate(self, fault: str = "") -> Path:
        """Make a key and a certificate for 127.0.0.1, in one file; *fault* is what is wrong."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer, issuer = self._key, self._name
        if fault == "self-signed":
            signer, issuer = key, _name("127.0.0.1")
        ended = dt.timedelta(days=-1 if fault == "expired" else 1)
        host = "192.0.2.1" if fault == "wrong host" else "127.0.0.1"
        address = x509.IPAddress(ipaddress.ip_address(host))
        made = self._begun(issuer, key.public_key(), ended).add_extension(
            x509.SubjectAlternativeName([address]), critical=False
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._folder / f"{fault or 'right'}.pem"
        signed = made.sign(signer, hashes.SHA256())
        file.write_bytes(private + signed.public_bytes(Encoding.PEM))
        return file

    def _begun(
        self,
        issuer: x509.Name,
        key: ec.EllipticCurvePublicKey,
        ended: dt.timedelta = dt.timedelta(days=1),
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        subject = issuer if key == self._key.public_key() else _name("127.0.0.1")
        return (
            x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=2))
            .not_valid_after(now + ended)
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Front:
    """TLS in front of the simulated TikTok, with something wrong until :meth:`heal`."""

    def __init__(self, upstream: str, fault: str, authority: Authority) -> None:
        self._upstream = urlsplit(upstream)
        self._fault = fault
        self._right = _context(authority.certificate())
        self._wrong = _context(authority.certificate(fault))
        if fault == "broken":
            self._wrong.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # no cipher for its own key
            self._wrong.maximum_version = ssl.TLSVersion.TLSv1_2
        self._healed = threading.Event()
        self.met = 0
        self.url = ""

    async def start(self) -> asyncio.Server:
        """Listen."""
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    def heal(self) -> None:
        """Let everything be right from now on."""
        self._healed.set()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        healed = self._healed.is_set()
        self.met += not healed
        if not healed and self._fault == "handshake cut":
            await reader.readexactly(HELLO)
            writer.transport.abort()
            return
        if not healed and self._fault == "no TLS":
            await reader.readexactly(HELLO)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return
        await writer.start_tls(self._right if healed else self._wrong)
        there, onward = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        try:
            await asyncio.wait(
                {
                    asyncio.ensure_future(_pass_on(reader, onward)),
                    asyncio.ensure_future(_pass_on(there, writer)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            onward.close()


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()


@contextmanager
def fronted(upstream: str, fault: str, authority: Authority) -> Iterator[Front]:
    """Run such a front on a loop of its own."""
    front, ready, ended = Front(upstream, fault, authority), threading.Event(), threading.Event()

    async def run() -> None:
        server = await front.start()
        ready.set()
        await asyncio.to_thread(ended.wait)
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield front
    finally:
        ended.set()
        thread.join(30)


def tls_faults(folder: Path, *, events: int) -> list[Account]:
    """Traffic under each fault at the same time, each with a gateway and a TikTok of its own."""

    def play(fault: str) -> Account:
        here = folder / fault
        here.mkdir()
        return tls_fault(here, fault, events=events)

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        return list(pool.map(play, FAULTS))


def tls_fault(folder: Path, fault: str, *, events: int) -> Account:
    """Traffic while TLS is not right: no byte of an event leaves, the lane stands and says why."""
    account = Account(f"TLS: {fault}", rounds=1)
    authority = Authority(folder)
    with (
        simulator(*access()) as tiktok,
        fronted(tiktok.url, fault, authority) as front,
    ):
        settings = write_settings(folder, front.url, batch=1)
        with (
            Child(settings, Plan(deadline=5.0, trusted=authority.root)) as running,
            Traffic(senders=1, most=events) as traffic,
        ):
            traffic.aim(running).join()
            stands = until(lambda: held(running) == {"unreachable"})
            account.must(stands, "the lane does not stand")
            (said,) = running.ask("GET", "/api/attention")[1]["attention"]
            account.must(FAULTS[fault] in said["detail"], f"it says: {said['detail']}")
            account.must(said["urgent"] and said["reason"] == "lane_held", f"it says: {said}")
            sent = tiktok.ask("GET", "/_sim/requests")[1]["requests"]
            account.must(sent == [], "something left")
            front.heal()
            ended = until(lambda: drained(settings), patience=RESUMED_WITHIN)
            account.must(ended, "the queue did not drain")
        account.rounds = front.met
        Seen.of(tiktok, database(settings)).into(account, traffic.acknowledged)
        account.must(account.unknown == 0, "what never left is told as unknown")
        account.must(account.copies == account.counted, "something was sent twice")
        return account
