"""What is said about webhooks of shop systems, and about the orders in them."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    # The delivery as a whole
    "source_unknown": Reason(
        404,
        "No such source",
        "No [[sources]] entry of this kind has the name at the end of the address.",
        "/webhooks/<kind>/<name> of a [[sources]] entry",
        "compare the address with kind and name of the entry, and start the gateway again after a "
        "change of its settings",
    ),
    "signature_missing": Reason(
        40100,
        "No signature",
        "The delivery is not signed, so anybody could have sent it. Nothing of it is counted.",
        "the header by which the shop system signs what it sends",
        "let the shop system itself call this address, with a secret set; a proxy on the way must "
        "pass the header on",
    ),
    "signature_unreadable": Reason(
        40100,
        "A signature that is none",
        "The header is there, and holds no time and signature of Stripe's.",
        "t=<seconds>,v1=<hex>",
        "let Stripe itself call this address; a proxy on the way must pass the header on as it is",
    ),
    "signature_wrong": Reason(
        40100,
        "A wrong signature",
        "The delivery is not signed with the source's secret, or was changed on its way. Nothing "
        "of it is counted.",
        "the signature of these very bytes, made with the secret of the [[sources]] entry",
        "compare the two secrets; nothing on the way may change the body",
    ),
    "signature_stale": Reason(
        40100,
        "An old signature, or a wrong clock",
        "The signature is right, and more than five minutes from this machine's clock: the clock "
        "is wrong, or somebody sends an old delivery again. Nothing of it is counted.",
        "a signature of the last five minutes",
        "set the clock by NTP (timedatectl set-ntp true); Stripe signs each repeat anew",
    ),
    "source_refused": Reason(
        None,
        "A shop system that is not believed",
        "The last delivery to a source was refused for its signature: orders are not taken, and "
        "after some hours the shop system may delete its webhook.",
        "",
        "compare the secret of the [[sources]] entry with the one that the system shows; "
        "tandemgate explain and the reason that is named say more",
    ),
    # The order: nothing is sent of it, or it goes with a remark
    "topic_no_sale": Reason(
        None,
        "A topic that is no sale",
        "A shop system told something that is no paid order: a draft, a change, a refund.",
        "",
        "nothing; docs/shops.md lists the topics that are sales, and the webhooks for others "
        "may be deleted",
    ),
    "order_not_paid": Reason(
        None,
        "An order that is not paid",
        "The order is not paid, or no longer: it waits, failed, was cancelled or refunded.",
        "",
        "nothing; it is sent when the system tells that it is paid",
    ),
    "order_not_online": Reason(
        None,
        "An order at the counter",
        "The order was placed in a shop of bricks, not on the website that the pixel measures.",
        "",
        "nothing to do",
    ),
    "payment_without_order": Reason(
        None,
        "A payment that names no order",
        "Stripe told a payment without metadata.order_id. Checkout's payments look like this, and "
        "Checkout's own event tells the sale.",
        "",
        "nothing, where checkout.session.completed comes as well; of a payment page of your own "
        "state metadata.order_id when the PaymentIntent is made",
    ),
    "nothing_paid": Reason(
        None,
        "A subscription that began without a payment",
        "The subscription began with a trial or a voucher: nothing was paid, so nobody can say "
        "which of TikTok's events it is.",
        "",
        "report StartTrial from the shop's server, if it is to be optimized for",
    ),
    "renewal": Reason(
        None,
        "A renewal",
        "A subscription was paid again. That answers no ad, so it is no conversion.",
        "",
        "nothing to do",
    ),
    "test_order": Reason(
        None,
        "A test order",
        "Its own system says that the order is a test, so it is no conversion. In a test session, "
        "and while TikTok is a simulated one, it goes like any other.",
        "",
        "nothing; to see a test order arrive, place it within a test session (docs/testing.md)",
    ),
    "order_changed_since": Reason(
        None,
        "An order that changed after it was sent",
        "The shop system told the order again with other contents. TikTok takes no correction of "
        "what it has, so the event stays as it was.",
        "",
        "nothing; tandemgate reconcile shows what the difference comes to",
    ),
    "value_rule_unmet": Reason(
        None,
        "Not the value that the rule asks for",
        "The order tells not all amounts that the pixel's value_rule names, so its total goes.",
        "",
        "let the source tell more of the order, or set value_rule to what it tells",
    ),
}
