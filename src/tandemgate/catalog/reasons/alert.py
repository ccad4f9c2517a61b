"""What an alert means and what mends it, by the name of its setting (``[alerts]``)."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    "urgent": Reason(
        None,
        "Something must be mended",
        "What tandemgate doctor marks with FAIL: the store can't take events, the ledger does not "
        "add up, or a pixel has no access token.",
        "",
        "tandemgate doctor says what to do",
    ),
    "oldest_unsent": Reason(
        None,
        "Events wait too long",
        "The oldest event that could be sent has waited for longer than the limit; what waits for "
        "its consent does not count.",
        "",
        "tandemgate delivery shows which lane stands, and why",
    ),
    "downstream_success": Reason(
        None,
        "TikTok fails",
        "Of what was sent too little was answered by more than an error or silence. Nothing is "
        "lost: it is sent again.",
        "",
        "look at the network and at TikTok's status; tandemgate delivery tells what TikTok says",
    ),
    "latency": Reason(
        None,
        "Conversions arrive late",
        "Of a hundred delivered events, five took longer than the limit from their receipt to "
        "TikTok's answer.",
        "",
        "tandemgate delivery: is TikTok slow (its answer's p95), the rate limited, or a backlog on "
        "its way?",
    ),
    "availability": Reason(
        None,
        "Requests are refused",
        "Too many requests of backends and browsers were answered with 5xx. Whoever sent them must "
        "send them again.",
        "",
        "tandemgate doctor; look at the disk and at the load of the machine",
    ),
    "rejected_share": Reason(
        None,
        "Events are rejected",
        "Of what was received too much was refused, by the gateway's checks or by TikTok.",
        "",
        "tandemgate events list --state REJECTED for TikTok's words; the answers to the caller "
        "name what the gateway refused, and the fix",
    ),
    "unknown_consent": Reason(
        None,
        "Consent is missing",
        "Too many events came without a stated consent, although their region asks for one, and "
        "were suppressed or held: a consent banner or its connection may be broken.",
        "",
        "load a page of the shop and look at its consent platform; tandemgate consent list shows "
        "what was stated",
    ),
    "volume": Reason(
        None,
        "Another volume than last week",
        "In the last hour far more or far fewer events came than in the same hour of last week.",
        "",
        "a sale, a holiday? else compare with the shop's own orders: a tag, a job or a webhook may "
        "be gone, or may send twice",
    ),
    "pair_rate": Reason(
        None,
        "Pixel and server drift apart",
        "Of the actions of the last hour far fewer have a copy of the Pixel and one of the server "
        "under the same event_id than of those of the hour before.",
        "",
        "tandemgate pairs: one side may be gone (a blocked tag, a job that stopped), or have a new "
        "event_id",
    ),
    "problems": Reason(
        None,
        "A problem is new, or back",
        "Events have a problem that was not seen before, or that somebody had settled. It is over "
        "when it is resolved or muted, or was not seen for a day.",
        "",
        "tandemgate problems show ID tells what came, what is expected and the fix; then resolve "
        "or mute it",
    ),
    "undecided": Reason(
        None,
        "A person must decide",
        "Events are in REVIEW or INDETERMINATE: TikTok may have them or not.",
        "",
        "tandemgate events list --state REVIEW, look into TikTok's Events Manager, then "
        "tandemgate events settle ID --as delivered or rejected",
    ),
    "test_code_on": Reason(
        None,
        "A test code is left on",
        "Events with a test_event_code have been coming for a long time. TikTok does not count "
        "them as conversions.",
        "",
        "take test_event_code out of what the shop sends",
    ),
}
