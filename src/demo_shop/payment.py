"""The payment provider: another company at another origin, to which no cookie of the shop goes.

It tells the shop of each payment by a signed webhook, again and again until the shop has it.
Whether the buyer ever comes back is up to the buyer.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from demo_shop.goods import money
from demo_shop.orders import Order
from demo_shop.pages import STATIC, page
from demo_shop.world import World

SIGNATURE: Final = "Example-Pay-Signature"
WEBHOOK: Final = "/webhooks/payment"
FRAME: Final = "payment"
PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each attempt to deliver a webhook."""


@dataclass(slots=True)
class Payment:
    """What a buyer is asked to pay (*amount* in cents), and when it was paid (Unix seconds)."""

    order: str
    amount: int
    paid_at: int | None = None


class Provider:
    """Asks for money, and tells the shop when it came."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._payments: dict[str, Payment] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """What answers at the provider's origin."""
        return Starlette(
            routes=[
                Route("/pay/{token}", self.ask, methods=["GET"]),
                Route("/pay/{token}", self.pay, methods=["POST"]),
                STATIC,
            ]
        )

    def open(self, order: Order) -> str:
        """Ask for an order's money; return the address of the page where it is paid.

        A real provider is asked over HTTP; what it answers is such an address.
        """
        token = secrets.token_urlsafe(16)
        self._payments[token] = Payment(order.number, order.total)
        return f"{self._world.at.payment}/pay/{token}"

    async def ask(self, request: Request) -> Response:
        """Show what is to be paid."""
        payment = self._payments.get(request.path_params["token"])
        if payment is None:
            return _unknown()
        return self._page("paid" if payment.paid_at else "pay", payment)

    async def pay(self, request: Request) -> Response:
        """Take the money once; then send the buyer back, or let the buyer go."""
        payment = self._payments.get(request.path_params["token"])
        if payment is None:
            return _unknown()
        if payment.paid_at is None:
            payment.paid_at = int(time.time())
            telling = asyncio.create_task(self._tell(payment))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        if b"then=leave" in await request.body():
            return self._page("paid", payment)
        return RedirectResponse(self._way_back(payment), HTTPStatus.SEE_OTHER)

    async def _tell(self, payment: Payment) -> None:
        """Deliver the webhook; the shop answers 2xx once it has passed the purchase on."""
        body = json.dumps({"order": payment.order, "paid_at": payment.paid_at}).encode()
        headers = {SIGNATURE: signature(body, self._world.at.webhook_secret)}
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                address = self._world.at.shop + WEBHOOK
                async with self._world.http.post(address, data=body, headers=headers) as answer:
                    if answer.ok:
                        return
            except (ClientError, TimeoutError):
                continue

    def _page(self, name: str, payment: Payment) -> Response:
        return page(
            name,
            "Example Pay",
            frame=FRAME,
            order=payment.order,
            amount=money(payment.amount),
            back=self._way_back(payment),
            shop=self._world.at.shop,
        )

    def _way_back(self, payment: Payment) -> str:
        return f"{self._world.at.shop}/thanks?order={payment.order}"


def signature(body: bytes, secret: bytes) -> str:
    """Sign a webhook: HMAC-SHA256 of the raw bytes, in hexadecimal digits."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, stated: str, secret: bytes) -> bool:
    """Tell whether the provider, and nobody else, wrote *body*."""
    return hmac.compare_digest(signature(body, secret).encode(), stated.encode())


def _unknown() -> Response:
    return page("unknown", "Example Pay", HTTPStatus.NOT_FOUND, frame=FRAME)
