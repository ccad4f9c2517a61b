"""What somebody asks about what is theirs: whose events are meant, and what shall become of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tandemgate.catalog.reasons import problem
from tandemgate.core.account import account_traces
from tandemgate.core.fields import CONSENT, USER, flag, instant
from tandemgate.core.normalize import normalize
from tandemgate.core.reading import Notes, Table, boolean, read_object, section, shape, text
from tandemgate.core.traces import traces
from tandemgate.model.consent import Flag
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.person import Identifiers, MatchKey
from tandemgate.model.rules import PixelRules

_NAMES: Final = (MatchKey.EMAIL, MatchKey.PHONE, MatchKey.EXTERNAL_ID)

WHOSE: Final[Table] = {
    "session": text,
    "user": section({name: USER[name] for name in (*_NAMES, "phone_number")}),
    "region": text,
}
STATEMENT: Final[Table] = {
    **WHOSE,
    "event_source_id": text,
    "consent": section(CONSENT),
    "ad_user_data": flag,
    "ad_personalization": flag,
    "collected_at": instant,
}
"""``POST /v1/consent``. The flags stand beside the person, or in ``consent`` as in an event."""

ERASURE: Final[Table] = {**WHOSE, "reason": text, "execute": boolean}
"""``POST /api/erase``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is meant, and the rest of what was asked for. Lives in the request handler's frame only.

    ``region`` is that of national phone numbers.
    """

    person: Identifiers
    session: str | None = field(repr=False)
    region: str | None
    fields: Mapping[str, Any] = field(repr=False)


def read_asked(item: object, table: Table) -> Asked | Problem:
    """Read what was asked for, by one of the tables above; a field that is not in it is refused."""
    if not isinstance(item, dict):
        return problem("body_invalid", "", shape(item), expected="a JSON object")
    notes = Notes()
    fields = read_object(item, "", table, notes)
    for found in notes.problems:
        return found
    for one in notes.findings:
        expected = f"one of {', '.join(table)}"
        return problem(
            "body_invalid", one.field, "a field that is not read here", expected=expected
        )
    user: dict[str, Any] = fields.get("user", {})
    user["phone"] = user.get("phone", ()) + user.pop("phone_number", ())
    asked = Asked(Identifiers(**user), fields.get("session"), fields.get("region"), fields)
    if asked.session is None and asked.person == Identifiers():
        return problem("nobody_meant", "", "neither")
    return asked


def whose(asked: Asked, rules: Iterable[PixelRules]) -> frozenset[bytes] | Problem:
    """Return the traces of whoever is meant, by the rules of each pixel whose events may be."""
    found: set[bytes] = set()
    for one in rules:
        person = normalize(asked.person, asked.region, one, "/user")
        for name in _NAMES:
            if getattr(asked.person, name) and not getattr(person.match_keys, name):
                return problem("identifier_unusable", f"/user/{name}", "one that can't be right")
        found.update(traces(person.match_keys, asked.session, one.blind_index_key))
        found.update(account_traces(person.match_keys, one))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Said:
    """What was stated about consent, and when."""

    ad_user_data: Flag | None
    ad_personalization: Flag | None
    collected_at: Epoch


def said(asked: Asked, now: Epoch) -> Said | Problem:
    """Return what *asked* states: of two places the stricter word, and never later than *now*."""
    inside: Mapping[str, Any] = asked.fields.get("consent", {})
    flags = {
        name: _stricter((asked.fields.get(name), inside.get(name)))
        for name in ("ad_user_data", "ad_personalization")
    }
    if inside.get("opt_out"):
        flags["ad_personalization"] = Flag.DENIED
    if not any(flags.values()):
        return problem("nothing_stated", "/ad_user_data", "neither")
    collected_at = asked.fields.get("collected_at", inside.get("collected_at", now))
    return Said(**flags, collected_at=min(collected_at, now))


def _stricter(flags: Iterable[Flag | None]) -> Flag | None:
    stated = list(_stated(flags))
    return Flag.DENIED if Flag.DENIED in stated else next(iter(stated), None)


def _stated(flags: Iterable[Flag | None]) -> Iterator[Flag]:
    return (one for one in flags if one is not None)
