"""Who may ask, and what the server can take."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
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
        "The request carries a key that is not, or no longer, one of the gateway's keys.",
        "a key that the gateway knows",
        "compare it with the secret of the [[keys]] entry, and mind spaces and line ends; "
        "tandemgate keys list shows which were revoked or exchanged",
    ),
    "key_without_right": Reason(
        40101,
        "A key for something else",
        "The key is known, but may not do this: a browser key sends no server events, and scopes "
        "decide about writing and reading.",
        "a key of kind server or admin with the right scope",
        "use another key, or widen the scopes of this one",
    ),
    "key_names_no_pixel": Reason(
        40101,
        "A key that names no pixel",
        "Clients of other systems name no pixel, so their key does; an admin key opens all pixels, "
        "and each customer would be told to every shop's.",
        "a server key that lists its pixels",
        "make one: tandemgate keys create NAME --pixel ID",
    ),
    "key_name_taken": Reason(
        40900,
        "A name that is taken",
        "Another key has this name, so the audit log could not tell the two apart.",
        "a name of its own",
        "choose another name, or exchange the key that is there: tandemgate keys rotate NAME",
    ),
    "key_of_settings": Reason(
        40900,
        "A key of the settings",
        "The settings state this key, and what they state only they can change.",
        "a key that was made with tandemgate keys create",
        "change or remove its [[keys]] entry and start the gateway again",
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
    "reference_bound_elsewhere": Reason(
        40900,
        "Bound to another visit",
        "The cart, checkout, order or lead belongs to another visit, and only a server may say "
        "otherwise: nobody lends an order his own click.",
        "a reference of this visit",
        "bind it from the server with POST /v1/attach where the server knows better",
    ),
    "link_invalid": Reason(
        40005,
        "No link token of ours",
        "The token in the page's address was not made by this gateway for the pixels of the page's "
        "key, or it was changed on its way. The visit is one of its own.",
        "a token that the gateway made for a link to this host",
        "let the browser keys of both hosts be for the same pixels, and hand the address on as it "
        "is; where somebody tries tokens, nothing is to be done",
    ),
    "link_expired": Reason(
        40005,
        "A link token that came too late",
        "A link token holds for five minutes. The visit is one of its own.",
        "a token that is used within five minutes",
        "nothing where the address was kept or shared; where it is an ordinary link, see how long "
        "the way between the two pages, or the consent banner of the second, takes",
    ),
    "link_used": Reason(
        40900,
        "A link token that was used before",
        "A link token leads one visitor to the other host once, and this one has. The visit is one "
        "of its own.",
        "a token that nobody used",
        "nothing where the address was kept, shared or loaded again elsewhere",
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
        "send the same request again as Retry-After says; whoever runs the gateway looks at "
        "the disk",
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
    "script_not_built": Reason(
        503,
        "No browser script",
        "The gateway was installed without building its browser script; all else works.",
        "a package that was built with npm at hand",
        "run make browser in the checkout, or install a built wheel, and start the gateway again",
    ),
    "script_of_another_version": Reason(
        404,
        "A script of another version",
        "The page asks for the script by the digest of another version's content.",
        "the digest of the script that this gateway serves",
        "print the tag anew with tandemgate snippet browser",
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
}
