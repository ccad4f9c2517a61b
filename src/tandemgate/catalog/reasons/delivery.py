"""How TikTok's answers, the two clocks and a key that comes again end a stored event."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    # How TikTok's answers and the two clocks end a stored event
    "refused_by_tiktok": Reason(
        None,
        "Refused by TikTok",
        "TikTok refused this event, and the refusal is about this event alone.",
        "what TikTok's message names",
        "look up the code with tandemgate explain, correct the event and send it again",
    ),
    "identifier_not_hashed": Reason(
        None,
        "An identifier was not hashed",
        "TikTok says that personal data came in the clear.",
        "64 hexadecimal digits",
        "stop the source, tell whoever is responsible for privacy, and report the fault",
    ),
    "already_at_tiktok": Reason(
        None,
        "Already at TikTok",
        "TikTok has this event, and not from an attempt of the gateway: likely from the Pixel.",
        "nothing, if the Pixel sends this event too",
        "look for a second sender if the Pixel does not send it",
    ),
    "answer_unclear": Reason(
        None,
        "An answer nobody can classify",
        "The event is neither sent again nor counted as delivered until a person decides.",
        "one of the codes that TikTok lists",
        "read TikTok's answer in the event's history; replay it, or settle it with a reason",
    ),
    "dedup_window_over": Reason(
        None,
        "Too late to try again",
        "An attempt may have arrived, and TikTok would now count another copy as a second event.",
        "an answer within 47 hours of the first attempt",
        "look for it in TikTok's Events Manager, then settle it with a reason",
    ),
    "clock_set_back": Reason(
        None,
        "The clock was set back",
        "An attempt may have arrived at a time that is still to come, so nobody can tell how long "
        "TikTok will take another copy for a copy.",
        "a clock that is kept right by NTP",
        "look for it in TikTok's Events Manager, then settle it with a reason",
    ),
    "pixel_window_over": Reason(
        None,
        "Too late after the Pixel",
        "The Pixel sent this event, and TikTok would now count the server's copy as a second one.",
        "the server's event within 47 hours of the Pixel's",
        "nothing: the Pixel's copy counts; find out why the server's came so late",
    ),
    "event_too_old": Reason(
        None,
        "Too old",
        "The event waited until it was older than tiktok.event_age_limit.",
        "a delivery within the age limit",
        "find out in the lane's history what held it, or raise the limit and replay",
    ),
    # The same key again, and what the ledger makes of it
    "event_id_conflict": Reason(
        40900,
        "One event_id, two contents",
        "An event with this event_id is stored already and says something else in the named "
        "fields. The first stands; sending both would make one conversion two stories.",
        "the same content under the same event_id",
        "send the event as it was first sent, or give the other action an event_id of its own",
    ),
    "same_order_two_event_ids": Reason(
        40900,
        "One order, two event_ids",
        "This order's purchase is stored already under another event_id. TikTok would count both, "
        "since it tells conversions apart by their event_id.",
        "one event_id for one order, on the Pixel and on the server",
        "derive the event_id from the order; if one order really is several purchases, set "
        'same_order = "send" for the pixel',
    ),
    "late_refire": Reason(
        None,
        "Fired again later",
        "The same event came again with a later time, as when a thank-you page is opened again.",
        "",
        "send the time of the action itself, and fire once per action",
    ),
    "same_payment_two_event_ids": Reason(
        40900,
        "One payment, two event_ids",
        "Another event of this payment is stored under another event_id; TikTok would count both, "
        "so this one is not sent.",
        "one event_id per payment",
        "give Stripe's Checkout session and its payment the same metadata.order_id, or let the "
        "webhook tell only one of the two",
    ),
    "unverified_copy_sent_first": Reason(
        None,
        "The copy without a key was first",
        "A copy that carried no server key was already being sent when this one came, which says "
        "something else.",
        "",
        "let only the server report this event, or send its copy sooner",
    ),
    "probable_double_fire": Reason(
        None,
        "Probably fired twice",
        "The same session reported the same action within five minutes under another event_id; "
        "TikTok counts both.",
        "",
        "make the event_id from the order or the action, not from the moment",
    ),
    "context_filled": Reason(
        None,
        "Filled in",
        "A later copy told what the first one lacked, before anything was sent.",
        "",
        "nothing is wrong",
    ),
    "consent_tightened": Reason(
        None,
        "Consent became stricter",
        "A later copy states a denial that the first did not. What it keeps back does not leave "
        "any more.",
        "",
        "nothing is wrong; state the same consent with each copy",
    ),
    "consent_tightened_too_late": Reason(
        None,
        "Denied after delivery",
        "A later copy states a denial, but TikTok has the event already.",
        "",
        "state the consent with the first copy",
    ),
    "consent_mismatch": Reason(
        None,
        "Browser and server differ about consent",
        "Browser and server state different consent for one event. Of two copies, whatever either "
        "denies stays here; beside what the visit said, the event's own statement counts.",
        "",
        "take the consent of both copies from one record, as of the moment of the action",
    ),
    "looser_consent_ignored": Reason(
        None,
        "A later grant does not count",
        "A later copy states a consent that the first denied, or states it too late. What was "
        "decided for the moment of the action stands.",
        "",
        "state the consent of that moment with each copy",
    ),
    "maybe_delivered": Reason(
        None,
        "Withdrawn, may have arrived",
        "The consent was withdrawn after an attempt without an answer: TikTok may have the event.",
        "",
        "nothing more is sent",
    ),
    "payload_unreadable": Reason(
        None,
        "The payload can't be opened",
        "The key that seals the event's content is gone or its bytes are damaged, so it can't be "
        "sent.",
        "",
        "restore the store key, or send the event again from its source",
    ),
}
