"""Every metric, in one table: the documentation is made from it."""

from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Described(NamedTuple):
    """One metric as it is documented."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


METRICS: Final[dict[str, Described]] = {
    described.name: described
    for described in (
        Described(
            "tandemgate_received_events_total",
            Kind.COUNTER,
            ("pixel", "channel", "outcome", "reason"),
            "Events received, by what became of them at once. Kept with the ledger.",
        ),
        Described(
            "tandemgate_recorded_events_total",
            Kind.COUNTER,
            (),
            "Events ever stored in the ledger.",
        ),
        Described(
            "tandemgate_forgotten_events_total",
            Kind.COUNTER,
            (),
            "Of those, removed because their time was over (store.keep_events).",
        ),
        Described(
            "tandemgate_events",
            Kind.GAUGE,
            ("pixel", "channel", "state"),
            "Stored events by the state they are in now.",
        ),
        Described(
            "tandemgate_ledger_imbalance",
            Kind.GAUGE,
            (),
            "Stored minus final minus in flight. Anything but 0 is a lost event: raise an alert.",
        ),
        Described(
            "tandemgate_oldest_pending_seconds",
            Kind.GAUGE,
            (),
            "Age of the oldest event that waits to be sent; 0 when none waits.",
        ),
        Described(
            "tandemgate_waiting_events",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Events that wait to be sent, or for their consent.",
        ),
        Described(
            "tandemgate_oldest_waiting_seconds",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Age of the oldest of them that could be sent; 0 when none waits.",
        ),
        Described(
            "tandemgate_lane_requests_in_flight",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Requests of a lane that wait for their answer.",
        ),
        Described(
            "tandemgate_lane_requests_per_second",
            Kind.GAUGE,
            ("pixel", "channel"),
            "How many requests a second the limiter lets leave with the lane's token; "
            "no sample where it is unlimited.",
        ),
        Described(
            "tandemgate_lane_probes",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Probes of a held lane since it was held; 0 when it is not.",
        ),
        Described(
            "tandemgate_token_age_seconds",
            Kind.GAUGE,
            ("pixel",),
            "For how long the access token in use has been known.",
        ),
        Described(
            "tandemgate_lane_held",
            Kind.GAUGE,
            ("pixel", "channel", "cause"),
            "1 for each lane that stands until somebody mends its cause.",
        ),
        Described(
            "tandemgate_attention",
            Kind.GAUGE,
            ("pixel", "reason"),
            "1 for each thing that wants an operator's eye, by the reason that `tandemgate doctor` "
            "gives: pixel_paused, events_in_review, queue_old and others.",
        ),
        Described(
            "tandemgate_pairs",
            Kind.GAUGE,
            ("pixel", "verdict"),
            "Actions of the last hour by how the Pixel's copy and ours stand, counted at most once "
            "a minute over the newest 2,000 copies, shared by the pixels (each at least 100).",
        ),
        Described(
            "tandemgate_open_problems",
            Kind.GAUGE,
            ("pixel", "severity"),
            "Groups of problems that are neither resolved nor muted; `tandemgate problems` lists "
            "them.",
        ),
        Described(
            "tandemgate_match_key_events",
            Kind.GAUGE,
            ("pixel", "event"),
            "Live events of today and yesterday (UTC) of which anything left. Names that are not "
            "TikTok's are one, custom.",
        ),
        Described(
            "tandemgate_match_key_coverage",
            Kind.GAUGE,
            ("pixel", "event", "key"),
            "The share of them that carried the match key, 0 to 1.",
        ),
        Described(
            "tandemgate_alert",
            Kind.GAUGE,
            ("pixel", "family"),
            "1 for each kind of alert that is open; `tandemgate alerts` lists them.",
        ),
        Described(
            "tandemgate_alert_messages_total",
            Kind.COUNTER,
            ("result",),
            "Messages to the receiver of alerts: told, failed (and tried again) or given_up.",
        ),
        Described(
            "tandemgate_batches_total",
            Kind.COUNTER,
            ("pixel", "verdict"),
            "Requests to TikTok by what their answer meant.",
        ),
        Described(
            "tandemgate_batch_events_total",
            Kind.COUNTER,
            ("pixel", "verdict"),
            "Events in those requests.",
        ),
        Described(
            "tandemgate_batch_seconds",
            Kind.HISTOGRAM,
            ("pixel",),
            "Time from sending a request to its answer.",
        ),
        Described(
            "tandemgate_delivered_after_seconds",
            Kind.HISTOGRAM,
            ("pixel",),
            "Time from an event's receipt to the answer that delivered it.",
        ),
        Described(
            "tandemgate_settled_events_total",
            Kind.COUNTER,
            ("pixel", "state", "reason"),
            "Events that came to a state, since the process began.",
        ),
        Described(
            "tandemgate_unhashed_identifiers_total",
            Kind.COUNTER,
            ("pixel",),
            "Answers in which TikTok says that an identifier was not hashed. Must stay 0.",
        ),
        Described(
            "tandemgate_store_refusals_total",
            Kind.COUNTER,
            ("operation",),
            "Writes that the store could not take; they are tried again.",
        ),
        Described(
            "tandemgate_clock_steps_total",
            Kind.COUNTER,
            (),
            "Times that the wall clock was set by more than a minute.",
        ),
        Described(
            "tandemgate_http_requests_total",
            Kind.COUNTER,
            ("route", "method", "status"),
            "Requests to the gateway.",
        ),
        Described(
            "tandemgate_http_request_seconds",
            Kind.HISTOGRAM,
            ("route",),
            "Time from a request's headers to the end of its answer.",
        ),
        Described(
            "tandemgate_log_lines_lost_total",
            Kind.COUNTER,
            (),
            "Lines that the log could not take: a full disk, or a pipe that nobody reads.",
        ),
        Described(
            "tandemgate_log_fields_dropped_total",
            Kind.COUNTER,
            (),
            "Fields kept out of the log because the allow-list does not name them.",
        ),
    )
}
"""Every metric: the documentation is made from this table."""
