"""Who comes to the demo shop: forty people, what they agreed to and what is known about them.

Phone numbers, addresses and domains are those that their registries keep free for fiction and
documentation (Ofcom, BNetzA, NANPA 555-01xx, RFC 2606, RFC 5737).
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

VISITORS = 40

FIRST_NAMES = (
    *("Ada", "Bela", "Cleo", "Dora", "Emil", "Finn", "Greta", "Hugo", "Ida", "Jonas"),
    *("Kira", "Lena", "Mats", "Nora", "Otto", "Paul", "Rosa", "Sami", "Tilda", "Ugo"),
)
LAST_NAMES = ("Larsen", "Moreau")


@dataclass(frozen=True, slots=True)
class Country:
    """Where a visitor lives. *phone* is written as people write it there, and takes a number."""

    region: str
    currency: str
    phone: str
    language: str


COUNTRIES = {
    "DE": Country("DE", "EUR", "(030) 23 125-{:03}", "de-DE"),
    "FR": Country("FR", "EUR", "+33 6 39 98 {:03}0", "fr-FR"),
    "GB": Country("GB", "GBP", "+44 7700 900{:03}", "en-GB"),
    "US": Country("US", "USD", "+1 (202) 555-01{:02}", "en-US"),
}

MEASURED_AND_NOT_PROFILED = "CQjh0IAQjh0IAEsAHBDEC0FgAMKAAAAAAAYgAAAAAAAA.IAAo"
"""A TC string that consents to purposes 1, 2, 7 and 9 and to no profiles."""

OPTED_OUT_IN_CALIFORNIA = "DBABBg~BWWqqqqo.Y"
"""A GPP string of California: sale and sharing are opted out of, by hand and by the browser."""

CONSENT: tuple[tuple[int, str, Mapping[str, object]], ...] = (
    (8, "DE", {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}),
    (4, "FR", {}),
    (3, "US", {}),
    (2, "US", {"gpp_string": OPTED_OUT_IN_CALIFORNIA}),
    (5, "GB", {"ad_user_data": "GRANTED", "tc_string": MEASURED_AND_NOT_PROFILED}),
    (10, "DE", {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}),
    (4, "FR", {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}),
    (4, "US", {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}),
)
"""How many visitors, from where, who said what at the consent banner; {} is no answer at all."""

FROM_AN_AD = 14
"""Visitors who came by a TikTok ad and carry its click id: a good third."""

BLOCKS_THE_PIXEL = 5
"""Visitors whose browser runs no such script, nor ours; only the server's copy tells of them."""

USER_AGENT = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person on one day. *context* is what a browser shows, *identity* what a checkout asks.

    *has_script*: the browser lets the shop's scripts run, so that its pages can tell anything.
    """

    number: int
    country: Country
    consent: Mapping[str, object]
    has_script: bool
    context: Mapping[str, str]
    identity: Mapping[str, str]
    session: str

    @property
    def has_pixel(self) -> bool:
        """A page asks before its Pixel fires: no answer and "no" keep it silent."""
        return self.has_script and self.consent.get("ad_user_data") == "GRANTED"

    @property
    def refused(self) -> bool:
        """Of who said no the page tells what was done, and nothing of who it was."""
        return self.has_script and self.consent.get("ad_user_data") == "DENIED"


def invite(chance: Random) -> list[Visitor]:
    """Make the day's visitors, in the order of their arrival."""
    banners = [(region, said) for count, region, said in CONSENT for _ in range(count)]
    chance.shuffle(banners)
    numbers = range(VISITORS)
    clickers = frozenset(chance.sample(numbers, FROM_AN_AD))
    blockers = frozenset(chance.sample(numbers, BLOCKS_THE_PIXEL))
    return [
        Visitor(
            number=number,
            country=COUNTRIES[region],
            consent=said,
            has_script=number not in blockers,
            context=_context(number, COUNTRIES[region], number in clickers, chance),
            identity=_identity(number, COUNTRIES[region], chance),
            session=urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("="),
        )
        for number, (region, said) in enumerate(banners)
    ]


def _context(number: int, country: Country, clicked: bool, chance: Random) -> dict[str, str]:
    click = {"ttclid": f"E.C.P.{chance.randbytes(24).hex()}"} if clicked else {}
    return {
        "ttp": f"2.{chance.randbytes(12).hex()}",
        "ip": f"203.0.113.{number + 10}",
        "user_agent": USER_AGENT,
        "locale": country.language,
        **click,
    }


def _identity(number: int, country: Country, chance: Random) -> dict[str, str]:
    first, last = FIRST_NAMES[number % 20], LAST_NAMES[number // 20]
    typed = chance.choice(("{}.{}@example.com", " {}.{}@EXAMPLE.com"))
    return {
        "email": typed.format(first, last),
        "phone": country.phone.format(number + 10),
        "external_id": f"cust_{34_900 + number}",
    }
