"""Access tokens on SQLite, sealed by the store key."""

from collections.abc import Mapping
from functools import partial
from hashlib import blake2b

from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act, Token
from tandemgate.model.secret import Secret
from tandemgate.storage.seal import Cipher
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer


class SqliteVault:
    """Keeps the promises of :class:`tandemgate.ports.Vault`. *secret* keys its digests."""

    def __init__(self, writer: Writer, readers: Readers, cipher: Cipher, secret: bytes) -> None:
        self._writer = writer
        self._readers = readers
        self._cipher = cipher
        self._secret = secret
        self._configured: dict[tuple[str, bytes], Secret] = {}

    async def seed(self, configured: Mapping[str, Secret], at: Epoch) -> None:
        self._configured = {
            (pixel_id, self._digest(secret)): secret for pixel_id, secret in configured.items()
        }
        await self._writer.run(partial(_seed, configured=self._configured, at=at))

    async def tokens(self) -> list[Token]:
        return await self._readers.run(self._tokens)

    async def keep(self, secret: Secret, act: Act) -> None:
        digest = self._digest(secret)
        sealed = self._cipher.seal(secret.reveal().encode(), belongs(act.pixel_id))
        row = (act.pixel_id, digest, secret.tail, act.at, sealed)
        await self._writer.run(partial(_keep, row=row, act=act))

    async def retire(self, tail: str, act: Act) -> int:
        return await self._writer.run(partial(_retire, tail=tail, act=act))

    def _tokens(self, reader: Reader) -> list[Token]:
        rows = reader.operation.rows("tokens")
        found = (self._token(*row) for row in rows)
        return [token for token in found if token is not None]

    def _token(
        self, pixel_id: str, digest: bytes, since: Epoch, sealed: bytes | None
    ) -> Token | None:
        """Return a token that can be used; one that only the settings held may be gone."""
        if sealed is None:
            configured = self._configured.get((pixel_id, digest))
            if configured is None:
                return None
            return Token(pixel_id, configured, since, from_settings=True)
        opened = self._cipher.open(sealed, belongs(pixel_id))
        return None if opened is None else Token(pixel_id, Secret(opened.decode()), since)

    def _digest(self, secret: Secret) -> bytes:
        text = secret.reveal().encode()
        return blake2b(text, digest_size=16, key=self._secret, person=b"token").digest()


def _seed(book: Book, configured: Mapping[tuple[str, bytes], Secret], at: Epoch) -> None:
    for (pixel_id, digest), secret in configured.items():
        fresh = book.operation.row("seed_token", (pixel_id, digest, secret.tail, at))
        if fresh:
            book.operation.run("change", (pixel_id, at))


def _keep(book: Book, row: tuple[str, bytes, str, Epoch, bytes], act: Act) -> None:
    book.operation.run("keep_token", row)
    book.operation.run("change", (act.pixel_id, act.at))
    add_act(book, act)


def _retire(book: Book, tail: str, act: Act) -> int:
    retired = len(book.operation.rows("retire_token", (act.at, act.pixel_id, tail)))
    if retired:
        add_act(book, act)
    return retired


def belongs(pixel_id: str) -> bytes:
    """What a sealed token belongs to."""
    return b"token of " + pixel_id.encode()
