"""Every reason that a problem, a finding or a suppression can name, written once.

Answers, ``tandemgate explain`` and the documentation print these texts. The codes are those of the
guide that the gateway follows; what TikTok itself answers is in :mod:`tandemgate.catalog.codes`.
"""

from dataclasses import dataclass

from tandemgate.model.finding import Finding, Problem

DOCS_PATH = "/docs/codes/"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. ``code`` is set for problems (the event is refused) and ``None`` for findings."""

    code: int | None
    title: str
    meaning: str
    expected: str
    fix: str


REASONS: dict[str, Reason] = {
    # The request as a whole (HTTP 400 or 413)
    "not_json": Reason(
        40002,
        "Not JSON",
        "The body is not readable JSON.",
        "a JSON object as TikTok's Events API takes it",
        "check that a JSON serializer makes the body and that no proxy changes it",
    ),
    "body_encoding": Reason(
        40002,
        "Not UTF-8",
        "The body is not UTF-8 text, or begins with a byte order mark.",
        "JSON in UTF-8 without a byte order mark",
        "encode the body as UTF-8",
    ),
    "number_not_finite": Reason(
        40002,
        "A number that JSON has not",
        "The body holds NaN, Infinity, or a number too large for any computer's number.",
        "finite numbers",
        "leave the field out where there is no number",
    ),
    "too_deep": Reason(
        40002,
        "Nested too deeply",
        "The body nests objects and lists deeper than an event ever needs.",
        "at most 32 levels",
        "send the event's own fields only",
    ),
    "envelope_not_object": Reason(
        40002,
        "No envelope",
        "The body is JSON, but not the object that carries events.",
        "an object with event_source, event_source_id and data",
        'wrap the events: {"event_source": "web", "event_source_id": "PIXEL_ID", "data": [...]}',
    ),
    "data_not_list": Reason(
        40002,
        "No list of events",
        "The envelope's data is missing or not a list.",
        "a list of events",
        "put the events into a list, also when there is one",
    ),
    "too_many_events": Reason(
        40002,
        "Too many events",
        "TikTok takes at most 1,000 events in a request, and so does the gateway.",
        "at most 1,000 events",
        "send them in several requests",
    ),
    "body_too_large": Reason(
        40002,
        "Body too large",
        "The body, or what it inflates to, is larger than the limit.",
        "a smaller body",
        "send fewer events in a request",
    ),
    "gzip_broken": Reason(
        40002,
        "Broken gzip",
        "The body begins like gzip and does not inflate.",
        "a complete gzip stream, or plain JSON",
        "check that the body is not cut short on its way",
    ),
    # The envelope
    "event_source_missing": Reason(
        40003,
        "event_source missing",
        "The envelope does not say where its events come from.",
        "web",
        'add "event_source": "web"',
    ),
    "event_source_unsupported": Reason(
        40005,
        "event_source not supported",
        "Only web events are handled.",
        "web",
        "send app, offline and crm events by another way for now",
    ),
    "event_source_id_missing": Reason(
        40003,
        "event_source_id missing",
        "The envelope does not name the pixel.",
        "a pixel code such as C9ABC1234567890",
        "add event_source_id; TikTok Events Manager shows it beside the pixel's name",
    ),
    "event_source_id_invalid": Reason(
        40005,
        "event_source_id is no pixel code",
        "The envelope's event_source_id is not a pixel code.",
        "a pixel code as a string",
        "send the code that TikTok Events Manager shows beside the pixel's name",
    ),
    "test_event_code_invalid": Reason(
        40005,
        "test_event_code is no code",
        "The envelope's test_event_code is not a code.",
        "a string such as TEST12345, or nothing",
        "copy the code from Test Events, or leave it out for live events",
    ),
    # One event
    "event_not_object": Reason(
        40005,
        "Not an event",
        "An entry of data is not an object.",
        "an object with event, event_id, event_time and user",
        "send each event as one object",
    ),
    "key_repeated": Reason(
        40005,
        "A key given twice",
        "One object gives the same key twice, and readers differ on which of the two counts.",
        "each key once",
        "send the key once",
    ),
    "wrong_type": Reason(
        40005,
        "Wrong type",
        "The value has another type than the field.",
        "the field's type",
        "send the value in the field's type",
    ),
    "text_too_long": Reason(
        40005,
        "Text too long",
        "A text is longer than any field of an event needs.",
        "at most 8 KiB",
        "send the field's own value only",
    ),
    "text_unreadable": Reason(
        40005,
        "Text with impossible characters",
        "A text holds NUL or half of a surrogate pair, which is not text.",
        "Unicode text without NUL",
        "check how the text was cut or decoded",
    ),
    "too_many_values": Reason(
        40005,
        "Too many values",
        "A list of identifiers is longer than one person needs.",
        "at most 20 values",
        "send this person's own values only",
    ),
    "event_missing": Reason(
        40003,
        "event missing",
        "The event has no name.",
        "an event name such as CompletePayment",
        "add event",
    ),
    "event_unknown": Reason(
        40005,
        "Unknown event name",
        "The name is neither one of TikTok's nor allowed as a custom event; case matters.",
        "one of TikTok's event names",
        "send the name that the Pixel sends, or list it in the pixel's custom_events",
    ),
    "event_holds_identifier": Reason(
        40005,
        "An identifier in the event name",
        "The event's name holds an email address or phone number.",
        "the name of an action",
        "send the action's name only",
    ),
    "event_time_missing": Reason(
        40003,
        "event_time missing",
        "The event does not say when it happened.",
        "Unix time in seconds",
        "add event_time, the moment of the action",
    ),
    "event_time_invalid": Reason(
        40005,
        "event_time is no time",
        "The value is not a Unix time in seconds.",
        "Unix time in whole seconds, such as 1776943380",
        "send the moment of the action in whole seconds since 1970-01-01T00:00:00Z",
    ),
    "event_time_in_milliseconds": Reason(
        40005,
        "event_time in milliseconds",
        "The value counts milliseconds or less; TikTok takes seconds.",
        "Unix time in seconds",
        "divide by 1000",
    ),
    "event_time_in_future": Reason(
        40005,
        "event_time in the future",
        "The event lies further ahead than clocks may differ.",
        "a moment that has passed",
        "set the clock of the sending machine (NTP)",
    ),
    "event_time_too_old": Reason(
        40005,
        "event_time too old",
        "The event is older than the pixel's event_age_limit.",
        "an event inside the age limit",
        "send events when they happen; older ones no longer help",
    ),
    "event_id_missing": Reason(
        40003,
        "event_id missing",
        "Without event_id TikTok cannot tell this copy from the Pixel's.",
        "the event_id that the Pixel sent",
        "add event_id, or properties.order_id to derive it from",
    ),
    "event_id_not_string": Reason(
        40002,
        "event_id is not a string",
        "TikTok refuses an event_id that is a JSON number.",
        "a string",
        "put quotes around it",
    ),
    "event_id_invalid": Reason(
        40005,
        "event_id unusable",
        "The event_id is longer than 256 characters or holds control characters.",
        "1 to 256 printable characters",
        "name the business object and the action, such as ord_10492_complete_payment",
    ),
    "event_id_holds_identifier": Reason(
        40005,
        "An identifier in event_id",
        "The event_id holds an email address or phone number, and it leaves unhashed.",
        "an id without personal data",
        "build event_id from the order or lead number",
    ),
    "user_context_missing": Reason(
        40003,
        "No user context",
        "Nothing says who acted, so TikTok can match the event with nobody.",
        "at least one field in user",
        "add what is known of the person: ip and user_agent of the request, ttclid, ttp, email",
    ),
    "value_missing": Reason(
        40003,
        "value missing on a purchase",
        "A purchase without its value cannot be optimized for.",
        "the order total as a number",
        "add properties.value",
    ),
    "value_invalid": Reason(
        40005,
        "Not an amount",
        "The value is not an amount of money.",
        "a number without currency or grouping, such as 129.95",
        "send a number",
    ),
    "value_negative": Reason(
        40005,
        "Negative amount",
        "Amounts are never negative; refunds are not conversions.",
        "0 or more",
        "leave refunds out",
    ),
    "currency_missing": Reason(
        40003,
        "currency missing on a purchase",
        "A purchase's value means nothing without its currency.",
        "an ISO 4217 code",
        "add properties.currency",
    ),
    "currency_invalid": Reason(
        40005,
        "Not a currency",
        "The value is not an ISO 4217 code.",
        "an ISO 4217 code",
        "send the three-letter code, such as EUR",
    ),
    "quantity_invalid": Reason(
        40005,
        "Not a quantity",
        "The value does not count pieces.",
        "a whole number, 1 or more",
        "send the number of pieces",
    ),
    "contents_invalid": Reason(
        40005,
        "contents is no list",
        "contents holds something else than products.",
        "a list of objects with content_id, quantity and price",
        "send contents as a list of products",
    ),
    "content_type_invalid": Reason(
        40005,
        "Unknown content_type",
        "TikTok knows two content types.",
        "product or product_group",
        "send product where content_id names a single product",
    ),
    "consent_unreadable": Reason(
        40005,
        "Consent unreadable",
        "A consent field says something else than GRANTED or DENIED, so it decides nothing.",
        "GRANTED or DENIED",
        "send the string GRANTED or DENIED, or leave the field out",
    ),
    "time_invalid": Reason(
        40005,
        "Not a time",
        "The value is neither Unix seconds nor an ISO 8601 time with an offset.",
        "Unix seconds or an ISO 8601 time with an offset",
        "send Unix seconds",
    ),
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
        "consent and properties say different things; the stricter one counts.",
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
    "consent_string_unread": Reason(
        None,
        "Consent string not read",
        "TC, GPP and Consent Mode strings are not decoded; only the stated fields count.",
        "",
        "state ad_user_data and ad_personalization as well",
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
    "event_id_derived": Reason(
        None,
        "event_id derived",
        "The event had no event_id; one was made from its order or lead.",
        "",
        "send the event_id that the Pixel sent",
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
    "no_match_keys_left": Reason(
        None,
        "Nothing left to match with",
        "After normalization and consent no match key is left, so nothing leaves.",
        "",
        "send ip and user_agent, ttclid or ttp with the event",
    ),
    # person
    "email_invalid": Reason(
        None,
        "Not an email",
        "The value has not exactly one @ with something on both sides of it, and was left out.",
        "",
        "send the address as the person typed it, or its SHA-256",
    ),
    "phone_region_unknown": Reason(
        None,
        "Phone without a country",
        "The phone is in national form and nothing says of which country, so it was left out: "
        "a guess would match somebody else.",
        "",
        "write it with + and the country code, state the event's region, or set the pixel's "
        "phone_region",
    ),
    "phone_invalid": Reason(
        None,
        "Not a phone",
        "The value cannot be a phone number of its country, and was left out.",
        "",
        "send the number with + and the country code, or the SHA-256 of that",
    ),
    "phone_not_possible": Reason(
        None,
        "An unusual phone",
        "The number has not as many digits as its country's numbers have; it was sent as it is.",
        "",
        "check the number where it is entered",
    ),
    "place_invalid": Reason(
        None,
        "Not a place",
        "The value holds no letter and no digit, and was left out.",
        "",
        "send the city, state or country as plain words",
    ),
    "digest_length": Reason(
        None,
        "Not SHA-256",
        "The value looks like a digest, but has not the 64 hex digits of SHA-256; it was left out.",
        "",
        "hash with SHA-256, or send the plain value and let the gateway hash it",
    ),
    "digest_of_nothing": Reason(
        None,
        "Nothing was hashed",
        "The value is the SHA-256 of empty text, and was left out: it would match everybody.",
        "",
        "leave the field out when there is nothing to hash",
    ),
    "placeholder_not_digest": Reason(
        None,
        "A placeholder",
        "The value describes a digest, as examples do, and is none; it was left out.",
        "",
        "send the plain value, or the 64 hex digits alone",
    ),
    "placeholder_value": Reason(
        None,
        "An example's value",
        "The value ends in an ellipsis, as printed examples do; it was sent as it came.",
        "",
        "send the whole value as the browser gave it",
    ),
    "raw_field_hashed": Reason(
        None,
        "Hashed, but wanted plain",
        "The value is a SHA-256 digest in a field that TikTok reads in plain; it was left out.",
        "",
        "send this field as it is; only email, phone, external_id, names and zip are hashed",
    ),
    "ip_not_public": Reason(
        None,
        "Not a person's address",
        "The ip is malformed, or private, local or reserved, and was left out: it is no "
        "address of a person on the internet.",
        "",
        "send the visitor's own address, not that of a server or proxy",
    ),
    "ttclid_too_long": Reason(
        None,
        "A ttclid that is none",
        "The click id is longer than 1,000 characters, and was left out: cut short it would "
        "be worthless.",
        "",
        "send the ttclid of the landing page's address as it is",
    ),
    "locale_invalid": Reason(
        None,
        "Not a language tag",
        "The locale has not the shape of a language tag, and was left out.",
        "",
        "send a tag like de or en-US",
    ),
    "region_unknown": Reason(
        None,
        "Not a region",
        "The region is no ISO 3166 code, so it is unknown and treated as one where consent is "
        "needed.",
        "",
        "send a code like DE or US-CA",
    ),
    "consent_missing": Reason(
        None,
        "Nobody was asked",
        "Where the person is, or may be, ad_user_data must be stated before anything leaves, "
        "and it was not.",
        "",
        "send consent.ad_user_data with the event, and consent.region with it; or set the "
        "pixel's default_region",
    ),
    "consent_denied": Reason(
        None,
        "Denied",
        "The person denied ad_user_data, and the pixel's consent profile lets nothing leave then.",
        "",
        "nothing is wrong; the profiles guide and strict send such events without identifiers",
    ),
    "personalization_denied": Reason(
        None,
        "Personalization denied",
        "The person denied ad_personalization or opted out, and the pixel's "
        "on_personalization_denied is no_export.",
        "",
        "nothing is wrong; the setting decides",
    ),
    "known_child": Reason(
        None,
        "A child",
        "The person is known to be a child, and nothing about them leaves.",
        "",
        "nothing is wrong",
    ),
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
    # The door: who may ask, and what the server can take
    "key_missing": Reason(
        40100,
        "No key",
        "The request carries no key, so nobody knows whose events these are.",
        "the header Authorization: Bearer sk_...",
        "send the secret of a [[keys]] entry of kind server in that header",
    ),
    "key_unknown": Reason(
        40100,
        "Unknown key",
        "The request carries a key that is not, or no longer, one of the configured keys.",
        "a key that the gateway knows",
        "compare it with the secret of the [[keys]] entry, and mind spaces and line ends",
    ),
    "key_without_right": Reason(
        40101,
        "A key for something else",
        "The key is known, but may not do this: a browser key sends no server events, and scopes "
        "decide about writing and reading.",
        "a key of kind server or admin with the right scope",
        "use another key, or widen the scopes of this one",
    ),
    "pixel_not_allowed": Reason(
        40101,
        "A pixel that this key does not open",
        "The pixel is not configured, or the key's pixels do not list it.",
        "a pixel of this key",
        "check event_source_id, add the pixel to [[pixels]] and its id to the key's pixels",
    ),
    "origin_not_allowed": Reason(
        40101,
        "A page from elsewhere",
        "The page's origin is not in the origins of a browser key for this pixel.",
        "an allowed origin",
        "add the origin to the browser key's origins, or send from the server with a key",
    ),
    "host_not_allowed": Reason(
        40101,
        "A name that is not ours",
        "The Host header names neither public_url nor the address that the gateway listens at.",
        "the gateway's own name",
        "call the gateway by its public_url",
    ),
    "encoding_unsupported": Reason(
        40002,
        "Unknown Content-Encoding",
        "The body is compressed in a way that the gateway does not read.",
        "gzip, or nothing",
        "send the body plain or compressed with gzip",
    ),
    "body_too_slow": Reason(
        408,
        "Body too slow",
        "The body did not arrive in time.",
        "the whole body within 10 seconds",
        "check the network between, and send fewer events in a request",
    ),
    "too_many_requests": Reason(
        429,
        "Too many requests",
        "The key's max_requests_per_second is used up.",
        "fewer requests a second",
        "wait as Retry-After says, send more events in a request, or raise the key's limit",
    ),
    "store_unavailable": Reason(
        503,
        "The store can't take more",
        "Nothing of this request was stored, and nothing of it was counted.",
        "a store that can write",
        "send the same request again as Retry-After says; whoever runs the gateway looks at the disk",
    ),
    "overloaded": Reason(
        503,
        "Busy",
        "More is on its way than the gateway keeps in memory; nothing of this request was stored.",
        "fewer requests at the same time",
        "send the same request again as Retry-After says",
    ),
    "unexpected": Reason(
        500,
        "A mistake of ours",
        "The gateway met something that it was not made for; the log names its kind.",
        "an answer",
        "look up the request_id in the gateway's log",
    ),
    "not_found": Reason(
        404,
        "Nothing here",
        "There is nothing under this address that the key may see.",
        "something that exists",
        "check spelling, pixel and key; events are found by event_id, addresses on the start page",
    ),
    "method_not_allowed": Reason(
        405,
        "Another method",
        "This address is there, but not for this HTTP method.",
        "the method that the Allow header names",
        "use that method",
    ),
    "ambiguous": Reason(
        409,
        "Several events",
        "One event_id was used for several events, which is allowed but needs a choice.",
        "one of the candidates",
        "add ?pixel= and ?event= with the values of one candidate",
    ),
    "parameter_invalid": Reason(
        40005,
        "A parameter that can't be read",
        "A query parameter is unknown or has a value that does not fit.",
        "a documented parameter and value",
        "mend or leave out the parameter",
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


def problem(
    reason: str, field: str, received: str, *, expected: str | None = None, fix: str | None = None
) -> Problem:
    """Make a problem from its table entry; *expected* and *fix* replace the general texts."""
    entry = REASONS[reason]
    if entry.code is None:
        msg = f"{reason} is a finding, not a problem"
        raise ValueError(msg)
    return Problem(
        entry.code, reason, field, received, expected or entry.expected, fix or entry.fix
    )


def finding(reason: str, field: str, note: str | None = None) -> Finding:
    """Make a finding from its table entry; *note* replaces the general meaning."""
    return Finding(reason, field, note or REASONS[reason].meaning)
