"""What wants an operator's eye, and why an event is not sent again."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    # What tandemgate doctor, /readyz and the log call by these names
    "lane_held": Reason(
        None,
        "A lane stands",
        "TikTok refuses the whole lane, or can't be reached. Every event waits, none is worn out, "
        "and single events probe whether it is over.",
        "",
        "mend the named cause: set a valid token with tandemgate tokens set, give it the "
        "permission for the pixel, or look at the network; tandemgate delivery shows the lane",
    ),
    "pixel_paused": Reason(
        None,
        "Paused by a person",
        "Nothing of this pixel is sent until somebody resumes it. Its events wait and grow older.",
        "",
        "tandemgate delivery resume PIXEL, before the oldest event is seven days old",
    ),
    "token_missing": Reason(
        None,
        "No access token",
        "The pixel has no access token, so its events wait.",
        "",
        "tandemgate tokens set PIXEL, or access_token in its [[pixels]] table",
    ),
    "events_indeterminate": Reason(
        None,
        "Nobody knows whether they arrived",
        "Attempts without an answer, and TikTok would count another copy as a second conversion.",
        "",
        "tandemgate events list --state INDETERMINATE; look for them in TikTok's Events Manager, "
        "then tandemgate events settle ID --as delivered or rejected",
    ),
    "events_in_review": Reason(
        None,
        "A person must decide",
        "TikTok gave answers that nobody can classify; these events are neither sent again nor "
        "counted as delivered.",
        "",
        "tandemgate events list --state REVIEW, read TikTok's words, then replay with a reason or "
        "tandemgate events settle ID --as delivered or rejected",
    ),
    "queue_old": Reason(
        None,
        "Events wait too long",
        "The oldest event that waits was received more than a quarter of an hour ago.",
        "",
        "tandemgate delivery shows which lane stands, and why",
    ),
    "clock_astray": Reason(
        None,
        "The clock is wrong",
        "This machine's clock is more than a minute from the date of TikTok's answers. What ends "
        "by its age may end too early or too late; while they are an hour apart, nothing does.",
        "",
        "set the clock by NTP: timedatectl set-ntp true; check the clock of a proxy on the way",
    ),
    "log_lines_lost": Reason(
        None,
        "Lines of the log are lost",
        "What the log is written to took no more: a full disk, or a pipe that nobody reads. Events "
        "are not touched by it.",
        "",
        "look at where the log goes; a restart begins to count anew",
    ),
    "alert_not_muted": Reason(
        40002,
        "Not muted",
        "No mute of these alerts is there to be ended.",
        "a family, and its pixel, as tandemgate alerts lists them under muted",
        "ask tandemgate alerts what is muted",
    ),
    "alerts_untold": Reason(
        None,
        "Alerts reach nobody",
        "The receiver of alerts does not take them. They are tried again, for a day; tandemgate "
        "alerts lists them.",
        "",
        "mend what is named, or put another address into alerts.webhook; tandemgate alerts test "
        "tries it",
    ),
    "store_full": Reason(
        503,
        "The disk is full",
        "The last part of the disk is kept for what is stored already; new events are refused.",
        "a disk with room",
        "make room, or move the store to a larger disk; intake goes on by itself",
    ),
    "store_damaged": Reason(
        503,
        "The store is damaged",
        "SQLite finds that the file is not as it was written. Nothing is guessed.",
        "a store that can be read",
        "stop the gateway, run tandemgate db check, then db recover, or restore a backup",
    ),
    "ledger_imbalance": Reason(
        None,
        "The ledger does not add up",
        "More or fewer events were stored than stand in any state. It must never happen.",
        "",
        "run tandemgate db check, keep the file, and report it",
    ),
    "urgent_problem": Reason(
        None,
        "An urgent problem is open",
        "Purchases that the shop's server reported were refused within the last day, or TikTok "
        "says that personal data came in the clear.",
        "",
        "tandemgate problems list names each with a sample and its fix; when it is mended, "
        "tandemgate problems resolve ID, and if it comes back it says so by itself",
    ),
    # What people decide about problems
    "problem_unknown": Reason(
        404,
        "No such problem",
        "There is no problem by this name that the key may see; it is forgotten 90 days after it "
        "was last seen.",
        "the name of a problem",
        "tandemgate problems list --status all names every problem",
    ),
    "problem_resolved": Reason(
        409,
        "Resolved already",
        "Somebody has said that this problem is mended. It opens by itself when it is seen again.",
        "a problem that is open or muted",
        "nothing, unless it was another problem that you meant",
    ),
    "problem_not_muted": Reason(
        409,
        "Not muted",
        "Only a mute can be ended, and only once.",
        "a problem that is muted",
        "tandemgate problems list --status muted names them",
    ),
    # What people found out
    "settled_by_hand": Reason(
        None,
        "Settled by a person",
        "Nobody could tell whether TikTok has the event. A person looked and said what became of "
        "it; no answer of TikTok proves it.",
        "",
        "the event's story says who settled it, when and why",
    ),
    "not_undecided": Reason(
        409,
        "Nothing to settle",
        "Only an event that nobody could settle is settled by hand, and only once.",
        "an event in REVIEW or INDETERMINATE",
        "tandemgate events show ID tells where it stands; REJECTED and EXPIRED are replayed",
    ),
    # Why a replay leaves an event where it is
    "delivered": Reason(
        None,
        "Delivered",
        "TikTok has the event; another copy is never sent.",
        "",
        "nothing is wrong",
    ),
    "cancelled": Reason(
        None,
        "Cancelled",
        "The consent was withdrawn or the person erased, so it is never sent.",
        "",
        "nothing is wrong",
    ),
    "suppressed": Reason(
        None,
        "Suppressed",
        "The consent policy lets nothing of this event leave.",
        "",
        "send the event again with the consent that was stated, if one was",
    ),
    "in_flight": Reason(
        None,
        "Still on its way",
        "The event waits or is being sent, so there is nothing to replay.",
        "",
        "wait, or look at its lane with tandemgate delivery",
    ),
    "too_old": Reason(
        None,
        "Too old to replay",
        "The event is older than tiktok.event_age_limit.",
        "",
        "raise the limit if TikTok takes older events of yours",
    ),
    "window_over": Reason(
        None,
        "Too late to replay",
        "A copy may have arrived, and after TikTok's deduplication window another one would count "
        "as a second conversion.",
        "",
        "look for it in TikTok's Events Manager; it can't be sent any more",
    ),
    "consent_withdrawn": Reason(
        None,
        "Withdrawn",
        "A consent that was collected before the person withdrew it counts for nothing, whether "
        "the event came before the withdrawal or comes after it.",
        "",
        "nothing is wrong: the person does not want it sent",
    ),
    "person_erased": Reason(
        None,
        "Erased",
        "The person was erased. What is left is the event's key and state, so that it is never "
        "sent again; a consent from before the erasure counts for nothing.",
        "",
        "nothing is wrong: the person does not want it sent or kept",
    ),
    "payload_gone": Reason(
        None,
        "The payload is gone",
        "Payloads are removed two weeks after an event's end; without it there is nothing to send.",
        "",
        "send the event again from its source, while TikTok still takes it",
    ),
    "cause_unchanged": Reason(
        None,
        "Nothing has changed",
        "Neither the pixel's token nor its settings changed since the last attempt, so TikTok "
        "would most likely answer the same.",
        "",
        "mend the cause first, or say with --reason why it will go better now",
    ),
    "reason_wanted": Reason(
        None,
        "Say why",
        "TikTok may have this event already, and another copy may be counted twice.",
        "",
        "look into TikTok's Events Manager, then state with --reason what you found",
    ),
    "pixel_not_configured": Reason(
        None,
        "The pixel is not configured",
        "The event's pixel is in the ledger, but not in the settings any more.",
        "",
        "add it to [[pixels]] again",
    ),
    "pixel_copy_unknown": Reason(
        None,
        "Nobody knows of the Pixel's copy",
        "The event is older than TikTok's deduplication window. If the Pixel sent it at the time, "
        "the server's copy counts as a second one.",
        "",
        "replay only what the Pixel does not send",
    ),
    # What an operator's request may lack
    "body_invalid": Reason(
        40005,
        "A request that can't be read",
        "The body is not the JSON object that this address takes, or one of its fields does not "
        "fit.",
        "the documented fields",
        "compare it with docs/http.md",
    ),
    "nobody_meant": Reason(
        40003,
        "Whose events?",
        "The request names neither a session nor an identifier, so it could be about anybody.",
        "session, or user with email, phone or external_id, raw or hashed",
        "name the session, or the person by an identifier that came with their events",
    ),
    "identifier_unusable": Reason(
        40005,
        "An identifier by which nobody is found",
        "The identifier is not what it claims to be, so no event can have come with it.",
        "an email, a phone number with its country (or region), an external_id, or their SHA-256",
        "correct it; for a national phone number add region",
    ),
    "nothing_stated": Reason(
        40003,
        "No consent stated",
        "The request says neither ad_user_data nor ad_personalization.",
        "ad_user_data, ad_personalization or both, GRANTED or DENIED",
        'a withdrawal states "DENIED"',
    ),
    "reason_names_somebody": Reason(
        40005,
        "A reason that names somebody",
        "The stated reason holds what looks like an email or a phone number; it would be kept in "
        "the audit log for good.",
        "a reason without personal data",
        "name a ticket or an order instead",
    ),
    "pixel_unsaid": Reason(
        40003,
        "Which pixel?",
        "The key opens several pixels, and the request says none.",
        "one of the key's pixels",
        "name the pixel",
    ),
    "order_invalid": Reason(
        40005,
        "No order number",
        "The order has no number, or one that can't be printed or is longer than any event_id.",
        "the order's number, up to 256 characters",
        "name the column that holds it",
    ),
    "order_names_somebody": Reason(
        40005,
        "An order number that names somebody",
        "The order's number holds what looks like an email or a phone number. Such a number never "
        "leaves, and no event is kept by it.",
        "a number without personal data",
        "number orders by something else",
    ),
    "value_too_fine": Reason(
        40005,
        "An amount finer than its currency",
        "The order's amount has decimals, and its currency has none (ISO 4217): one of them is "
        "wrong.",
        "a whole amount, or another currency",
        "mend the amount, or state the currency that it is in",
    ),
    "token_unlikely": Reason(
        40005,
        "That is no token",
        "An access token is one word of at least 12 characters.",
        "an access token of TikTok's Events API",
        "copy it from TikTok Events Manager, without quotes or line breaks",
    ),
}
