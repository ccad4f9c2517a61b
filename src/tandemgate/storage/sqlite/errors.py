"""Why a store can't be opened, and why it can't be worked with."""

from pathlib import Path
from typing import Final

import apsw
import msgspec

from tandemgate.model.errors import ConfigurationError
from tandemgate.ports import StoreDamaged, StoreFull, StoreUnavailable

FAILURES: Final = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)
"""What SQLite raises about the disk, the file or another process, never about one piece of work."""

NONSENSE: Final = (LookupError, ValueError, apsw.SQLError, msgspec.MsgspecError)
"""What our own statements and reading raise over a file that holds what nobody wrote."""

_MEANING: Final[dict[type[BaseException], type[StoreUnavailable]]] = {
    apsw.CorruptError: StoreDamaged,
    apsw.FullError: StoreFull,
    apsw.NotADBError: StoreDamaged,
}


def unavailable(failure: BaseException) -> StoreUnavailable:
    """Say of one of :data:`FAILURES` or :data:`NONSENSE` what it means for whoever asked."""
    if isinstance(failure, NONSENSE):
        return StoreDamaged(f"the store holds what was never written: {type(failure).__name__}")
    meaning = _MEANING.get(type(failure), StoreUnavailable)
    return meaning(f"the store failed: {type(failure).__name__}")


class StoreSealedWithAnotherKey(ConfigurationError):  # noqa: N818 - says what is the matter
    """The given key did not seal this store."""

    def __init__(self, path: Path, sealed_with: str, given: str) -> None:
        super().__init__(
            [f"{path} is sealed with the store key {sealed_with}, and the given key is {given}"],
            f"set [store] key to the key whose id is {sealed_with}",
        )


class StoreTooNew(ConfigurationError):  # noqa: N818 - as above
    """A later version of the gateway has changed the store's tables."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            [f"{path} has schema {found}, and this version of the gateway knows {known}"],
            "install the newer version again, or restore the backup from before its first start",
        )


class NotAStore(ConfigurationError):  # noqa: N818 - as above
    """The file is something else."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            [f"{path} is not a ledger of the gateway: {found}"],
            "set [store] url to another path",
        )


class BeyondRecovery(ConfigurationError):  # noqa: N818 - as above
    """Nothing of a damaged store can be proven."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            [f"nothing of {path} can be proven: its beginning or its secrets are damaged"],
            f"restore a backup: mv {path} {path}.old; tandemgate db restore FILE",
        )


class StoreIsDamaged(ConfigurationError):  # noqa: N818 - as above
    """SQLite finds that the file is not as it was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            [f"{path} is damaged: SQLite can't read it any more"],
            "tandemgate db recover, which sets the file aside and takes over what it can prove; or "
            f"move {path} away together with its -wal and -shm files, and restore a backup",
        )
