"""Why a request as a whole, or its envelope, is refused."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    # The request as a whole (HTTP 400 or 413)
    "not_json": Reason(
        40002,
        "Not JSON",
        "The body is not readable JSON.",
        "a JSON object as TikTok's Events API takes it",
        "check that a JSON serializer makes the body and that no proxy changes it",
    ),
    "call_not_object": Reason(
        40002,
        "Not a call",
        "The body is not the JSON object that a client of Segment or RudderStack sends.",
        'an object with "type", "event" and so on, or with "batch"',
        "point an unmodified client here, or send TikTok's envelope to /v1/events",
    ),
    "batch_not_list": Reason(
        40002,
        "No batch",
        "The batch has to be a list of calls.",
        '"batch": [ … ]',
        "send calls in a list, or one call to /v1/track",
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
    "beacon_invalid": Reason(
        40002,
        "Not what the browser script sends",
        "The body is JSON, but not the object that the script hands in.",
        "an object with key and a list of events",
        "load the gateway's own t.js, or see the page about POST /v1/collect",
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
}
