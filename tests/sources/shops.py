"""Shop systems as tests play them: golden deliveries, and signatures over any bytes."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any, Final

from tandemgate.catalog.shops import SHOPS
from tandemgate.model.shop import ShopKind

GOLDEN: Final = sorted((Path(__file__).parents[1] / "golden" / "webhooks").glob("*.json"))
SECRET: Final = "whsec_0123456789abcdef"
NEWER_SECRET: Final = "whsec_fedcba9876543210"


def golden(name: str) -> dict[str, Any]:
    """One golden delivery with what it becomes."""
    path = next(path for path in GOLDEN if path.stem == name)
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def signed(
    kind: ShopKind, body: bytes, at: float, *, topic: str = "", secret: str = SECRET
) -> dict[str, str]:
    """The headers with which a shop system sends *body*."""
    shop = SHOPS[kind]
    headers = {shop.topic.lower(): topic} if shop.topic and topic else {}
    return headers | {shop.signature.lower(): signature(kind, body, at, secret)}


def signature(kind: ShopKind, body: bytes, at: float, secret: str = SECRET) -> str:
    """What a shop system writes into its header of the signature."""
    if kind is ShopKind.STRIPE:
        moment = int(at)
        made = digest(secret.encode(), b"%d.%b" % (moment, body), sha256).hex()
        return f"t={moment},v1={made}"
    return b64encode(digest(secret.encode(), body, sha256)).decode()


def changed(tree: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """The same JSON with *value* at ``a/b/0``; ``...`` leaves it out."""
    copy: Any = json.loads(json.dumps(tree))
    *way, last = path.split("/")
    place = copy
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    whole: dict[str, Any] = copy
    return whole
