"""The reference store: nothing outlives the process."""

from tandemgate.storage.memory.ledger import MemoryStore
from tandemgate.storage.memory.rows import Row

__all__ = ["MemoryStore", "Row"]
