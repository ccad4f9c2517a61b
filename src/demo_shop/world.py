"""Where the shop stands: its neighbours' addresses, its keys, and what it remembers."""

from dataclasses import dataclass, field

from aiohttp import ClientSession

from demo_shop.orders import Orders


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Who is where, as origins without a path; keys and pixel are the shop's own."""

    shop: str
    payment: str
    gateway: str
    tiktok: str
    pixel: str
    browser_key: str
    server_key: str = field(repr=False)
    webhook_secret: bytes = field(repr=False)
    """Shared with the payment provider, which signs with it."""


@dataclass(slots=True)
class World:
    """What all parts of the shop share. *http* is opened when the shop opens."""

    at: Neighbours
    orders: Orders = field(default_factory=Orders)
    _http: ClientSession | None = None

    @property
    def http(self) -> ClientSession:
        """The way to the neighbours."""
        if self._http is None:
            raise RuntimeError("the shop is closed")
        return self._http

    @http.setter
    def http(self, session: ClientSession) -> None:
        self._http = session
