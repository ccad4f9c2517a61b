"""Everything that answers: the shop at one origin, the payment provider at another."""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import ClientSession, ClientTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from demo_shop import ledger
from demo_shop.edge import Edge
from demo_shop.goods import BY_SLUG, PRODUCTS
from demo_shop.orders import Order, Orders, Refusal, read_checkout
from demo_shop.pages import STATIC, Strict, fill, page
from demo_shop.payment import SIGNATURE, WEBHOOK, Provider, is_signed
from demo_shop.reporting import report
from demo_shop.world import World

_log = logging.getLogger(__name__)

FRAME = "shop"
LARGEST_ORDER = 16 * 1024
PATIENCE = 5.0
"""Seconds to wait for a neighbour; all of them are on this machine."""

OWN = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class DemoShop:
    """Serves both origins; which one is meant, the port tells (ASGI)."""

    def __init__(self, world: World) -> None:
        provider = Provider(world)
        at = world.at
        self._payment_port = int(at.payment.rpartition(":")[2])
        self._shop: ASGIApp = Strict(
            shop(world, provider),
            f"{OWN}; form-action 'none'; "
            f"script-src 'self' {at.tiktok}; connect-src 'self' {at.tiktok}",
        )
        # A browser also holds where a form's answer redirects to against form-action.
        self._payment: ASGIApp = Strict(provider.app(), f"{OWN}; form-action 'self' {at.shop}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or open and close the shop."""
        paying = scope["type"] == "http" and scope["server"][1] == self._payment_port
        try:
            await (self._payment if paying else self._shop)(scope, receive, send)
        except Exception:
            # uvicorn's own log is off: it says on each request what nobody asked.
            _log.exception("request_failed")
            raise


def shop(world: World, provider: Provider) -> Starlette:
    """Make the shop's own application."""
    counter, edge = Counter(world, provider), Edge(world)

    @asynccontextmanager
    async def opened(_: Starlette) -> AsyncIterator[None]:
        async with ClientSession(timeout=ClientTimeout(PATIENCE)) as session:
            world.http = session
            yield

    return Starlette(
        routes=[
            Route("/", counter.landing),
            Route("/p/{slug}", counter.product),
            Route("/cart", counter.simple("cart", "Your cart")),
            Route("/checkout", counter.simple("checkout", "Checkout")),
            Route("/thanks", counter.thanks),
            Route("/ledger", counter.behind),
            Route("/ledger.json", counter.ledger),
            Route("/goods.json", counter.goods),
            Route("/orders", counter.order, methods=["POST"]),
            Route("/orders/{number}", counter.ordered),
            Route(WEBHOOK, counter.paid, methods=["POST"]),
            Route("/t.js", edge.pass_on),
            Route("/v1/collect", edge.pass_on, methods=["POST"]),
            STATIC,
        ],
        # No other site's name may lead here: the ledger is for who sits at this machine.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])],
        exception_handlers={HTTPException: counter.lost},
        lifespan=opened,
    )


class Counter:
    """The shop's pages, and what they and the payment provider hand in."""

    def __init__(self, world: World, provider: Provider) -> None:
        self._world = world
        self._provider = provider
        self._orders: Orders = world.orders

    async def landing(self, _: Request) -> Response:
        """Show what is sold."""
        tiles = "".join(
            fill("tile", slug=one.slug, name=one.name, price=one.shown_price) for one in PRODUCTS
        )
        return self._page("landing", "Goods for two wheels", parts={"tiles": tiles})

    async def product(self, request: Request) -> Response:
        """Show one product."""
        found = BY_SLUG.get(request.path_params["slug"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._page(
            "product",
            found.name,
            content_id=found.content_id,
            slug=found.slug,
            product=found.name,
            price=found.shown_price,
            words=found.words,
        )

    async def thanks(self, request: Request) -> Response:
        """Show the page to which the payment provider sends buyers back."""
        order = self._orders.find(request.query_params.get("order", ""))
        if order is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        order.returned_at = order.returned_at or time.time()
        return self._page("thanks", "Thank you", order=order.number)

    async def behind(self, _: Request) -> Response:
        """Show the ledger. Its page has neither Pixel nor script: who looks on is no visitor."""
        return page("ledger", "Behind the counter", frame="counter")

    def simple(self, name: str, title: str) -> Any:  # noqa: ANN401 - Starlette's endpoint
        """Make the endpoint of a page without blanks."""

        async def answer(_: Request) -> Response:
            return self._page(name, title)

        return answer

    async def goods(self, _: Request) -> Response:
        """Tell the page what it may put into the cart."""
        rows = [
            {"content_id": one.content_id, "slug": one.slug, "name": one.name, "price": one.price}
            for one in PRODUCTS
        ]
        return JSONResponse(rows)

    async def order(self, request: Request) -> Response:
        """Take an order; answer where it is paid."""
        checkout = read_checkout((await request.body())[:LARGEST_ORDER])
        if not isinstance(checkout, Refusal):
            placed = self._orders.place(checkout)
            if isinstance(placed, Order):
                told = {"order": placed.number, "pay": self._provider.open(placed)}
                return JSONResponse(told, HTTPStatus.CREATED)
            checkout = placed
        refusal = {"field": checkout.field, "says": checkout.says}
        return JSONResponse(refusal, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def ordered(self, request: Request) -> Response:
        """Tell the thank-you page what was bought; who bought it, the page need not know."""
        order = self._orders.find(request.path_params["number"])
        if order is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return JSONResponse(order.properties)

    async def paid(self, request: Request) -> Response:
        """Hear of a payment: 204 once the gateway holds the purchase, else ask to be told again."""
        body = await request.body()
        secret = self._world.at.webhook_secret
        if not is_signed(body, request.headers.get(SIGNATURE, ""), secret):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        told = msgspec.json.decode(body)
        order = self._orders.find(told["order"])
        if order is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        order.paid_at = order.paid_at or told["paid_at"]
        if not await report(self._world, order):
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        order.reported_at = order.reported_at or time.time()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def ledger(self, _: Request) -> Response:
        """Tell what the gateway and TikTok know."""
        return JSONResponse(await ledger.look(self._world), headers={"cache-control": "no-store"})

    async def lost(self, _: Request, error: Exception) -> Response:
        """Show that there is nothing here."""
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        return self._page("lost", "Nothing here", status)

    def _page(
        self,
        name: str,
        title: str,
        status: int = HTTPStatus.OK,
        parts: Mapping[str, str] | None = None,
        **blanks: str,
    ) -> Response:
        at = self._world.at
        fixed = {"pixel": at.pixel, "tiktok": at.tiktok, "key": at.browser_key}
        return page(name, title, status, frame=FRAME, parts=parts, **fixed, **blanks)
