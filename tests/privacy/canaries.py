"""A person and secrets that exist nowhere else, so that whoever finds them has found a leak."""

from typing import Final

from tests.privacy.needles import Canary

EMAIL: Final = "Quirinella.Kanari+tt@canary-mail.example"
SECOND_EMAIL: Final = "kanari.zwei@canary-mail.example"
PHONE: Final = "+4917655501937"
PHONES: Final = (PHONE, "0176 555 01937", "0049 (176) 555-01937", "+49.176.555.01937")
EXTERNAL_ID: Final = "Kanari-Kunde-7Q4X9Z"
FIRST_NAME: Final = "Quirinella"
LAST_NAME: Final = "Kanarienvogel"
ZIP_CODE: Final = "QX97ZK"
CITY: Final = "Kanaringen"
TTCLID: Final = "E.C.P.CanaryClickId0123456789"
TTP: Final = "2.CanaryTtpCookie0123456789"
IP: Final = "203.0.113.177"
USER_AGENT: Final = "CanaryBrowser/97.5 (KHTML, like Kanari)"
SESSION: Final = "canary-session-77c0ffee"

TOKEN: Final = "tok_canary_access_0123456789"
FRESH_TOKEN: Final = "tok_canary_fresh_9876543210"
SERVER_KEY: Final = "sk_canary_orders_0123456789"
ADMIN_KEY: Final = "sk_canary_admin_0123456789"
WRONG_KEY: Final = "sk_canary_wrong_0123456789"
SHOP_SECRET: Final = "shpss_canary_0123456789"

NAMED: Final = (
    Canary("email", (EMAIL, SECOND_EMAIL), (EMAIL.lower(), EMAIL, SECOND_EMAIL)),
    Canary(
        "phone",
        ("17655501937", "176 555 01937", "176) 555-01937", "176.555.01937"),
        (PHONE, PHONE[1:], "017655501937"),
    ),
    Canary("external_id", (EXTERNAL_ID,), (EXTERNAL_ID, EXTERNAL_ID.lower())),
    Canary("first_name", (FIRST_NAME,), (FIRST_NAME.lower(), FIRST_NAME)),
    Canary("last_name", (LAST_NAME,), (LAST_NAME.lower(), LAST_NAME)),
    Canary("zip_code", (ZIP_CODE,), (ZIP_CODE.lower(), ZIP_CODE)),
)
"""What names the person: it is found nowhere, and leaves for TikTok as digests at most."""

OBSERVED: Final = (
    Canary("city", (CITY,)),
    Canary("ttclid", (TTCLID,)),
    Canary("ttp", (TTP,)),
    Canary("ip", (IP,)),
    Canary("user_agent", (USER_AGENT,)),
    Canary("session", (SESSION,)),
)
"""What leaves for TikTok as it is, and is kept sealed."""

SECRETS: Final = tuple(
    Canary(about, (secret,), (secret,))
    for about, secret in {
        "access token": TOKEN,
        "fresh access token": FRESH_TOKEN,
        "server key": SERVER_KEY,
        "admin key": ADMIN_KEY,
        "wrong key": WRONG_KEY,
        "shop's secret": SHOP_SECRET,
    }.items()
)

EVERYTHING: Final = (*NAMED, *OBSERVED, *SECRETS)
