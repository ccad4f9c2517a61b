"""What can be exported, and the columns of each as CSV; JSON Lines have the same by name."""

from collections.abc import Mapping
from typing import Final

from tandemgate.model.person import MatchKey

EVENTS, ATTEMPTS, DECISIONS = "events", "attempts", "decisions"

_KEY: Final = ("place", "pixel_id", "event", "event_id", "channel")

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    EVENTS: (
        *_KEY, "event_time", "received_at", "updated_at", "source", "verified", "revision",
        "state", "reason", "attempts", "last_code", "sent_at", "value", "currency", "region",
        "policy", "rule", "findings", *(f"key_{key}" for key in MatchKey),
    ),
    ATTEMPTS: (
        *_KEY, "number", "batch_id", "batch_events", "sent_at", "answered_at", "latency_ms",
        "http_status", "code", "message", "verdict", "tiktok_request_id", "next_attempt_at",
    ),
    DECISIONS: (
        *_KEY, "event_time", "received_at", "source", "verified", "revision", "state", "reason",
        "region", "region_origin", "region_class", "stated_ad_user_data",
        "stated_ad_personalization", "opt_out", "child", "sources", "cmp", "cmp_version",
        "collected_at", "decided_after_ms", "policy", "rule", "export", "removed", "truncate_ip",
        "ad_user_data", "ad_personalization", "derived", "limited_data_use", "decided_at",
        "dispatched_at",
    ),
}  # fmt: skip
"""Kind of export -> its columns. ``place`` is where ``after`` goes on."""
