"""Whether browsers keep the gateway's cookie on the shop's pages, and whether pages are let in."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from tandemgate.cli.gateway import Gateway, Reply
from tandemgate.cli.origins import origins, site
from tandemgate.model.key import KeyKind
from tandemgate.model.secret import Secret
from tandemgate.settings import KeySettings, ServerSettings, Settings


@dataclass
class Answers:
    """A gateway that answers every preflight alike."""

    status: int = 204

    def preflight(self, _path: str, _origin: str) -> Reply:
        return Reply(self.status, None)


def judged(origin: str, public_url: str, status: int = 204) -> list[tuple[str, str]]:
    """What is said about one origin."""
    key = KeySettings(KeyKind.BROWSER, "pages", Secret("pk_x"), ("C9",), origins=(origin,))
    settings = Settings(server=ServerSettings(public_url=public_url), keys=(key,))
    gateway: Any = Answers(status)
    return [(one.subject, one.status) for one in origins(settings, cast("Gateway", gateway))]


@pytest.mark.parametrize(
    ("origin", "public_url", "cookie"),
    [
        ("https://shop.example", "https://c.shop.example", [("cookie", "ok")]),
        ("https://www.shop.co.uk", "https://c.shop.co.uk", [("cookie", "ok")]),
        ("https://shop.co.uk", "https://gateway.co.uk", [("cookie", "warn")]),
        ("https://shop.example", "https://gateway.agency.example", [("cookie", "warn")]),
        ("https://a.myshopify.com", "https://b.myshopify.com", [("cookie", "warn")]),
        ("http://shop.example", "https://c.shop.example", [("cookie", "warn")]),
        ("http://localhost:8000", "http://127.0.0.1:8080", []),
    ],
)
def test_one_site_keeps_its_cookie(
    origin: str, public_url: str, cookie: list[tuple[str, str]]
) -> None:
    """What a browser takes for one site is not told by the dots in a name."""
    assert judged(origin, public_url) == [("cors", "ok"), *cookie]


def test_a_page_that_is_turned_away_is_told() -> None:
    """The shop sees nothing but silence in its browser."""
    assert judged("http://localhost:8000", "http://127.0.0.1:8080", 403) == [("cors", "FAIL")]


def test_an_address_without_a_name_is_its_own_site() -> None:
    """Numbers have no suffix."""
    assert site("http://192.0.2.7:8080") == "192.0.2.7"
