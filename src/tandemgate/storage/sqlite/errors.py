"""Why a store can't be opened."""

from pathlib import Path

from tandemgate.model.errors import ConfigurationError


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
