"""A store in one SQLite file: opening, its secrets, closing."""

from pathlib import Path
from typing import Self

import apsw

from tandemgate.ports import Clock
from tandemgate.storage.seal import Cipher, key_id, new_key
from tandemgate.storage.sqlite.alerts import SqliteAlerts
from tandemgate.storage.sqlite.archive import SqliteArchive
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import SqliteControls
from tandemgate.storage.sqlite.copying import settle_copy
from tandemgate.storage.sqlite.errors import (
    FAILURES,
    NONSENSE,
    StoreIsDamaged,
    StoreSealedWithAnotherKey,
    unavailable,
)
from tandemgate.storage.sqlite.keys import SqliteKeys
from tandemgate.storage.sqlite.ledger import SqliteLedger
from tandemgate.storage.sqlite.orders import SqliteOrders
from tandemgate.storage.sqlite.pairs import SqlitePairs
from tandemgate.storage.sqlite.policies import SqlitePolicies
from tandemgate.storage.sqlite.problems import SqliteProblems
from tandemgate.storage.sqlite.quality import SqliteQuality
from tandemgate.storage.sqlite.readers import Readers
from tandemgate.storage.sqlite.retention import Retention
from tandemgate.storage.sqlite.rights import SqliteRights
from tandemgate.storage.sqlite.rollups import SqliteRollups
from tandemgate.storage.sqlite.schema import connect_to_write, migrate
from tandemgate.storage.sqlite.setup import SqliteConfirmations
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.trials import SqliteTrials
from tandemgate.storage.sqlite.vault import SqliteVault
from tandemgate.storage.sqlite.visits import SqliteVisits
from tandemgate.storage.sqlite.writer import Writer

DISPATCH_READERS = 2
ARCHIVE_READERS = 4


class SqliteStore:
    """Each part keeps one port's promises, or forgets in time (``retention``), all on one file.

    ``fingerprint_key`` and ``blind_index_key`` are the store's own secrets: made with it, wrapped
    by the store key, and the same after the store key was exchanged. ``restored`` is how many
    events of a backup may have been sent since it was made, when this opening put it into use.
    """

    def __init__(self, path: Path, store_key: bytes, clock: Clock) -> None:
        self.restored, secrets = _prepare(path, store_key)
        self.fingerprint_key, self.blind_index_key = secrets
        cipher = Cipher(store_key)
        self._writer = Writer(lambda: Book(path, cipher))
        self._dispatch_readers = Readers(path, cipher, size=DISPATCH_READERS)
        self._archive_readers = Readers(path, cipher, size=ARCHIVE_READERS)
        self.ledger = SqliteLedger(self._writer, self._dispatch_readers, path.parent, clock)
        self.archive = SqliteArchive(self._archive_readers, path.parent)
        self.controls = SqliteControls(self._writer, self._archive_readers, self.fingerprint_key)
        self.policies = SqlitePolicies(self._writer, self._archive_readers)
        self.keys = SqliteKeys(self._writer, self._archive_readers)
        self.confirmations = SqliteConfirmations(self._writer, self._archive_readers)
        self.orders = SqliteOrders(self._archive_readers)
        self.pairs = SqlitePairs(self._writer, self._archive_readers, self._dispatch_readers)
        self.problems = SqliteProblems(self._writer, self._archive_readers)
        self.quality = SqliteQuality(self._writer, self._archive_readers)
        self.visits = SqliteVisits(self._writer, self._dispatch_readers, self.blind_index_key)
        self.alerts = SqliteAlerts(self._writer, self._archive_readers)
        self.rollups = SqliteRollups(self._archive_readers)
        self.rights = SqliteRights(self._writer, self._archive_readers, path)
        self.trials = SqliteTrials(self._writer, self._archive_readers)
        self.retention = Retention(self._writer, clock, path)
        self.vault = SqliteVault(self._writer, self._archive_readers, cipher, self.fingerprint_key)

    @classmethod
    async def open(cls, path: Path, store_key: bytes, clock: Clock) -> Self:
        """Open the store at *path*, making it if there is none.

        Raises :class:`tandemgate.model.errors.ConfigurationError` for a file that is not a store,
        is of a newer version, is damaged, or was sealed with another key, and
        :class:`tandemgate.ports.StoreUnavailable` for a disk that fails.
        """
        try:
            return cls(path, store_key, clock)
        except (apsw.CorruptError, apsw.NotADBError, *NONSENSE):
            raise StoreIsDamaged(path) from None
        except FAILURES as failure:
            raise unavailable(failure) from None

    async def aclose(self) -> None:
        """Make everything durable that was taken, and close every connection."""
        await self.ledger.flush()
        await self._dispatch_readers.aclose()
        await self._archive_readers.aclose()
        await self._writer.aclose()

    async def shred(self, day: int) -> None:
        """Destroy the data key of a UTC day (counted from 1970-01-01), and with it its payloads."""
        await self._writer.run(lambda book: book.shred(day))


def _prepare(path: Path, store_key: bytes) -> tuple[int | None, tuple[bytes, bytes]]:
    """Bring the tables up to date, settle what a restored backup means, unwrap the secrets."""
    connection = connect_to_write(path)
    try:
        migrate(connection, path)
        return settle_copy(connection), _secrets(connection, path, store_key)
    finally:
        connection.close()


def _secrets(connection: apsw.Connection, path: Path, store_key: bytes) -> tuple[bytes, bytes]:
    cipher, names = Cipher(store_key), (b"fingerprint key", b"blind index key")
    sql = Statements(connection, "writing.sql")
    made = [cipher.seal(new_key(), name) for name in names]
    sql.run("make_store", (key_id(store_key), *made))
    sealed_with, *wrapped = sql.only("secrets")
    opened = [cipher.open(key, name) for key, name in zip(wrapped, names, strict=True)]
    match opened:
        case [bytes() as fingerprint_key, bytes() as blind_index_key]:
            return fingerprint_key, blind_index_key
        case _ if sealed_with == key_id(store_key):
            raise StoreIsDamaged(path)
        case _:
            raise StoreSealedWithAnotherKey(path, sealed_with, key_id(store_key))
