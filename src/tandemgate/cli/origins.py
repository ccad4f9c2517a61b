"""Whether pages reach the gateway, and whether browsers keep its cookie there."""

from collections.abc import Iterator
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tandemgate.cli.check import FAIL, OK, WARN, Check
from tandemgate.model.key import KeyKind

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway
    from tandemgate.settings import Settings

ELSEWHERE: Final = (
    "serve the collector from a host of the shop's own site, like https://c.{site}, and make that "
    "server.public_url; docs/hosting.md"
)
PLAIN: Final = "serve the pages by https; without it browsers send no secure cookie"
STALE: Final = "start the gateway again, so that it reads the origins of its settings"


def origins(settings: "Settings", gateway: "Gateway") -> Iterator[Check]:
    """Judge each origin of the browser keys: is it let in, and is it one site with the gateway?"""
    keys = [key for key in settings.keys if key.kind is KeyKind.BROWSER]
    listed = sorted({origin for key in keys for origin in key.origins})
    for origin in listed:
        yield _let_in(origin, gateway)
        yield from _cookie(origin, settings)


def _let_in(origin: str, gateway: "Gateway") -> Check:
    status = gateway.preflight("/v1/collect", origin).status
    if status == HTTPStatus.NO_CONTENT:
        return Check("cors", OK, f"{origin} may hand in events")
    return Check("cors", FAIL, f"{origin} is refused with {status}", STALE, "origin_not_allowed")


def _cookie(origin: str, settings: "Settings") -> Iterator[Check]:
    from tandemgate.settings.tree import is_loopback

    if is_loopback(origin) or is_loopback(settings.server.public_url):
        return
    page, gateway = site(origin), site(settings.server.public_url)
    if urlsplit(origin).scheme != "https":
        yield Check("cookie", WARN, f"{origin} is no https page", PLAIN)
    elif page == gateway:
        yield Check("cookie", OK, f"{origin} and the gateway are one site, {page}")
    else:
        said = f"{origin} is another site than the gateway at {gateway}: browsers block its cookie"
        yield Check("cookie", WARN, said, ELSEWHERE.format(site=page))


def site(address: str) -> str:
    """Return what a browser takes for one site: a label more than a public suffix, or a number."""
    from publicsuffixlist import PublicSuffixList

    host = urlsplit(address).hostname or address
    try:
        return str(ip_address(host))
    except ValueError:
        return str(PublicSuffixList().privatesuffix(host) or host)
