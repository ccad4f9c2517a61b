"""``/webhooks/shopify/…``, ``/webhooks/stripe/…``, ``/webhooks/woocommerce/…``: orders of shops.

These systems repeat what isn't answered with 2xx for hours or days, and then delete or switch off
the webhook. So whatever they signed and can be read is answered with 200, whatever became of it;
only what a repeat may mend is refused: a wrong signature, and a store that takes nothing.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import structs
from starlette.types import Receive, Scope, Send

from tandemgate.catalog.reasons import problem
from tandemgate.catalog.shops import SHOPS
from tandemgate.core.envelope import Unreadable, read_json
from tandemgate.core.reading import printable
from tandemgate.model.event import Source
from tandemgate.model.message import Message
from tandemgate.model.shop import ContentId, ShopKind
from tandemgate.ports import StoreUnavailable
from tandemgate.settings import SourceSettings
from tandemgate.sources.delivery import Delivery, ReadsDelivery
from tandemgate.sources.shopify import read_shopify
from tandemgate.sources.signature import refused_signature
from tandemgate.sources.stripe import read_stripe
from tandemgate.sources.woocommerce import read_woocommerce
from tandemgate.web import body
from tandemgate.web.answers import Refusal
from tandemgate.web.inbox import Inbox, Told, messages_answer
from tandemgate.web.parts import Parts

READERS: Final[Mapping[ShopKind, ReadsDelivery]] = {
    ShopKind.SHOPIFY: read_shopify,
    ShopKind.STRIPE: read_stripe,
    ShopKind.WOOCOMMERCE: read_woocommerce,
}
ADDRESS: Final = "/webhooks/{kind}/{{name}}"
STORE_PAUSE: Final = 5.0

_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")
"""What WooCommerce sends, unsigned, when a webhook is saved; anything but 200 is an error there."""


def address(kind: ShopKind) -> str:
    """Where the sources of one *kind* are called."""
    return ADDRESS.format(kind=kind)


class Webhooks:
    """Takes the deliveries of all sources of one *kind* (ASGI)."""

    def __init__(self, parts: Parts, kind: ShopKind) -> None:
        self._parts = parts
        self._kind = kind
        self._sources = {one.name: one for one in parts.sources if one.kind is kind}
        self._inbox = Inbox(parts)
        self._bodies = body.Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        request_id: str = scope["state"]["request_id"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        source = self._find(scope)
        if isinstance(source, Refusal):
            answer = source.answer(request_id).with_headers((b"allow", b"POST"))
            await body.refuse(answer, receive, send)
            return
        content = await self._bodies.read(receive, body.stated_length(headers))
        if content is None:
            return
        if isinstance(content, Refusal):
            await body.refuse(content.answer(request_id), receive, send)
            return
        said = await self._take(content, source, headers)
        answer = (
            said.answer(request_id)
            if isinstance(said, Refusal)
            else messages_answer(request_id, said)
        )
        await answer.send(send)

    def _find(self, scope: Scope) -> SourceSettings | Refusal:
        source = self._sources.get(scope["path_params"]["name"])
        if source is None:
            return Refusal(404, problem("source_unknown", "", printable(scope["path"])))
        if scope["method"] != "POST":
            return Refusal(405, problem("method_not_allowed", "", printable(scope["method"])))
        return source

    async def _take(
        self, content: bytes, source: SourceSettings, headers: Mapping[bytes, bytes]
    ) -> list[Told] | Refusal:
        shop = SHOPS[self._kind]
        if self._pinged(content, headers):
            return []
        secrets = [one for one in (source.secret, source.previous_secret) if one is not None]
        now = self._parts.clock.now()
        if found := refused_signature(self._kind, headers, content, secrets, now):
            self._parts.hearings.doubt(source.address, found.reason, now)
            return Refusal(401, found)
        self._parts.hearings.believe(source.address, now)
        read = read_json(content)
        if isinstance(read, Unreadable):
            return Refusal(read.http_status, read.problem)
        tree, repeated = read
        twice = tuple(
            problem("key_repeated", where, "the same key twice") for where in repeated[:1]
        )
        topic = headers.get(shop.topic.lower().encode(), b"").decode("latin-1")
        told: list[Told] = []
        for pixel_id in dict.fromkeys(source.pixels):
            rules = self._parts.rules[pixel_id]
            named = shop.content_id if source.content_id is ContentId.AUTO else source.content_id
            message = READERS[self._kind](Delivery(topic, tree, rules, now, named))
            message = self._as_ruled(structs.replace(message, problems=twice))
            try:
                told += await self._inbox.take([message], rules, Source(self._kind), verified=True)
            except StoreUnavailable:
                return Refusal(503, problem("store_unavailable", "", "1 event"), STORE_PAUSE)
        return told

    def _pinged(self, content: bytes, headers: Mapping[bytes, bytes]) -> bool:
        signature = SHOPS[self._kind].signature.lower().encode()
        unsigned = self._kind is ShopKind.WOOCOMMERCE and signature not in headers
        return unsigned and _PING.fullmatch(content) is not None

    def _as_ruled(self, message: Message) -> Message:
        """Take a test order for a real one where TikTok is a simulated one."""
        return structs.replace(message, rehearsal=False) if self._parts.demo else message
