"""What is usually behind a code or a reason: where people found it who had the same answer.

Sources: the setup guide, section "Troubleshooting"; the peers of :mod:`tandemgate.catalog.codes`.
``tandemgate explain``, the pages under ``/docs`` and docs/reference print these texts.
"""

from collections.abc import Mapping
from typing import Final

from tandemgate.catalog.codes import Kind

OF_CODES: Final[Mapping[int, str]] = {
    0: "Nothing is wrong.",
    40002: "A field of the wrong type or shape; a proxy that writes bodies anew; a signature that "
    "was made before the body was changed; a token without the right to this pixel.",
    40003: "A field that TikTok requires was left out, or the account behind the token lost its "
    "right.",
    40005: "Milliseconds instead of seconds, a currency or value as free text, an identifier that "
    "is no whole digest, an event name in other letters.",
    40100: "Another program sends with the same token and uses up its rate; or the token was "
    "revoked, has run out, or is of another advertiser than the pixel.",
    40101: "The pixel was moved to another Business Center, the user behind the token left it, or "
    "the app was never given the Events API.",
    40900: "The Pixel or a second job has sent the same event before; with the other reading, "
    "something on the way changes requests.",
}
OF_KINDS: Final[Mapping[Kind, str]] = {
    Kind.PARTIAL: "Some events of the request are wrong, the others are not.",
    Kind.TRANSIENT: "A passing fault at TikTok or on the way to it.",
    Kind.RATE: "More requests than TikTok grants the token, mostly from several programs.",
    Kind.TOKEN: "The token has run out, was revoked, was cut short when it was copied, or belongs "
    "to another advertiser.",
    Kind.PERMISSION: "App, user, advertiser account and pixel are not connected with each other.",
    Kind.CONFIGURATION: "An address, a pixel id or a version that TikTok does not know.",
    Kind.TOO_LARGE: "tiktok.max_batch_events is above what TikTok takes by now.",
    Kind.PAYLOAD: "A value that TikTok checks more strictly than its pages say.",
    Kind.UNHASHED: "An identifier stands in a field that is sent in plain, such as a text or an "
    "address.",
    Kind.DUPLICATE: "The Pixel was first, or an attempt arrived whose answer was lost.",
}

OF_REASONS: Final[Mapping[str, str]] = {
    # a request
    "not_json": "A form was posted instead of JSON, the body was cut off, or text was glued "
    "together without a serializer.",
    "body_encoding": "A file saved by an editor with a byte order mark, or text in Latin-1.",
    "number_not_finite": "A division by zero that became NaN, and a serializer that writes it.",
    "too_deep": "A whole order object was put into properties.",
    "beacon_invalid": "Another script posts to the address of the gateway's own.",
    "envelope_not_object": "The events were sent as a list, without the envelope around them.",
    "data_not_list": "One event was sent as an object in data.",
    "too_many_events": "A backlog is sent in one request.",
    "body_too_large": "A batch of events with long lists of products.",
    "gzip_broken": "A proxy that inflates or cuts bodies and keeps their headers.",
    "event_source_missing": "The envelope was written from memory rather than from the example.",
    "event_source_unsupported": "A job for app or offline events was pointed at this gateway.",
    "event_source_id_missing": "The pixel id is read from a setting that is empty.",
    "event_source_id_invalid": "An advertiser id, or the pixel's name, in place of its code.",
    "test_event_code_invalid": "The code was copied with blanks or quotes.",
    # an event
    "event_not_object": "An event was encoded twice and became a string.",
    "key_repeated": "JSON is put together as text, and two parts write the same field.",
    "wrong_type": "A number in quotes, a list where one value belongs, or the other way round.",
    "text_too_long": "A whole page or document ended up in a text field.",
    "text_unreadable": "A text was cut in the middle of a character, or is binary.",
    "too_many_values": "All addresses of a mailing were put into one event.",
    "event_missing": "The name stands under another key, such as event_name.",
    "event_unknown": "A name in other letters, with blanks, translated, or of another platform.",
    "event_holds_identifier": "The name is made from who acted rather than from what was done.",
    "event_time_missing": "The time stands under another key, such as timestamp.",
    "event_time_invalid": "A date as text, or a local time without its zone.",
    "event_time_in_milliseconds": "JavaScript's Date.now() or Java's currentTimeMillis().",
    "event_time_in_future": "The clock of the sending machine is ahead, or sends local time.",
    "event_time_too_old": "A backlog from before an outage, or a job that reads old orders again.",
    "event_id_missing": "The id is made in the page and does not reach the server.",
    "event_id_not_string": "The order's number is sent as a JSON number.",
    "event_id_invalid": "A whole URL or token is used as event_id.",
    "event_id_holds_identifier": "The id is made of the customer's email or phone.",
    "user_context_missing": "The job that reports the order knows the order alone, and no visit is "
    "bound to it.",
    "value_missing": "A data layer's empty event, or an order without its total at that moment.",
    "value_invalid": "An amount with a symbol, a thousands separator or a decimal comma.",
    "value_negative": "A refund is reported as a purchase.",
    "currency_missing": "A shop with one currency never had to say which.",
    "currency_invalid": "A symbol or a name such as EURO instead of the three letters.",
    "quantity_invalid": "A fraction or a text as quantity.",
    "contents_invalid": "A list of ids where a list of products belongs.",
    "content_type_invalid": "A word of another platform, such as product_id.",
    "consent_unreadable": "true, yes or 1 instead of GRANTED.",
    "consent_profile_invalid": "A profile's name is misspelt.",
    "time_invalid": "A local time without its offset.",
    # remarks
    "unknown_field": "A field of another platform, or a slip in its name.",
    "event_time_converted": "The time is written as text or with fractions.",
    "number_was_text": "Amounts come out of a database or form as text.",
    "currency_upper_cased": "The shop keeps codes in lower case.",
    "currency_unlisted": "The shop sells in a currency that TikTok has no advertisers in.",
    "text_holds_identifier": "A note, a search or an address that a customer typed is passed on.",
    "content_id_missing": "Products without a number in the catalog, such as vouchers.",
    "consent_contradiction": "Two parts of the shop write consent, and one of them is older.",
    "consent_ignored": "true, yes or 1 instead of GRANTED.",
    "consent_too_late": "The consent of a later visit is sent with an old order.",
    "consent_string_unreadable": "The string was cut by a cookie's or column's length.",
    "no_strong_key": "A guest who gave no email before this event, or a misspelt field.",
    "ip_missing": "The order is reported by a job that never saw the visitor's request.",
    "user_agent_missing": "The order is reported by a job that never saw the visitor's request.",
    "page_url_missing": "The backend does not know on which page it happened.",
    "page_url_invalid": "A path alone, or an address of an app.",
    "domain_unlisted": "A staging copy of the shop sends with the live pixel, or a domain is new.",
    "value_recommended": "The event is fired before the price is known.",
    "currency_recommended": "A shop with one currency never had to say which.",
    "value_mismatch": "Shipping, tax or a discount is in one of the two and not in the other.",
    "content_ids_mismatch": "One side names variants and the other products.",
    "event_id_derived": "The backend does not know the Pixel's event_id.",
    "event_id_ambiguous": "One visit fired the event several times.",
    "event_id_long_digits": "An order number is as long as a phone number.",
    "click_id_missing": "The visit came by no ad, or the click was lost in a redirect.",
    "visit_unknown": "The session was not passed to the server, or is older than it is kept.",
    "pixel_call_without_id": "The Pixel's base code is used without the third argument of track.",
    "no_match_keys_left": "A denial took the identifiers, and the event had nothing else.",
    # match keys
    "email_invalid": "A placeholder for guests such as none, or a name in the wrong field.",
    "phone_region_unknown": "A national number, and nothing says of which country.",
    "phone_invalid": "A form without a check of what is typed.",
    "phone_not_possible": "A digit too many or too few was typed.",
    "place_invalid": "A dash stands for an empty field.",
    "digest_length": "MD5 or SHA-1 was used, or the digest was cut by a column's length.",
    "digest_of_nothing": "Empty fields are hashed too.",
    "placeholder_not_digest": "The example's text was sent as it is printed.",
    "placeholder_value": "The example's value was sent as it is printed.",
    "raw_field_hashed": "A helper hashes all fields of the user alike.",
    "ip_not_public": "The address of a load balancer or of the server itself is sent.",
    "ttclid_too_long": "The whole query string is sent as ttclid.",
    "locale_invalid": "A language's name instead of its tag.",
    "region_unknown": "A country's name instead of its code.",
    "consent_missing": "The backend does not pass on what the consent platform was told.",
    # ends
    "refused_by_tiktok": "TikTok checks some fields more strictly than its pages say.",
    "identifier_not_hashed": "An identifier in a field that is sent in plain, such as a text.",
    "already_at_tiktok": "The Pixel was first and no page said so, or a second job sends it too.",
    "answer_unclear": "A code or an answer that no source describes.",
    "dedup_window_over": "A long outage, after an attempt whose answer was lost.",
    "clock_set_back": "The machine's clock was wrong and was set.",
    "pixel_window_over": "Orders are reported days after the purchase, when they are paid.",
    "event_too_old": "A pixel was paused, or had no valid token, for longer than the limit.",
    "event_id_conflict": "An order was changed after it was reported, or one id is used for two "
    "actions.",
    "same_order_two_event_ids": "Two jobs report orders, or the id is made of the moment.",
    "same_payment_two_event_ids": "Stripe tells a payment twice, and its two objects name other "
    "orders.",
    "late_refire": "The thank-you page was opened again, or a job reports the order once more with "
    "the time of sending.",
    "unverified_copy_sent_first": "The page reports what the server should, and is faster.",
    "probable_double_fire": "Two tags on one page, a double click, or an id made of the moment.",
    "consent_tightened_too_late": "The consent platform is asked after the order was reported.",
    "consent_mismatch": "The server keeps an older choice than the browser.",
    "looser_consent_ignored": "A visitor changed the choice after the action.",
    "payload_unreadable": "A store that was copied without its key, or a day's key was destroyed.",
    # who asks
    "key_missing": "The header got lost in a proxy, or the secret's variable is empty.",
    "key_unknown": "A key that was rotated, or one of another gateway.",
    "key_without_right": "A browser key is used by a server, or a reading key to write.",
    "pixel_not_allowed": "A pixel is new and was not added to the key.",
    "origin_not_allowed": "The shop has another domain, or www in front of it.",
    "reference_bound_elsewhere": "Two visitors share a cart, or somebody tries out order numbers.",
    "host_not_allowed": "The gateway is called by a name that public_url does not say.",
    "encoding_unsupported": "A client compresses with brotli or zstd.",
    "body_too_slow": "A slow network, or a sender that holds connections open.",
    "too_many_requests": "A backlog is sent with one event in each request.",
    "store_unavailable": "The disk is full, read-only or failing.",
    "overloaded": "More clients at a time than the machine has room for.",
    "method_not_allowed": "A browser was pointed at an address that is for programs.",
    "parameter_invalid": "A slip in a filter's name or value.",
    # webhooks of shop systems
    "source_unknown": "A slip in the address, or the gateway was not started again since.",
    "signature_missing": "Somebody tries the address, or the webhook was saved without a secret.",
    "signature_unreadable": "A proxy shortens or rewrites headers.",
    "signature_wrong": "The secret of another webhook or app, or of the test mode; or a proxy "
    "writes the JSON anew.",
    "signature_stale": "No NTP, or a delivery that somebody recorded and sends again.",
    "source_refused": "The secret was exchanged at one end alone, or a stranger tries the address.",
    "payment_without_order": "Checkout's payments have no metadata unless the shop gives "
    "them some.",
    "order_changed_since": "A product was taken out, a discount given or an address mended.",
    "value_rule_unmet": "value_rule names tax or shipping, and a payment tells its total alone.",
    # operating
    "lane_held": "The token ran out, a permission was taken, or the network is down.",
    "pixel_paused": "Somebody paused it and did not come back to it.",
    "token_missing": "A pixel was added before its token was there.",
    "events_indeterminate": "An outage longer than TikTok's window.",
    "events_in_review": "TikTok answered something that no source describes.",
    "queue_old": "A lane stands, or events come faster than TikTok takes them.",
    "clock_astray": "No NTP, or a virtual machine that was asleep.",
    "log_lines_lost": "The log's disk is full, or nobody reads the pipe.",
    "store_full": "The disk is full.",
    "store_damaged": "The disk failed, or the file was copied while it was in use.",
    "urgent_problem": "A release of the shop changed what it sends.",
    "reason_names_somebody": "A ticket's text was pasted as a whole.",
    "token_unlikely": "The token was copied with quotes, a line break or only in part.",
}
"""Of what has no entry the meaning says all there is to say."""
