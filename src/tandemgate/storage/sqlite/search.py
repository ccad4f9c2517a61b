"""What intake looks up in the store, for a process that has neither its key nor its writer."""

from pathlib import Path
from typing import Final

from tandemgate.storage.seal import Cipher, new_key
from tandemgate.storage.sqlite.pairs import SqliteNaming
from tandemgate.storage.sqlite.readers import Readers
from tandemgate.storage.sqlite.visits import SqliteVisitSearch

READERS: Final = 1


class SqliteSearch:
    """Finds visits and names in the store at *path*, which another process has opened before.

    *blind_index_key* is the store's. Payloads stay sealed: nothing here can open one.
    """

    def __init__(self, path: Path, blind_index_key: bytes) -> None:
        self._readers = Readers(path, Cipher(new_key()), size=READERS)
        self.visits = SqliteVisitSearch(self._readers, blind_index_key)
        self.pairs = SqliteNaming(self._readers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._readers.aclose()
