"""Consent policies on SQLite: every version that a pixel was ever decided by."""

from collections.abc import Mapping
from functools import partial

import msgspec

from tandemgate.core.policy import change, number
from tandemgate.model.consent import Policy, PolicyVersion
from tandemgate.model.instant import Epoch
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.writer import Writer

_encode = msgspec.json.Encoder(order="deterministic").encode  # sets would come in any order
_policy = msgspec.json.Decoder(Policy).decode


class SqlitePolicies:
    """Keeps the promises of :class:`tandemgate.ports.Policies`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def register(self, policies: Mapping[str, Policy], at: Epoch) -> dict[str, Policy]:
        return await self._writer.run(partial(_register, policies=policies, at=at))

    async def versions(self) -> list[PolicyVersion]:
        return await self._readers.run(_versions)


def _register(book: Book, policies: Mapping[str, Policy], at: Epoch) -> dict[str, Policy]:
    seen = _seen(book.operation)
    numbered: dict[str, Policy] = {}
    for pixel_id, policy in policies.items():
        known = [one for one in seen if one.pixel_id == pixel_id]
        now = numbered[pixel_id] = number(policy, [one.policy for one in known])
        before = next((one.policy for one in known if one.in_force), now)
        book.operation.run("add_policy", (pixel_id, now.version, _encode(now).decode(), at))
        book.operation.run("put_in_force", (pixel_id, now.version))
        if before != now:
            add_act(book, change(pixel_id, before, now, at))
    return numbered


def _versions(reader: Reader) -> list[PolicyVersion]:
    return _seen(reader.operation)


def _seen(sql: Statements) -> list[PolicyVersion]:
    return [
        PolicyVersion(pixel_id, _policy(content), since, bool(in_force))
        for pixel_id, content, since, in_force in sql.rows("policies")
    ]
