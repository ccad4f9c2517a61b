"""What is remarked on an event, whether it goes or stays."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    # Remarks: the event goes all the same
    "unknown_field": Reason(
        None,
        "Unknown field",
        "TikTok has no such field; it is left out.",
        "",
        "check its spelling, or stop sending it",
    ),
    "event_time_converted": Reason(
        None,
        "event_time was not an integer",
        "event_time came as text or with a decimal point, and was converted.",
        "",
        "send a JSON integer",
    ),
    "number_was_text": Reason(
        None,
        "A number sent as text",
        "The number came as text and was converted.",
        "",
        "send a JSON number",
    ),
    "currency_upper_cased": Reason(
        None,
        "Currency in lower case",
        "The currency code was upper-cased.",
        "",
        "send upper-case codes",
    ),
    "currency_unlisted": Reason(
        None,
        "Currency not taken by TikTok",
        "TikTok does not list this currency: the event goes without value and currency.",
        "",
        "convert the value to one of TikTok's currencies if it shall be optimized for",
    ),
    "text_holds_identifier": Reason(
        None,
        "An identifier in a text",
        "The text holds an email address or another identifier; it is left out.",
        "",
        "keep identifiers in user, where they are hashed",
    ),
    "content_id_missing": Reason(
        None,
        "A product without content_id",
        "A product line without content_id matches no catalog; it is left out.",
        "",
        "add content_id",
    ),
    "consent_contradiction": Reason(
        None,
        "Two consent statements",
        "Two places say different things about the same consent; the stricter one counts.",
        "",
        "state consent in one place",
    ),
    "consent_ignored": Reason(
        None,
        "Consent unreadable",
        "The consent field is neither GRANTED nor DENIED, so it counts as missing.",
        "",
        "send GRANTED or DENIED",
    ),
    "consent_too_late": Reason(
        None,
        "Consent after the event",
        "The consent was collected more than a day after the action, or at a time that has not "
        "come; what it grants does not count, what it denies does.",
        "",
        "send the consent that stood when the action happened, and the moment when it was given",
    ),
    "consent_string_unreadable": Reason(
        None,
        "Consent string unreadable",
        "The string of the consent platform can't be read with certainty, so it grants nothing.",
        "",
        "send the string whole, as the platform wrote it; tandemgate consent decode says what it "
        "holds",
    ),
    "no_strong_key": Reason(
        None,
        "No strong match key",
        "Without email, phone or external_id TikTok may find neither the person nor the pair.",
        "",
        "add a hashed email, phone or external_id where consent allows",
    ),
    "ip_missing": Reason(
        None,
        "No ip",
        "The person's IP address is missing.",
        "",
        "send the address of the person's request, never the server's",
    ),
    "user_agent_missing": Reason(
        None,
        "No user_agent",
        "The browser's user agent is missing.",
        "",
        "send the User-Agent header of the person's request",
    ),
    "page_url_missing": Reason(
        None,
        "No page.url",
        "TikTok's field reference asks for page.url on web events.",
        "",
        "add page.url",
    ),
    "page_url_invalid": Reason(
        None,
        "page.url is no web address",
        "page.url is not a whole address with http or https, which TikTok refuses; it is left out.",
        "",
        "send the address that the browser shows, such as https://shop.example/thanks",
    ),
    "domain_unlisted": Reason(
        None,
        "Page outside the pixel's domains",
        "The page's host is not one of the pixel's domains.",
        "",
        "add the domain to the pixel, or send the event to the right pixel",
    ),
    "value_recommended": Reason(
        None,
        "No value",
        "This event is worth more to TikTok with its value.",
        "",
        "add properties.value",
    ),
    "currency_recommended": Reason(
        None,
        "No currency",
        "A value means nothing without its currency.",
        "",
        "add properties.currency",
    ),
    "value_mismatch": Reason(
        None,
        "Value and contents differ",
        "The sum of the contents' prices is further from value than the pixel's value_tolerance "
        "allows; TikTok optimizes for value.",
        "",
        "send the order's total as value, prices per unit, and every quantity; where both are "
        "right, raise value_tolerance",
    ),
    "content_ids_mismatch": Reason(
        None,
        "Two lists of products",
        "content_ids and contents name different products, so the catalog is matched by one of "
        "them only.",
        "",
        "send the same ids in both, or contents alone",
    ),
    "event_id_derived": Reason(
        None,
        "event_id derived",
        "The event had no event_id; one was made from its order or lead.",
        "",
        "send the event_id that the Pixel sent",
    ),
    "event_id_from_pixel": Reason(
        None,
        "event_id of the Pixel's call",
        "The event had no event_id; it has the one with which the Pixel told of the same action, "
        "as a page reported.",
        "",
        "send the event_id that the Pixel sent",
    ),
    "event_id_ambiguous": Reason(
        None,
        "Several calls of the Pixel",
        "The event had no event_id, and several calls of the Pixel in its visit could be the same "
        "action; none of their event_ids was taken.",
        "",
        "send the event_id that the Pixel sent, or an order_id or contents in both places",
    ),
    "event_id_long_digits": Reason(
        None,
        "A long number in event_id",
        "The event_id holds a long run of digits; make sure that it is no phone number.",
        "",
        "build event_id from the order or lead number",
    ),
    # Why an event was not sent
    "page_view_not_sent": Reason(
        None,
        "Page views are context",
        "Page views are counted and not sent, unless the pixel's page_views is true.",
        "",
        "set page_views = true to send them",
    ),
    "bot_user_agent": Reason(
        None,
        "A crawler",
        "The user agent is a crawler's, a preview's or a monitor's: nobody who could be reached by "
        "an ad.",
        "",
        'nothing; set bots = "send" for the pixel to send such events all the same',
    ),
    "filled_from_visit": Reason(
        None,
        "Filled in from the visit",
        "The event lacked this field, and the browser of its visit had shown it.",
        "",
        "nothing; send the field with the event where the server knows better",
    ),
    "click_id_missing": Reason(
        None,
        "An ad's visitor without ttclid",
        "An ad on TikTok led to this visit, as an address says (ttclid or utm_source=tiktok), and "
        "the event has no ttclid.",
        "",
        "keep ttclid through redirects: put the browser script on the landing page and attach the "
        "order or checkout to the visit, or send the ttclid of the landing page with the event",
    ),
    "visit_unknown": Reason(
        None,
        "No visit behind the session or reference",
        "The event names a session, order, checkout, cart or lead, and no visit is known for it: "
        "nothing could be filled in.",
        "",
        "bind the reference before redirects (tg('attach', ...) or POST /v1/attach), from a page "
        "that has the browser script",
    ),
    "server_is_truth": Reason(
        None,
        "The server tells this",
        "The server is the source of truth for this event: the browser's copy is evidence only.",
        "",
        "send the event from the server too, or take its name out of the pixel's server_truth",
    ),
    "pixel_call_without_id": Reason(
        None,
        "A call of the Pixel without event_id",
        "A copy of it could not be told from another action, so it is evidence only.",
        "",
        "give the Pixel's call an event_id, or track the action with tg('track', ...)",
    ),
    "pixel_call_of_track": Reason(
        None,
        "The Pixel's half of a tracked action",
        "The action itself came beside it under the same event_id.",
        "",
        "nothing: the two are one action",
    ),
    "page_seen": Reason(
        None, "A page", "A page was seen; that is context, not an event.", "", "nothing to do"
    ),
    "references_seen": Reason(
        None,
        "References",
        "A cart, checkout, order or lead was named; that is context, not an event.",
        "",
        "nothing to do",
    ),
    "consent_seen": Reason(
        None,
        "A consent decision",
        "The visitor decided; that is context, not an event.",
        "",
        "nothing to do",
    ),
    "identify_seen": Reason(
        None,
        "Who the visitor is",
        "The page said who the visitor is; that is context, not an event.",
        "",
        "nothing to do",
    ),
    "call_not_an_event": Reason(
        None,
        "A call that is no event",
        "Another system's client grouped, renamed or showed somebody; TikTok has no event for it.",
        "",
        "nothing to do",
    ),
    "event_not_mapped": Reason(
        None,
        "No event of TikTok's",
        "Another system reported an action that no name of TikTok's belongs to, so it is not sent.",
        "",
        'nothing, or name it in the pixel\'s event_names: { "Quote Requested" = "Lead" }',
    ),
    "not_meant_for_tiktok": Reason(
        None,
        "Not meant for TikTok",
        "The call's integrations switch TikTok off, or everything, so it is not sent.",
        "",
        'nothing, or let it go: integrations { "TikTok Conversions": true }',
    ),
    "no_sale": Reason(
        None,
        "A refund, a cancellation or a change",
        "Something happened to an order that was told before; that is no further purchase.",
        "",
        "nothing to do",
    ),
    "event_id_from_message": Reason(
        None,
        "The delivery's id as event_id",
        "The call stated neither an event_id nor an order, so it goes by its messageId; the "
        "Pixel's copy has another one, and TikTok counts both.",
        "",
        "state properties.event_id, the same that the page gives to the Pixel",
    ),
    "event_id_from_content": Reason(
        None,
        "A digest of what was reported as event_id",
        "The event stated neither an event_id nor an order, so it goes by a digest of its "
        "content: told again, it is the same event. The Pixel's copy has another id, and TikTok "
        "counts both.",
        "",
        "state params.event_id, the same that the page gives to the Pixel",
    ),
    "email_hashed_by_google": Reason(
        None,
        "An email hashed by Google's rules",
        "Google drops the dots of Gmail addresses before hashing and TikTok keeps them, so that "
        "the digest of such an address matches nobody at TikTok. Other addresses have one digest.",
        "",
        "send user_data.email as well, plain, to the gateway alone and never to Google: it is "
        "hashed here by TikTok's rules",
    ),
    "value_by_rule": Reason(
        None,
        "A value worked out by the pixel's rule",
        "What TikTok is told is worked out from value, tax and shipping by the pixel's value_rule.",
        "",
        'nothing; or set value_rule = "total", which is the value as it is reported',
    ),
    "value_without_tax": Reason(
        None,
        "Perhaps a value without tax and shipping",
        "The value is what the products cost, and tax or shipping are stated beside it, as Google "
        "asks; TikTok's reports are compared with the order's total.",
        "",
        'where your prices are without tax, set value_rule = "subtotal + tax + shipping"; where '
        'they are with it, "subtotal + shipping"; "total" sends the value as it is',
    ),
    "link_asked": Reason(
        None,
        "A link to another host",
        "The page has links to another host and was given a token for the next of them.",
        "",
        "nothing to do",
    ),
    "link_followed": Reason(
        None,
        "From another host",
        "A link from another host led here: what the visit showed there completes this one.",
        "",
        "nothing to do",
    ),
    "link_without_consent": Reason(
        None,
        "A link that is not followed",
        "A link from another host led here, and consent does not allow to know the visitor again.",
        "",
        "nothing: the visit is one of its own",
    ),
    "no_match_keys_left": Reason(
        None,
        "Nothing left to match with",
        "After normalization and consent no match key is left, so nothing leaves.",
        "",
        "send ip and user_agent, ttclid or ttp with the event",
    ),
}
