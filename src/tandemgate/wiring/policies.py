"""Numbering the consent policies of the settings, before the first event is decided by them."""

from dataclasses import replace

from tandemgate.core.policy import number
from tandemgate.model.happening import StoreRefused
from tandemgate.model.instant import Epoch
from tandemgate.model.rules import PixelRules
from tandemgate.ports import Observer, Policies, StoreUnavailable


async def put_in_force(
    rules: dict[str, PixelRules], store: Policies, at: Epoch, observer: Observer
) -> None:
    """Give the policy of each of *rules* its version, having noted it in the store."""
    configured = {pixel_id: one.policy for pixel_id, one in rules.items()}
    try:
        numbered = await store.register(configured, at)
    except StoreUnavailable as refusal:
        # A failing disk takes no note, but what waits must leave; the next start notes the policy,
        # under the number that it gets here.
        observer.notice(StoreRefused(None, "policies", refusal.reason))
        seen = await store.versions()
        numbered = {
            pixel_id: number(one, [known.policy for known in seen if known.pixel_id == pixel_id])
            for pixel_id, one in configured.items()
        }
    for pixel_id, policy in numbered.items():
        rules[pixel_id] = replace(rules[pixel_id], policy=policy)
