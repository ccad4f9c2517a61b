"""What is carried, what is missing, and what mends it: readable from a screenshot in a ticket."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tandemgate.cli.quality import _bar, _lines, _percent
from tests.build import EVENT_TIME, NOW, PIXEL, an_item, some_rules
from tests.web.gateway import ADMIN_KEY, Gateway

DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
DAY = 86_400


def printed(one: Any, width: int = 86) -> list[str]:  # noqa: ANN401 - decoded JSON
    """What one event name looks like in a pipe."""
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    for part in _lines(one):
        console.print(part, soft_wrap=isinstance(part, str))
    return [line.rstrip() for line in out.getvalue().splitlines()]


async def a_day(gateway: Gateway) -> Any:  # noqa: ANN401 - decoded JSON
    """Twenty purchases: most in order, some with a phone that lacks its region, one denied."""
    user = {"email": "a@b.example", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0"}
    items = [an_item(event_id=f"e{number}", user=user) for number in range(10)]
    items += [
        an_item(event_id=f"p{number}", user={**user, "phone": "0170 1234567"})
        for number in range(8)
    ]
    items += [
        an_item(event_id="d", consent=DENIED),
        an_item(event_id="n", user=user, consent={"region": "DE"}),
    ]
    await gateway.sent(*items)
    score = {"pixel": PIXEL, "event": "CompletePayment", "score": 6.3}
    await gateway.post(score, path="/api/quality/scores")
    [one] = (await gateway.get("/api/quality", ADMIN_KEY)).json["events"]
    return one


async def test_an_event_name_is_told_from_top_to_bottom() -> None:
    """Coverage, estimate, TikTok's own, advice in the guide's order, and what to beware of."""
    gateway = Gateway(rules={PIXEL: some_rules(phone_region=None)})
    assert printed(await a_day(gateway)) == [
        f"CompletePayment  Shop ({PIXEL})  2026-04-23  20 events, 19 left",
        "                       sent             suppressed  not collected  invalid",
        "1 email                █████████░  90%         10%             0%       0%",
        "2 phone                ░░░░░░░░░░   0%          5%            55%      40%",
        "3 external_id          ░░░░░░░░░░   0%          5%            95%       0%",
        "4 ttclid + ttp         ░░░░░░░░░░   0%          5%            95%       0%",
        "    ttclid (from ads)  ░░░░░░░░░░    -           -              -        -",
        "    ttp                ░░░░░░░░░░   0%          5%            95%       0%",
        "5 ip + user_agent      ██████████  95%          5%             0%       0%",
        "    ip                 ██████████  95%          5%             0%       0%",
        "    user_agent         ██████████  95%          5%             0%       0%",
        "Our estimate, not TikTok's EMQ: 41% of the five levers (28 to 56%).",
        "TikTok showed 6.3 of 10 on 2026-04-23, noted by orders.",
        "2 phone: 40% phone_region_unknown",
        "    write it with + and the country code, state the event's region, or set the pixel's",
        "    phone_region",
        "2 phone: 55% not collected",
        "    send user.phone where customers leave one for delivery or callbacks",
        "3 external_id: 95% not collected",
        "    send the id of the customer, lead or account as user.external_id, always the same",
        "    one",
        "4 ttclid + ttp: 95% not collected",
        "    put the browser script on every page, and bind the order or checkout before",
        "    redirects (POST /v1/attach)",
        "all of the event: 5% consent_missing",
        "    send consent.ad_user_data with the event, and consent.region with it, or write",
        "    them onto the order as docs/shops.md shows; or set the pixel's default_region",
        "Judge after 24 to 48 hours of normal traffic: these are events of 1 day(s).",
        "Low volume: with 19 event(s) a share is uncertain by ± 22 points.",
        "No visit is known to have come from an ad, so ttclid can't be judged: page.url of the",
        "landing page or the browser script would tell.",
    ]


async def test_what_never_left_has_no_estimate() -> None:
    """Zero percent would be read as bad keys."""
    gateway = Gateway()
    gateway.clock.at = NOW - 2 * DAY
    await gateway.sent(an_item(consent=..., event_time=EVENT_TIME - 2 * DAY))
    gateway.clock.at = NOW
    await gateway.sent(an_item(event_id="another", consent=...))
    [one] = (await gateway.get("/api/quality", ADMIN_KEY)).json["events"]
    told = printed(one)
    assert told[0] == f"CompletePayment  Shop ({PIXEL})  2026-04-21 to 2026-04-23  2 events, 0 left"
    assert "Nothing left, so there is nothing that TikTok could match." in told


@pytest.mark.parametrize(
    ("share", "written", "drawn"),
    [
        (0.0, "  0%", "░░░░░░░░░░"),
        (0.001, "  1%", "░░░░░░░░░░"),
        (0.5, " 50%", "█████░░░░░"),
        (0.999, " 99%", "██████████"),
        (1.0, "100%", "██████████"),
    ],
)
def test_a_few_are_not_none_and_most_are_not_all(share: float, written: str, drawn: str) -> None:
    """One event in a thousand without its key is the one that is looked for."""
    assert (_percent(share), _bar(share)) == (written, drawn)
