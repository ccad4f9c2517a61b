"""Read a request by TikTok's contract: its events, or the first thing that breaks the contract.

Pure: the only clock is the argument *now*. Nothing here raises for what a sender sent.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from tiktok_simulator.contract import (
    DEFAULT_SPELLING,
    MAX_AGE_SECONDS,
    MAX_AHEAD_SECONDS,
    MAX_EVENTS,
    MESSAGES,
    MILLISECONDS_FROM,
    SPELLINGS,
    STANDARD_EVENTS,
    VALUE_EVENTS,
    Breach,
)
from tiktok_simulator.fields import (
    CONTENT,
    EVENT,
    EVENT_REQUIRED,
    LEAD,
    PAGE,
    PROPERTIES,
    REQUEST,
    REQUEST_REQUIRED,
    USER,
    Table,
)

_NOTHING: Final[Mapping[str, Any]] = {}
_MISSING: Final = "Missing data for required field."

# An event is decoded apart from its envelope, so bad JSON inside of it is found only then.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_request_decoder: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])
_value_decoder: Final = msgspec.json.Decoder()


class _Named(msgspec.Struct):
    event_id: str | None = None


class _Keyed(msgspec.Struct):
    event: str
    event_id: str


_id_decoder: Final = msgspec.json.Decoder(_Named)
_key_decoder: Final = msgspec.json.Decoder(_Keyed)


class Refusal(NamedTuple):
    """The whole request is refused, in TikTok's words."""

    breach: Breach
    message: str


_NOT_JSON: Final = Refusal(Breach.MALFORMED, "The request body is not valid JSON.")


class Flaw(NamedTuple):
    """One field of one event that breaks a rule; *path* is dotted, from the event down."""

    path: str
    text: str
    breach: Breach = Breach.FORMAT


class Envelope(NamedTuple):
    """A request whose top level is sound; the events are still raw JSON."""

    source: str
    test_event_code: str
    items: list[msgspec.Raw]


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event that keeps the contract, with the bytes that said so."""

    name: str
    event_id: str
    value: float | None
    currency: str | None
    wire: bytes
    remarks: tuple[str, ...]


def read_envelope(body: bytes) -> Envelope | Refusal:
    """Read the top level of a request body: who it is for, and its events unread."""
    try:
        raw = _request_decoder.decode(body)
        fields = {
            name: _value_decoder.decode(part) for name, part in raw.items() if name in REQUEST
        }
        items = _list_decoder.decode(raw["data"]) if "data" in raw else None
    except msgspec.ValidationError:
        return Refusal(Breach.FORMAT, "data: the request is an object, and data in it a list.")
    except _UNREADABLE:
        return _NOT_JSON
    flaw = _required(fields, REQUEST_REQUIRED) or _flaw(fields, REQUEST, "", [])
    if flaw:
        return Refusal(flaw.breach, f"{flaw.path}: {flaw.text}")
    if items is None:
        return Refusal(Breach.MISSING, f"data: {_MISSING}")
    if not items:
        return Refusal(Breach.MISSING, "data: shorter than minimum length 1.")
    if len(items) > MAX_EVENTS:
        return Refusal(Breach.TOO_MANY, MESSAGES[Breach.TOO_MANY])
    return Envelope(fields["event_source_id"], fields.get("test_event_code", ""), items)


def event_ids_of(items: list[msgspec.Raw]) -> list[str | None]:
    """Return the event_id at each index, ``None`` where there is no readable one."""
    return [_event_id_of(raw) for raw in items]


def _event_id_of(raw: msgspec.Raw) -> str | None:
    try:
        return _id_decoder.decode(raw).event_id
    except _UNREADABLE:
        return None


def read_events(
    items: list[msgspec.Raw], now: float, user_table: Table = USER
) -> list[Event] | Refusal:
    """Read every event, or refuse the batch for its first bad one. *now* is Unix seconds."""
    events = []
    for index, raw in enumerate(items):
        wire = bytes(raw)
        try:
            event = _read_event(wire, now, user_table)
        except _UNREADABLE:
            return _NOT_JSON
        if isinstance(event, Flaw):
            return _refusal(event, index)
        events.append(event)
    return events


def read_keys(items: list[msgspec.Raw]) -> list[Event] | Refusal:
    """Read of every event only what it is counted by, and hold nothing else against the sender."""
    try:
        keys = [(_key_decoder.decode(raw), bytes(raw)) for raw in items]
    except msgspec.ValidationError:
        return Refusal(Breach.MISSING, f"event, event_id: {_MISSING}")
    except _UNREADABLE:
        return _NOT_JSON
    return [Event(key.event, key.event_id, None, None, wire, ()) for key, wire in keys]


def _read_event(wire: bytes, now: float, user_table: Table) -> Event | Flaw:
    fields = _value_decoder.decode(wire)
    if not isinstance(fields, dict):
        return Flaw("event", "not a valid object.")
    remarks: list[str] = []
    flaw = _required(fields, EVENT_REQUIRED) or _flaw(fields, EVENT, "", remarks)
    if flaw:
        return flaw
    user, page = fields["user"], fields.get("page", _NOTHING)
    properties = fields.get("properties", _NOTHING)
    flaw = (
        _time_flaw(fields["event_time"], now)
        or _flaw(user, user_table, "user.", remarks)
        or _properties_flaw(properties, remarks)
        or _flaw(page, PAGE, "page.", remarks)
        or _flaw(fields.get("lead", _NOTHING), LEAD, "lead.", remarks)
    )
    if flaw:
        return flaw
    if not user:
        return Flaw("user", _MISSING, Breach.MISSING)
    return Event(
        name=fields["event"],
        event_id=fields["event_id"],
        value=properties.get("value"),
        currency=properties.get("currency"),
        wire=wire,
        remarks=(*remarks, *_remarks(fields["event"], page, properties)),
    )


def _required(fields: Mapping[str, Any], names: tuple[str, ...]) -> Flaw | None:
    for name in names:
        if name not in fields:
            return Flaw(name, _MISSING, Breach.MISSING)
    return None


def _flaw(fields: Mapping[str, Any], table: Table, prefix: str, remarks: list[str]) -> Flaw | None:
    """Return the first flaw by *table*; what the table does not know goes to *remarks*."""
    for name, value in fields.items():
        field = table.get(name)
        if field is None:
            remarks.append(f"unknown_field:{prefix}{name}")
        elif not field.holds(value):
            rule = next(rule for rule in field.rules if not rule.holds(value))
            return Flaw(prefix + name, rule.text, rule.breach)
    return None


def _properties_flaw(properties: Mapping[str, Any], remarks: list[str]) -> Flaw | None:
    flaw = _flaw(properties, PROPERTIES, "properties.", remarks)
    if flaw:
        return flaw
    for position, content in enumerate(properties.get("contents", ())):
        flaw = _flaw(content, CONTENT, f"properties.contents.{position}.", remarks)
        if flaw:
            return flaw
    return None


def _time_flaw(event_time: int, now: float) -> Flaw | None:
    if event_time >= MILLISECONDS_FROM:
        return Flaw("event_time", "must be in seconds, not in milliseconds.")
    if event_time > now + MAX_AHEAD_SECONDS:
        return Flaw("event_time", "is in the future.")
    if event_time < now - MAX_AGE_SECONDS:
        return Flaw("event_time", "is more than 28 days ago.")
    return None


def _refusal(flaw: Flaw, index: int) -> Refusal:
    spelling = SPELLINGS.get(flaw.path.partition(".")[0], DEFAULT_SPELLING)
    return Refusal(flaw.breach, spelling.format(index=index, path=flaw.path, text=flaw.text))


def _remarks(name: str, page: Mapping[str, Any], properties: Mapping[str, Any]) -> list[str]:
    """What the real API takes without a word, and somebody should hear about."""
    remarks = []
    if name not in STANDARD_EVENTS:
        remarks.append("custom_event")
    if "url" not in page:
        remarks.append("page_url_missing")
    if name in VALUE_EVENTS and not ("value" in properties and "currency" in properties):
        remarks.append("value_missing")
    return remarks
