"""One call after the other: which event it is, what it goes by, and when it happened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tandemgate.catalog.events import PAGE_VIEW
from tandemgate.catalog.reasons import finding, problem
from tandemgate.catalog.translations import NO_SALE, SEGMENT
from tandemgate.core.account import account_visit, browser_visit
from tandemgate.core.reading import shape
from tandemgate.model.event import Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.message import Message
from tandemgate.sources.dialect import Asked
from tandemgate.sources.names import tiktok_name
from tandemgate.sources.segment.commerce import properties_of, references
from tandemgate.sources.segment.consent import consent_of, flags_of
from tandemgate.sources.segment.person import page_of, person_of
from tandemgate.sources.walk import first, inner, instant, named, text, told

MOST_MESSAGES: Final = 1_000
SKEW_TOLERATED: Final[Seconds] = 30.0
"""Between a sender's clock and ours: so much a request may well be under way."""

_APPS: Final = ("android", "ios")
_NO_EVENT: Final = "call_not_an_event"
_ACTIONS: Final = ("track", "page")


class Segment:
    """Reads batches, and the single calls, whose address says their *kind*."""

    source: Final = Source.SEGMENT

    def __init__(self, kind: str | None = None) -> None:
        self._kind = kind

    def read(self, tree: object, asked: Asked) -> Sequence[Message] | Problem:
        """Read a batch, or one call."""
        if not isinstance(tree, dict):
            return problem("call_not_object", "", shape(tree))
        if self._kind is not None:
            return [_message(tree, self._kind, "", tree, asked)]
        batch = tree.get("batch")
        if not isinstance(batch, list):
            came = shape(batch) if "batch" in tree else "nothing"
            return problem("batch_not_list", "/batch", came)
        if len(batch) > MOST_MESSAGES:
            expected = f"at most {MOST_MESSAGES} events"
            return problem("too_many_events", "/batch", f"{len(batch)} events", expected=expected)
        return [
            _message(call, None, f"/batch/{place}", tree, asked) for place, call in enumerate(batch)
        ]


def _message(
    call: object, kind: str | None, at: str, around: Mapping[str, Any], asked: Asked
) -> Message:
    """Read a call; what holds for a whole batch stands *around* it."""
    if not isinstance(call, dict):
        return Message(at, call)
    if not _meant_for_tiktok(inner(call, "integrations"), inner(around, "integrations")):
        return Message(at, {}, "not_meant_for_tiktok")
    if around is not call and (shared := inner(around, "context")):
        call = call | {"context": {**shared, **inner(call, "context")}}
    kind = kind or text(call.get("type")) or "track"
    account = _account(call, asked)
    if kind == "identify":
        return Message(at, _about(call, asked), "identify_seen", account=account)
    if kind not in _ACTIONS:
        return Message(at, {}, _NO_EVENT)
    said = PAGE_VIEW if kind == "page" else text(call.get("event"))
    if said is not None and said.casefold() in NO_SALE:
        return Message(at, {}, "no_sale")
    name = None if said is None else tiktok_name(said, SEGMENT, asked.rules)
    if said is not None and name is None:
        return Message(at, {}, "event_not_mapped")
    event_id, remarks = _event_id(call, at)
    sent_at = first(call.get("sentAt"), around.get("sentAt"))
    return Message(
        at,
        _item(call, name, event_id, sent_at, asked),
        findings=remarks,
        problems=tuple(_of_app(call, at)),
        account=account,
    )


def _of_app(call: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Refuse the call of an app: its library names the phone's system, and a page's none."""
    device = text(inner(call, "context", "device").get("type"))
    if device and device.casefold() in _APPS:
        yield problem("event_source_unsupported", f"{at}/context/device/type", "an app's call")


def _account(call: Mapping[str, Any], asked: Asked) -> str | None:
    """Name the visit of whom the call is about: a server's of its user, a page's of its browser."""
    who = text(call.get("anonymousId" if asked.visitor else "userId"))
    if who is None:
        return None
    visit_of = browser_visit if asked.visitor else account_visit
    return visit_of(who, asked.rules)


def _about(call: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Write what the call tells about a person, and whatever it was."""
    return told(
        {
            "user": person_of(call, asked),
            "properties": flags_of(call, asked.rules.consent_categories),
            "page": page_of(call),
            "consent": consent_of(call, asked),
        }
    )


def _item(
    call: Mapping[str, Any], name: str | None, event_id: object, sent_at: object, asked: Asked
) -> dict[str, Any]:
    """Write the call as TikTok's ``data[]`` item."""
    limited = inner(call, "properties").get("limited_data_use")
    about = _about(call, asked)
    return about | told(
        {
            "event": name,
            "event_id": event_id,
            "event_time": _event_time(call, instant(sent_at), asked.now),
            "properties": properties_of(call, asked.rules) | about.get("properties", {}),
            "refs": references(call),
            "limited_data_use": limited if isinstance(limited, bool) else None,
            "session": None if asked.visitor else text(inner(call, "context").get("tg_session")),
        }
    )


def _meant_for_tiktok(*said: Mapping[str, Any]) -> bool:
    """Tell whether the client lets the call go to TikTok: by its name, else as to ``All``.

    Segment calls the destination ``TikTok Conversions``, RudderStack ``TikTok Ads``.
    """
    for integrations in said:
        named_so = [
            value for name, value in integrations.items() if name.casefold().startswith("tiktok")
        ]
        decides = named_so or [
            integrations[name] for name in ("All", "all") if name in integrations
        ]
        if decides:
            return False not in decides
    return True


def _event_id(call: Mapping[str, Any], at: str) -> tuple[object, tuple[Finding, ...]]:
    """Take the stated id; of an order leave it to be derived; else the id of the delivery."""
    properties = inner(call, "properties")
    own = named(properties, "event_id", "eventId")
    said = first(own, named(inner(call, "context"), "event_id", "eventId"))
    if said is not None or first(properties.get("order_id"), properties.get("lead_id")):
        return said, ()
    delivery = text(call.get("messageId"))
    if delivery is None:
        return None, ()
    return delivery, (finding("event_id_from_message", f"{at}/messageId"),)


def _event_time(call: Mapping[str, Any], sent: Epoch | None, now: Epoch) -> object:
    """Tell the moment by our clock: so long before it was sent, whatever the sender's says.

    Where both times are stated, ``timestamp`` was put right already, as Segment itself does.
    """
    by_sender, put_right = call.get("originalTimestamp"), call.get("timestamp")
    said = first(put_right, by_sender)
    at = instant(said)
    if at is None:
        return int(now) if said is None else said
    skew = 0.0 if sent is None or (by_sender and put_right) else now - sent
    return int(at + skew if abs(skew) > SKEW_TOLERATED else at)
