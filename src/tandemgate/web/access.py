"""``/api/keys``: an admin makes, exchanges and revokes keys; what is made is shown once."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable, shape
from tandemgate.core.scrub import holds_identifier
from tandemgate.model.instant import Epoch
from tandemgate.model.key import KeyKind, KeyRights, MadeKey, Scope
from tandemgate.model.person import Identifiers
from tandemgate.settings.relations import key_misfits
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_unless_admin
from tandemgate.web.parts import Parts

LONGEST_NAME: Final = 60
OVERLAP: Final = 86_400.0
LONGEST_OVERLAP: Final = 30 * 86_400.0

_NOBODY: Final = Identifiers()


class MakeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that is wanted; the fields of ``[[keys]]``."""

    name: str
    kind: KeyKind = KeyKind.SERVER
    pixels: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = (Scope.WRITE, Scope.READ)
    origins: tuple[str, ...] = ()
    max_requests_per_second: float = 0


class ExchangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that gets a new text, and how long the old one counts yet (seconds)."""

    name: str
    overlap: float = OVERLAP


class RevokeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that is to let nobody in any more."""

    name: str


class Access:
    """Answers requests about keys."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._smith = parts.keysmith
        self._bodies = Bodies()

    async def held(self, _request: Request, key: KeyGrant) -> Answer | Refusal:
        """List every key: those of the settings, and those that were made, also ended ones."""
        if refusal := refused_unless_admin(key):
            return refusal
        return as_json(200, {"keys": self._told(await self._smith.made())})

    async def make(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Make a key, and show it."""
        if refusal := refused_unless_admin(key):
            return refusal
        body = await read_as(self._bodies, request, MakeBody)
        if isinstance(body, Refusal):
            return body
        rights = _rights(body)
        if refusal := self._misfit(rights):
            return refusal
        secret = await self._smith.make(rights, key.name)
        if secret is None:
            return _taken(rights.name)
        return as_json(201, {"name": rights.name, "kind": rights.kind, "secret": secret.reveal()})

    async def exchange(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Give a key a new text, and show it."""
        if refusal := refused_unless_admin(key):
            return refusal
        body = await read_as(self._bodies, request, ExchangeBody)
        if isinstance(body, Refusal):
            return body
        if not 0 <= body.overlap <= LONGEST_OVERLAP:
            expected = f"seconds from 0 to {LONGEST_OVERLAP:.0f} (30 days)"
            came = f"{body.overlap:g}"
            return Refusal(400, problem("body_invalid", "/overlap", came, expected=expected))
        secret = await self._smith.exchange(body.name, body.overlap, key.name)
        if secret is None:
            return self._not_made(body.name)
        ends = iso(self._parts.clock.now() + body.overlap)
        return as_json(201, {"name": body.name, "secret": secret.reveal(), "old_until": ends})

    async def revoke(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """End a key at once."""
        if refusal := refused_unless_admin(key):
            return refusal
        body = await read_as(self._bodies, request, RevokeBody)
        if isinstance(body, Refusal):
            return body
        ended = await self._smith.revoke(body.name, key.name)
        if not ended:
            return self._not_made(body.name)
        return as_json(200, {"name": body.name, "revoked": ended})

    def _told(self, made: Sequence[MadeKey]) -> Sequence[Json]:
        ring, now = self._parts.keys, self._parts.clock.now()
        configured = [
            _json(rights, "settings", tail="", used=ring.used.get(name))
            for name, rights in ring.configured.items()
        ]
        others = [
            {
                **_json(one.rights, "store", one.tail, ring.used.get(one.rights.name)),
                "public": one.public or None,
                "since": iso(one.since),
                "until": iso(one.until),
                "counts": one.counts(now),
            }
            for one in made
        ]
        return [*configured, *others]

    def _misfit(self, rights: KeyRights) -> Refusal | None:
        name = rights.name
        harmless = name.strip() == name and name.isprintable() and 0 < len(name) <= LONGEST_NAME
        if not harmless or holds_identifier(name, _NOBODY):
            expected = f"1 to {LONGEST_NAME} printable characters that name nobody"
            came = f"a text of {len(name)} characters"
            return Refusal(400, problem("body_invalid", "/name", came, expected=expected))
        if name in self._parts.keys.configured:
            return _taken(name)
        for misfit in key_misfits(rights, list(self._parts.rules)):
            came = shape(misfit.came)
            field, said = f"/{misfit.field}", misfit.told(came)
            return Refusal(400, problem("body_invalid", field, came, expected=said))
        if rights.kind is KeyKind.BROWSER and not rights.origins:
            expected = "the pages that use it, like https://shop.example"
            return Refusal(400, problem("body_invalid", "/origins", "nothing", expected=expected))
        return None

    def _not_made(self, name: str) -> Refusal:
        """Refuse to change a key that was not made here; the settings' only they can change."""
        if name in self._parts.keys.configured:
            return Refusal(409, problem("key_of_settings", "/name", f'the key "{name}"'))
        return Refusal(404, problem("not_found", "/name", shape(name)))


def _rights(body: MakeBody) -> KeyRights:
    return KeyRights(
        body.name, body.kind, body.pixels, body.scopes, body.origins, body.max_requests_per_second
    )


def _json(rights: KeyRights, source: str, tail: str, used: Epoch | None) -> Json:
    return {
        "name": rights.name,
        "kind": rights.kind,
        "pixels": rights.pixels,
        "scopes": rights.scopes if rights.kind is KeyKind.SERVER else (),
        "origins": rights.origins,
        "max_requests_per_second": rights.rate,
        "source": source,
        "tail": tail,
        "public": None,
        "since": None,
        "until": None,
        "counts": True,
        "last_used_at": iso(used),
    }


def _taken(name: str) -> Refusal:
    return Refusal(409, problem("key_name_taken", "/name", f'"{printable(name)}"'))
