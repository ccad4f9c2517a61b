"""Texts of an action that somebody should look at: blank ones, and those that may name the person.

One look at all of them together says of most actions that there is none. It may find too much, as
where two texts touch, but never too little: :mod:`tandemgate.core.parse`, which looks at each by
itself, has nothing to say about an action that is unremarkable here.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final

from tandemgate.catalog.events import KNOWN
from tandemgate.core.fields import LEAVES_PLAIN
from tandemgate.core.identify import LONGEST_EVENT_ID
from tandemgate.core.scrub import decoded, holds_identifier, repeats
from tandemgate.model.consent import Signals
from tandemgate.model.event import Reported
from tandemgate.model.person import Identifiers


def is_unremarkable(said: Reported, *, none_blank: bool) -> bool:
    """Tell whether no reader of single fields would have anything to say about a text of *said*.

    *none_blank* says that none of them consists of spaces, where that is known.
    """
    event_id, person, signals = said.event_id or "", said.person, said.signals
    if len(event_id) > LONGEST_EVENT_ID or not event_id.isprintable():
        return False
    if (signals.cmp or signals.cmp_version) and _repeats(signals, person):
        return False
    leaving = _leaving(said)
    if not none_blank and any(map(str.isspace, filter(None, (*leaving, *_staying(said))))):
        return False
    seen = "\n".join(filter(None, leaving))
    if "%" in seen:
        seen = decoded(seen)
    # With a plus a text may begin a phone, which shows only where each is looked at by itself.
    if "+" in seen:
        return False
    return not holds_identifier(seen, person, external_id=True) or not (
        holds_identifier(seen, person)
        or holds_identifier("\n".join(filter(None, _free(said))), person, external_id=True)
    )


def _repeats(signals: Signals, person: Identifiers) -> bool:
    """Tell whether what is kept in the clear may repeat anything that was said of the person."""
    kept = "\n".join(filter(None, (signals.cmp, signals.cmp_version)))
    return "%" in kept or "+" in kept or repeats(kept, person)


def _leaving(said: Reported) -> list[Any]:
    """Take what leaves as it is."""
    commerce, page = said.commerce, said.page
    texts = [said.event_id, commerce.order_id, page.url, page.referrer, *_plain(said.person)]
    for line in commerce.contents:
        texts += _of_line(line)
    if said.event not in KNOWN:
        texts.append(said.event)
    if said.lead:
        texts += said.lead.values()
    if not _TEXTS.isdisjoint(commerce.other):
        other: Any = commerce.other
        texts += (other.get("shop_id"), *other.get("content_ids", ()), *map(other.get, _FREE))
    return texts


def _free(said: Reported) -> Iterable[Any]:
    """Take what of it may not be named after the person's external_id either, as ids may."""
    page = said.page
    yield from (page.url, page.referrer, said.lead.get("lead_event_source"))
    yield from map(said.commerce.other.get, _FREE)
    for line in said.commerce.contents:
        yield from (line.content_name, line.content_category, line.brand)


def _staying(said: Reported) -> Iterable[Any]:
    """Take what is hashed before it leaves, or stays here."""
    person, signals = said.person, said.signals
    return (
        *(*person.email, *person.phone, *person.external_id),
        *(person.first_name, person.last_name, person.zip_code),
        *(said.session, said.phone_region, signals.cmp, signals.cmp_version),
        *said.refs.values(),
        *said.strings.values(),
    )


_plain = attrgetter(*LEAVES_PLAIN)
_of_line = attrgetter("content_id", "content_name", "content_category", "brand")
_FREE: Final = ("query", "search_string", "description", "status")
_TEXTS: Final = frozenset({"shop_id", "content_ids", *_FREE})
