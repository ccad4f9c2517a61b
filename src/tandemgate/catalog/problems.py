"""How much each reason matters when its sightings are gathered, and what a sample of it may show.

A reason with a code refuses its event: an error. Of the others, those below are more, or nothing to
mend at all; whatever is in neither list is a notice.
"""

from typing import Final

from tandemgate.catalog.reasons import REASONS
from tandemgate.model.problem import Severity

URGENT: Final = frozenset({"identifier_not_hashed"})
"""Personal data may have left in the clear."""

ERRORS: Final = frozenset(
    {
        "refused_by_tiktok",
        "answer_unclear",
        "dedup_window_over",
        "clock_set_back",
        "event_too_old",
        "payload_unreadable",
        "lane_held",
        "no_match_keys_left",
    }
)
"""Remarks that end an event, or keep all of them, without its conversion being counted."""

WARNINGS: Final = frozenset(
    {
        # counted twice, or with another content than the order's
        "late_refire",
        "probable_double_fire",
        "unverified_copy_sent_first",
        "already_at_tiktok",
        "pixel_window_over",
        "pixel_call_without_id",
        "event_id_ambiguous",
        "value_mismatch",
        "value_rule_unmet",
        "payment_without_order",
        "content_ids_mismatch",
        # consent that is missing, unreadable or told in two ways
        "consent_missing",
        "consent_contradiction",
        "consent_ignored",
        "consent_too_late",
        "consent_string_unreadable",
        "consent_mismatch",
        "consent_tightened_too_late",
        "region_unknown",
        # left out of the event
        "currency_unlisted",
        "text_holds_identifier",
        "content_id_missing",
        "page_url_invalid",
        "email_invalid",
        "phone_region_unknown",
        "phone_invalid",
        "digest_length",
        "digest_of_nothing",
        "placeholder_not_digest",
        "placeholder_value",
        "raw_field_hashed",
        "ip_not_public",
        "ttclid_too_long",
        "no_strong_key",
        "domain_unlisted",
        "event_id_long_digits",
    }
)
"""The event went, but less well than it could have; or it stayed for want of a consent."""

NO_PROBLEM: Final = frozenset(
    {
        "filled_from_visit",
        "context_filled",
        "server_is_truth",
        "page_view_not_sent",
        "pixel_call_of_track",
        "page_seen",
        "references_seen",
        "consent_seen",
        "identify_seen",
        "consent_denied",
        "personalization_denied",
        "known_child",
        "consent_tightened",
        "looser_consent_ignored",
        "consent_withdrawn",
        "person_erased",
        "maybe_delivered",
        "laxer_profile_ignored",
        "topic_no_sale",
        "order_not_paid",
        "order_not_online",
        "renewal",
        "nothing_paid",
        "test_order",
    }
)
"""The gateway did what it is for, and nobody has to mend anything."""


MOMENTS: Final = frozenset(
    {
        "event_time_invalid",
        "event_time_in_milliseconds",
        "event_time_in_future",
        "event_time_too_old",
    }
)
SHOWN: Final = MOMENTS | {
    "event_unknown",
    "value_invalid",
    "value_negative",
    "currency_invalid",
    "quantity_invalid",
    "content_type_invalid",
    "time_invalid",
    "event_source_unsupported",
}
"""Reasons about times, names, amounts and codes: what came is kept in the sample. Of all others an
answer may show more than is worth keeping for as long as a problem lasts."""


def _severity(reason: str, code: int | None) -> Severity:
    if reason in URGENT:
        return Severity.URGENT
    if code is not None or reason in ERRORS:
        return Severity.ERROR
    return Severity.WARNING if reason in WARNINGS else Severity.NOTICE


SEVERITIES: Final[dict[str, Severity]] = {
    name: _severity(name, entry.code) for name, entry in REASONS.items() if name not in NO_PROBLEM
}
"""Reason -> how much it matters; without those that are no problem."""
