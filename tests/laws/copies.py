"""Copies of a few purchases, as backends and pages report them, and what each says of consent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tandemgate.core.pipeline import process
from tandemgate.model.event import Event, EventKey, Lane, Source
from tandemgate.model.outcome import Accepted, Held, Suppressed
from tests.build import PIXEL, a_policy, a_raw_event, an_event, an_item, some_rules

LANES: Final = (Lane(PIXEL), Lane(PIXEL, "TEST1"))
RULES: Final = (some_rules(), some_rules(policy=a_policy(hold_for_consent=3600)))
HOUR: Final = 3600

GRANTED: Final = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
STATEMENTS: Final[Mapping[str, Mapping[str, object]]] = {
    "granted": GRANTED,
    "denied": {**GRANTED, "ad_user_data": "DENIED", "ad_personalization": "DENIED"},
    "personalization denied": {**GRANTED, "ad_personalization": "DENIED"},
    "opted out": {"region": "US", "opt_out": True},
    "opted out somewhere": {"opt_out": True},
    "granted in the US": {**GRANTED, "region": "US"},
    "child": {**GRANTED, "child": True},
    "nothing": {"region": "DE"},
    "nothing but no personalization": {"region": "DE", "ad_personalization": "DENIED"},
}
"""What a copy says of consent."""

_IDENTIFIERS: Final = {"email", "phone", "external_id", "first_name", "last_name", "zip_code"}

KEPT: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "denied": lambda item: not _IDENTIFIERS & item["user"].keys(),
    "personalization denied": lambda item: _personalization(item) == "DENIED",
    "nothing but no personalization": lambda item: _personalization(item) == "DENIED",
    "opted out somewhere": lambda item: _personalization(item) == "DENIED",
    "opted out": lambda item: bool(item.get("limited_data_use")),
    "child": lambda _item: False,
}
"""What must hold of every item that leaves after a copy said so."""

FREEING: Final = STATEMENTS.keys() - {
    "nothing",
    "nothing but no personalization",
    "opted out somewhere",
}
"""Statements without any of which nothing leaves."""


PEOPLE: Final = 2


def email_of(number: int) -> str:
    """Whose purchase it is: every second one is of the same customer."""
    return f"customer{number % PEOPLE}@example.com"


def person_of(key: EventKey) -> int:
    """Who is behind a stored event."""
    return int(key.event_id.removeprefix("ord_")) % PEOPLE


def traces_of(person: int) -> frozenset[bytes]:
    """What the events of a person are found by."""
    return frozenset(an_event(RULES[0], user={"email": email_of(person)}).traces)


def _personalization(item: Mapping[str, Any]) -> object:
    return item.get("properties", {}).get("ad_personalization")


@dataclass(frozen=True)
class Copy:
    """One report. ``age`` is how long ago it happened, in seconds."""

    number: int = 0
    statement: str = "granted"
    value: int = 1
    verified: bool = True
    clicked: bool = False
    other_order: bool = False
    age: float = 0.0
    lane: Lane = LANES[0]
    holds: bool = False

    @property
    def key(self) -> EventKey:
        """K."""
        return EventKey(PIXEL, "CompletePayment", f"ord_{self.number}", self.lane.channel)

    def event(self, truth: float, now: float) -> Event | None:
        """What intake makes of it at *now*, having happened by *truth*; ``None`` if it refuses."""
        order = f"o{self.number + self.other_order}"
        user = {"email": email_of(self.number), "ip": "203.0.113.42"}
        item = an_item(
            event_id=self.key.event_id,
            event_time=int(truth - self.age),
            user={**user, "ttclid": "E.C.P.abc"} if self.clicked else user,
            properties={"value": self.value, "currency": "EUR", "order_id": order},
            consent=dict(STATEMENTS[self.statement]),
        )
        source = Source.BACKEND if self.verified else Source.BROWSER
        raw = a_raw_event(item, lane=self.lane, source=source, verified=self.verified)
        match process(raw, RULES[self.holds], now):
            case Accepted(event) | Held(event) | Suppressed(event):
                return event
            case _:
                return None
