"""Where people are: ISO 3166 codes, and the countries whose law asks for consent first."""

import re
from typing import Final

_COUNTRIES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, the officially assigned codes."""

_EEA: Final = """
    AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
    IS LI NO
"""
EEA: Final = frozenset(_EEA.split())
"""The European Union's 27 members, and Iceland, Liechtenstein and Norway."""

EU_TERRITORIES: Final = frozenset({"AX", "GF", "GP", "MF", "MQ", "RE", "YT"})
"""Territories with an ISO code of their own in which the Union's law holds (TFEU, article 355)."""

GOVERNED: Final = EEA | EU_TERRITORIES | {"GB", "CH"}
"""Where nothing leaves without a stated consent, unless the settings name other regions."""

UNREADABLE: Final = "?"
"""Stands for a region that was stated and is none: whatever it was, nobody keeps it."""

_SHAPE: Final = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?", re.ASCII)


def region_code(text: str) -> str | None:
    """Read ``"us-ca"`` as ``"US-CA"``; ``None`` when it is no ISO 3166 code.

    The country must be an assigned one. A subdivision (ISO 3166-2) is checked for its shape only,
    since the lists of subdivisions change every year and only its country decides anything here.
    """
    code = text.strip().upper()
    shape = _SHAPE.fullmatch(code)
    return code if shape and shape[1] in COUNTRIES else None


def code_of(text: str) -> str | None:
    """Read a code, or the name of a country where other systems write names."""
    return region_code(text) or _NAMES.get(text.strip().casefold())


_NAMES: Final = {
    "argentina": "AR", "australia": "AU", "austria": "AT", "belgium": "BE", "brazil": "BR",
    "bulgaria": "BG", "canada": "CA", "chile": "CL", "china": "CN", "colombia": "CO",
    "croatia": "HR", "cyprus": "CY", "czech republic": "CZ", "czechia": "CZ", "denmark": "DK",
    "egypt": "EG", "estonia": "EE", "finland": "FI", "france": "FR", "germany": "DE",
    "great britain": "GB", "greece": "GR", "hong kong": "HK", "hungary": "HU", "iceland": "IS",
    "india": "IN", "indonesia": "ID", "ireland": "IE", "israel": "IL", "italy": "IT",
    "japan": "JP", "kuwait": "KW", "latvia": "LV", "liechtenstein": "LI", "lithuania": "LT",
    "luxembourg": "LU", "malaysia": "MY", "malta": "MT", "mexico": "MX", "netherlands": "NL",
    "new zealand": "NZ", "nigeria": "NG", "norway": "NO", "pakistan": "PK", "peru": "PE",
    "philippines": "PH", "poland": "PL", "portugal": "PT", "qatar": "QA", "romania": "RO",
    "saudi arabia": "SA", "singapore": "SG", "slovakia": "SK", "slovenia": "SI",
    "south africa": "ZA", "south korea": "KR", "spain": "ES", "sweden": "SE", "switzerland": "CH",
    "taiwan": "TW", "thailand": "TH", "the netherlands": "NL", "turkey": "TR", "türkiye": "TR",
    "ukraine": "UA", "united arab emirates": "AE", "united kingdom": "GB",
    "united states": "US", "united states of america": "US", "usa": "US", "vietnam": "VN",
}  # fmt: skip
"""English names: all of the governed regions, and where else TikTok shows ads most."""
