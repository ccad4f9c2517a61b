"""A shop of known truth: what it does in some days, and what must come of it.

Each *fate* is one customer's way, told as the reports that reach the gateway. Beside each report
stands what docs/ promise of it, written down by hand: nothing here asks the product's own code.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

BUSY: Final = ("C9ABC1234567890", "D0OTHER12345")
PATIENT: Final = "E5PATIENT12345"
"""The pixel whose events wait a day for a consent (``hold_for_consent``)."""

PIXELS: Final = (*BUSY, PATIENT)
AGREED: Final = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED: Final = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
SILENT: Final = {"region": "DE"}
CHILD: Final = AGREED | {"child": True}

BUY: Final = "CompletePayment"
CART: Final = "AddToCart"
HOUR: Final = 3600.0
OPEN_FOR: Final = 72 * HOUR
"""Everything is reported within these seconds, but for a few minutes."""

AT_ONCE: Final = 0.3
"""The share of customers who come at the same moment as somebody else."""

DIGITS: Final = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}

RIGHT: Final = {
    "phone": "+491701234567",
    "ttclid": "E.C.P.CvQBA",
    "ttp": "2.x9Jb3x",
    "ip": "203.0.113.42",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
}
WRONG: Final = {"email": "sha256(somebody)", "ip": "10.0.0.1"}
NOTED: Final = {
    ("email", "wrong"): "placeholder_not_digest",
    ("ip", "wrong"): "ip_not_public",
    ("ip", "absent"): "ip_missing",
    ("user_agent", "absent"): "user_agent_missing",
}


@dataclass(frozen=True)
class Seen:
    """One sighting of a problem. ``code`` is the gateway's or TikTok's."""

    reason: str
    field: str
    code: int | None = None
    origin: str = "local"


@dataclass
class Report:
    """One thing that is handed in ``at`` seconds after the shop opened, and what is said of it.

    A server states when it ``happened``, which is when it tells unless it says otherwise; a page
    tells of what it did ``ago`` seconds before.

    ``name`` is what it is counted under: "" where the event's own can't be used. ``keys`` are those
    of an event that is stored, each ``right``, ``wrong`` or ``absent``.
    """

    at: float
    by: str
    pixel: str
    content: dict[str, Any]
    outcome: str
    reason: str = ""
    name: str = BUY
    consent: Mapping[str, Any] = field(default_factory=lambda: AGREED)
    session: str = ""
    ago: float = 0.0
    happened: float | None = None
    channel: str = "live"
    seen: tuple[Seen, ...] = ()
    keys: dict[str, str] = field(default_factory=dict)
    state: str = ""
    why: str = ""
    later: Mapping[str, Any] | None = None
    """The consent that was stated for it after it came."""

    @property
    def source(self) -> str:
        return "backend" if self.by == "server" else "browser"

    @property
    def stored(self) -> bool:
        """Whether an event is kept of it."""
        return self.outcome in {"accepted", "suppressed", "held"}

    @property
    def ended_by(self) -> str | None:
        """The reason that its state names, if any."""
        return self.why or (self.reason if self.outcome == "suppressed" else None)

    @property
    def settled(self) -> Mapping[str, Any]:
        """The consent that counts in the end."""
        return self.consent if self.later is None else self.later


@dataclass
class Wish:
    """What a person asks ``at`` seconds after the shop opened, and what it must do.

    ``effects`` is of a statement, by the words of its answer; ``states`` of an erasure, as met.
    """

    at: float
    path: str
    body: Mapping[str, Any]
    effects: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the list of pairs; ``server`` and ``page`` are the reports that it stands for."""

    event: str
    event_id: str
    verdict: str
    server: Report | None = None
    page: Report | None = None
    other: str | None = None
    beside: Report | None = None
    differs: tuple[str, ...] = ()


@dataclass
class Story:
    """One customer: what is reported, what TikTok answers, and what must come of it."""

    number: str
    pixel: str
    currency: str
    minor: int
    reports: list[Report] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    order: str = ""
    outcome: str = ""
    sent_minor: int | None = None

    @property
    def event_id(self) -> str:
        """The id that the server gives it."""
        return f"ord_{self.number}_complete_payment"

    @property
    def value(self) -> float:
        """What it is worth, in the unit of its currency."""
        return float(self.minor / 10 ** DIGITS[self.currency])

    def properties(self, **more: object) -> dict[str, Any]:
        """What was bought."""
        told = {"value": self.value, "currency": self.currency, "order_id": self.number} | more
        return {name: value for name, value in told.items() if value is not ...}


class Shop:
    """Everything by the same dice."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - the same shop in every run
        self._next = self.dice.randrange(10_000, 50_000)
        self._last = 0.0

    def stories(self, customers: int) -> list[Story]:
        """Let so many come, every fate among them."""
        fates = [*FATES, *self.dice.choices(FATES, k=customers - len(FATES))]
        self.dice.shuffle(fates)
        return [self._live(fate) for fate in fates]

    def _live(self, fate: "Fate") -> Story:
        """Let one come; what happens at the same moment as before is reported in one request."""
        self._next += self.dice.randint(1, 9)
        currency = self.dice.choice([*DIGITS])
        story = Story(
            f"{self._next}", self.dice.choice(BUSY), currency, self.dice.randint(100, 9_999_999)
        )
        if self.dice.random() > AT_ONCE:
            self._last = round(self.dice.uniform(0, OPEN_FOR), 3)
        fate(self, story, self._last)
        return story

    def wish(
        self,
        story: Story,
        at: float,
        consent: Mapping[str, Any],
        **effects: int,
    ) -> None:
        """Let the customer, whom the shop knows by a number, state a consent later."""
        words = {name: consent[name] for name in ("ad_user_data", "ad_personalization")}
        body = {"user": {"external_id": f"c{story.number}"}, **words}
        story.wishes.append(Wish(at, "/v1/consent", body, effects))

    def be_forgotten(self, story: Story, at: float, **states: int) -> None:
        """Let the customer ask to be erased."""
        body = {
            "user": {"external_id": f"c{story.number}"}, "reason": "on request", "execute": True,
        }  # fmt: skip
        story.wishes.append(Wish(at, "/api/erase", body, states=states))

    def buy(self, story: Story, at: float, outcome: str = "accepted", **more: Any) -> Report:  # noqa: ANN401
        """Let the shop's server tell of the purchase; *more* overrides fields of its item."""
        reason, seen = more.pop("reason", ""), more.pop("seen", ())
        consent = more.pop("consent", AGREED)
        keys = more.pop("keys", None) or self.keys()
        told = {name: more.pop(name) for name in TOLD_APART if name in more}
        state = more.pop("state", "DELIVERED" if outcome == "accepted" else "")
        content = {
            "event": BUY,
            "event_id": story.event_id,
            "user": user(story, keys),
            "properties": story.properties(),
            "page": {"url": "https://shop.example/thanks"},
        } | more
        notes = tuple(_remarks(outcome, keys))
        report = Report(
            at, "server", story.pixel, content, outcome, reason, consent=consent,
            seen=(*seen, *notes), keys=keys, state=state, **told,
        )  # fmt: skip
        story.reports.append(report)
        return report

    def call(self, story: Story, at: float, **more: Any) -> Report:  # noqa: ANN401
        """Let the page tell of a call of the Pixel that it made a moment ago."""
        consent, event = more.pop("consent", AGREED), more.get("event", BUY)
        content = {
            "type": "pixel",
            "event": BUY,
            "event_id": story.event_id,
            "properties": story.properties(),
        } | more
        ago = self.dice.randint(0, 2000) / 1000
        report = Report(
            at, "page", story.pixel, content, "noted", "server_is_truth", event, consent,
            f"visit-of-{story.number}-0123", ago,
        )  # fmt: skip
        story.reports.append(report)
        return report

    def keys(self) -> dict[str, str]:
        """Choose what the server knows of a customer; always whose it is."""
        pick = self.dice.choice
        return {
            "email": pick(["right", "right", "right", "wrong", "absent"]),
            "phone": pick(["right", "absent"]),
            "external_id": "right",
            "ttclid": pick(["right", "absent"]),
            "ttp": pick(["right", "absent"]),
            "ip": pick(["right", "right", "right", "wrong", "absent"]),
            "user_agent": pick(["right", "right", "right", "absent"]),
        }

    def soon(self) -> float:
        """Seconds within which TikTok merges two copies."""
        return float(self.dice.randint(1, 280))


def _remarks(outcome: str, keys: Mapping[str, str]) -> Iterator[Seen]:
    """What is remarked on keys. Of a refused event nobody reads on what its keys are worth."""
    said = {"conflict": (), "rejected": ("absent",)}.get(outcome, ("absent", "wrong"))
    for key, how in keys.items():
        if (key, how) in NOTED and how in said:
            yield Seen(NOTED[key, how], f"user.{key}")


def user(story: Story, keys: Mapping[str, str]) -> dict[str, str]:
    """Write down what the server knows of the customer."""
    right = RIGHT | {"email": f"c{story.number}@shop.example", "external_id": f"c{story.number}"}
    return {
        name: (right if how == "right" else WRONG)[name]
        for name, how in keys.items()
        if how != "absent"
    }


TOLD_APART: Final = ("name", "channel", "why", "happened", "later")
"""What a fate says of a purchase that is no field of the item."""

Fate = Callable[[Shop, Story, float], None]


def counted_once(shop: Shop, story: Story, at: float) -> None:
    """As it should be: both sides, in either order."""
    page = shop.call(story, at)
    server = shop.buy(story, at + shop.dice.choice([-1, 1]) * shop.soon())
    story.rows = [Row(BUY, story.event_id, "paired", server, page)]
    story.outcome = "delivered"


def slow_payment(shop: Shop, story: Story, at: float) -> None:
    """The money comes hours after the page."""
    at %= 30 * HOUR
    page = shop.call(story, at)
    server = shop.buy(story, at + shop.dice.randint(1, 40) * HOUR)
    story.rows = [Row(BUY, story.event_id, "paired", server, page)]
    story.outcome = "delivered"


def too_late(shop: Shop, story: Story, at: float) -> None:
    """TikTok would count it again, so it ends here."""
    at %= 20 * HOUR
    page = shop.call(story, at)
    over = (Seen("pixel_window_over", ""),)
    server = shop.buy(story, at + 50 * HOUR, state="EXPIRED", why="pixel_window_over", seen=over)
    story.rows = [Row(BUY, story.event_id, "kept_back", server, page)]
    story.outcome = "expired"


def blocked(shop: Shop, story: Story, at: float) -> None:
    """A visitor whose browser blocks the Pixel."""
    story.rows = [Row(BUY, story.event_id, "server_only", shop.buy(story, at))]
    story.outcome = "delivered"


def webhook_lost(shop: Shop, story: Story, at: float) -> None:
    """Only the Pixel tells of it."""
    story.rows = [Row(BUY, story.event_id, "browser_only", None, shop.call(story, at))]
    story.outcome = "missing"


def denied(shop: Shop, story: Story, at: float) -> None:
    """Nothing that identifies leaves; the conversion does."""
    server = shop.buy(story, at, consent=DENIED, keys=shop.keys() | {"ip": "right"})
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def nobody_asked(shop: Shop, story: Story, at: float) -> None:
    """The banner was never answered."""
    server = shop.buy(
        story, at, "suppressed", consent=SILENT, reason="consent_missing", state="SUPPRESSED",
        seen=(Seen("consent_missing", "consent"),),
    )  # fmt: skip
    page = shop.call(story, at + 1, consent=SILENT) if shop.dice.random() < 0.5 else None
    story.rows = [Row(BUY, story.event_id, "kept_back", server, page)]
    story.outcome = "suppressed"


def a_child(shop: Shop, story: Story, at: float) -> None:
    """Nothing of children leaves, and that is no problem."""
    server = shop.buy(
        story, at, "suppressed", consent=CHILD, reason="known_child", state="SUPPRESSED"
    )
    story.rows = [Row(BUY, story.event_id, "kept_back", server)]
    story.outcome = "suppressed"


def wrong_currency(shop: Shop, story: Story, at: float) -> None:
    """Refused at the door; the Pixel has it."""
    seen = (Seen("currency_invalid", "properties.currency", 40005),)
    wrong = story.properties(currency="EURO")
    shop.buy(story, at, "rejected", properties=wrong, reason="currency_invalid", seen=seen)
    story.rows = [Row(BUY, story.event_id, "browser_only", None, shop.call(story, at + 5))]
    story.outcome = "refused"


def no_currency(shop: Shop, story: Story, at: float) -> None:
    """Refused at the door."""
    seen = (Seen("currency_missing", "properties.currency", 40003),)
    less = story.properties(currency=...)
    shop.buy(story, at, "rejected", properties=less, reason="currency_missing", seen=seen)
    story.outcome = "refused"


def wrong_name(shop: Shop, story: Story, at: float) -> None:
    """A name that TikTok does not know."""
    seen = (Seen("event_unknown", "event", 40005),)
    shop.buy(story, at, "rejected", event="Boughtt", name="", reason="event_unknown", seen=seen)
    story.outcome = "missing"


def long_ago(shop: Shop, story: Story, at: float) -> None:
    """A batch of last week; found in nobody's file."""
    seen = (Seen("event_time_too_old", "event_time", 40005),)
    shop.buy(
        story, at, "rejected", happened=at - 192 * HOUR, reason="event_time_too_old", seen=seen
    )
    story.outcome = "refused"


def told_twice(shop: Shop, story: Story, at: float) -> None:
    """A webhook that comes again."""
    server = shop.buy(story, at)
    shop.buy(story, at + shop.soon(), "duplicate", keys=server.keys, happened=at)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def contradicted(shop: Shop, story: Story, at: float) -> None:
    """The same event_id with another amount: the first stands."""
    server = shop.buy(story, at)
    seen = (Seen("event_id_conflict", "event_id", 40900),)
    other = story.properties(value=story.value + 1)
    shop.buy(
        story, at + shop.soon(), "conflict", properties=other, reason="event_id_conflict",
        seen=seen, keys=server.keys,
    )  # fmt: skip
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def two_ids(shop: Shop, story: Story, at: float) -> None:
    """A second job reports the order under an id of its own."""
    server = shop.buy(story, at)
    seen = (Seen("same_order_two_event_ids", "event_id", 40900),)
    shop.buy(
        story, at + shop.soon(), "conflict", event_id=f"again-{story.number}",
        reason="same_order_two_event_ids", seen=seen, keys=server.keys,
    )  # fmt: skip
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def refused(shop: Shop, story: Story, at: float) -> None:
    """TikTok refuses it, and says which field."""
    seen = (Seen("refused_by_tiktok", "properties.value", 40002, "remote"),)
    server = shop.buy(story, at, state="REJECTED", why="refused_by_tiktok", seen=seen)
    story.answers = {story.event_id: ["refused"]}
    page = shop.call(story, at + 3) if shop.dice.random() < 0.5 else None
    story.rows = [Row(BUY, story.event_id, "kept_back", server, page)]
    story.outcome = "rejected"


def unclear(shop: Shop, story: Story, at: float) -> None:
    """TikTok says something that nobody knows: a person decides."""
    seen = (Seen("answer_unclear", "", 49_999, "remote"),)
    server = shop.buy(story, at, state="REVIEW", why="answer_unclear", seen=seen)
    story.answers = {story.event_id: ["unclear"]}
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "undecided"


def answer_lost(shop: Shop, story: Story, at: float) -> None:
    """The line breaks, and the second attempt is answered."""
    server = shop.buy(story, at)
    story.answers = {story.event_id: ["lost", "fine"]}
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def two_tags(shop: Shop, story: Story, at: float) -> None:
    """The page calls the Pixel twice."""
    page = shop.call(story, at)
    again = shop.call(story, at + 10, event_id=f"px_{story.number}")
    server = shop.buy(story, at + 20)
    story.rows = [
        Row(BUY, story.event_id, "paired", server, page),
        Row(BUY, f"px_{story.number}", "double_fire", None, again, story.event_id, page),
    ]
    story.outcome = "delivered"


def other_id(shop: Shop, story: Story, at: float) -> None:
    """The page makes an id of its own for the same order."""
    own = f"px_{story.number}"
    page = shop.call(story, at, event_id=own)
    server = shop.buy(story, at + shop.soon())
    story.rows = [
        Row(BUY, story.event_id, "probable_id_mismatch", server, None, own, page),
        Row(BUY, own, "probable_id_mismatch", None, page, story.event_id, server),
    ]
    story.outcome = "delivered"


def other_name(shop: Shop, story: Story, at: float) -> None:
    """The page has the new name, the server the old one."""
    page = shop.call(story, at, event="Purchase")
    server = shop.buy(story, at + shop.soon())
    story.rows = [
        Row(BUY, story.event_id, "name_mismatch", server, None, story.event_id, page),
        Row("Purchase", story.event_id, "name_mismatch", None, page, story.event_id, server),
    ]
    story.outcome = "delivered"


def other_case(shop: Shop, story: Story, at: float) -> None:
    """One side shouts."""
    loud = story.event_id.upper()
    page = shop.call(story, at, event_id=loud)
    server = shop.buy(story, at + shop.soon())
    story.rows = [
        Row(BUY, story.event_id, "case_mismatch", server, None, loud, page),
        Row(BUY, loud, "case_mismatch", None, page, story.event_id, server),
    ]
    story.outcome = "delivered"


def id_reused(shop: Shop, story: Story, at: float) -> None:
    """Two orders under one id."""
    page = shop.call(story, at, properties=story.properties(order_id=f"{story.number}-B"))
    server = shop.buy(story, at + shop.soon())
    row = Row(BUY, story.event_id, "id_reused", server, page, differs=("order_id",))
    story.rows, story.outcome = [row], "delivered"


def other_amount(shop: Shop, story: Story, at: float) -> None:
    """The page forgets the shipping, or the server forgets the tax."""
    page = shop.call(story, at, properties=story.properties(value=story.value + 3))
    server = shop.buy(story, at + shop.soon())
    row = Row(BUY, story.event_id, "content_differs", server, page, differs=("value",))
    story.rows, story.outcome = [row], "delivered"


def told_wrongly(shop: Shop, story: Story, at: float) -> None:
    """The server sends another amount than the order system has."""
    story.sent_minor = story.minor + 7
    sent = story.sent_minor / 10 ** DIGITS[story.currency]
    server = shop.buy(story, at, properties=story.properties(value=sent))
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def cart(shop: Shop, story: Story, at: float) -> None:
    """The page tells of a cart, and its Pixel sends it, too."""
    event_id = f"cart_{story.number}"
    facts = {
        "event": CART,
        "event_id": event_id,
        "properties": {"value": story.value, "currency": story.currency},
        "page": {"url": "https://shop.example/p/7"},
        "ttclid": "E.C.P.CvQBA",
        "ttp": "2.x9Jb3x",
    }
    keys = dict.fromkeys(("email", "phone", "external_id"), "absent")
    keys |= dict.fromkeys(("ttclid", "ttp", "ip", "user_agent"), "right")
    weak = (Seen("no_strong_key", "user"),)
    page = shop.call(story, at, **facts)
    page.outcome, page.reason, page.state, page.keys, page.seen = (
        "accepted", "", "DELIVERED", keys, weak,
    )  # fmt: skip
    story.rows = [Row(CART, event_id, "paired", page, page)]


def looks_around(shop: Shop, story: Story, at: float) -> None:
    """A page is opened: no event, but counted."""
    page = shop.call(story, at)
    page.content, page.reason, page.name = {"type": "page"}, "page_seen", ""


def held(shop: Shop, story: Story, at: float, **more: Any) -> Report:  # noqa: ANN401
    """An order whose customer was not asked yet, and may still be."""
    story.pixel, seen = PATIENT, (Seen("consent_missing", "consent"),)
    return shop.buy(
        story, at % (40 * HOUR), "held", consent=SILENT, reason="consent_missing", seen=seen, **more
    )


def asked_later(shop: Shop, story: Story, at: float) -> None:
    """The customer agrees hours later, and the order goes as if they had at once."""
    server = held(shop, story, at, state="DELIVERED", later=AGREED)
    shop.wish(story, server.at + shop.dice.randint(1, 20) * HOUR, AGREED, released=1)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def refuses_later(shop: Shop, story: Story, at: float) -> None:
    """The customer says no hours later: nothing that identifies leaves, the conversion does."""
    keys = shop.keys() | {"ip": "right"}
    server = held(shop, story, at, state="DELIVERED", later=DENIED, keys=keys)
    shop.wish(story, server.at + shop.dice.randint(1, 20) * HOUR, DENIED, released=1)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def never_asked(shop: Shop, story: Story, at: float) -> None:
    """Nobody says anything within the day."""
    server = held(shop, story, at, state="SUPPRESSED", why="consent_missing")
    story.rows = [Row(BUY, story.event_id, "kept_back", server)]
    story.outcome = "suppressed"


def withdrawn_in_time(shop: Shop, story: Story, at: float) -> None:
    """The customer thinks better of it at once, before the order has left."""
    server = shop.buy(story, at, state="CANCELLED", why="consent_withdrawn", later=SILENT)
    shop.wish(story, at, DENIED, cancelled=1)
    story.rows = [Row(BUY, story.event_id, "kept_back", server)]
    story.outcome = "cancelled"


def withdrawn_in_doubt(shop: Shop, story: Story, at: float) -> None:
    """The line breaks again and again: TikTok may have the order, and is not asked once more."""
    server = shop.buy(story, at, state="CANCELLED", why="maybe_delivered")
    story.answers = {story.event_id: ["lost"] * 9}
    shop.wish(story, at + 12, DENIED, cancelled=1)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "cancelled"


def withdrawn_too_late(shop: Shop, story: Story, at: float) -> None:
    """TikTok has the order by then, and a withdrawal takes nothing back from there."""
    at %= 40 * HOUR
    server = shop.buy(story, at)
    shop.wish(story, at + HOUR, DENIED, delivered=1)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def forgotten(shop: Shop, story: Story, at: float) -> None:
    """A customer whose order TikTok has asks to be erased here."""
    server = shop.buy(story, at)
    shop.be_forgotten(story, at + HOUR, DELIVERED=1)
    story.rows = [Row(BUY, story.event_id, "server_only", server)]
    story.outcome = "delivered"


def somebody_tests(shop: Shop, story: Story, at: float) -> None:
    """An order with a test code: nothing of it is in the live numbers."""
    shop.buy(story, at, channel="test")


def _fates() -> Iterator[Fate]:
    yield from (counted_once, slow_payment, too_late, blocked, webhook_lost, denied, nobody_asked)
    yield from (a_child, wrong_currency, no_currency, wrong_name, long_ago, told_twice)
    yield from (contradicted, two_ids, refused, unclear, answer_lost, two_tags, other_id)
    yield from (other_name, other_case, id_reused, other_amount, told_wrongly, cart)
    yield from (looks_around, somebody_tests, asked_later, refuses_later, never_asked)
    yield from (withdrawn_in_time, withdrawn_in_doubt, withdrawn_too_late, forgotten)


FATES: Final = tuple(_fates())
