"""What is remarked on a person's match keys and consent."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
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
    "laxer_profile_ignored": Reason(
        None,
        "The pixel's profile is stricter",
        "The event asks for a consent profile that keeps less back than its pixel's, which "
        "decides.",
        "",
        "leave consent.profile out, or change the pixel's consent_profile",
    ),
    "consent_missing": Reason(
        None,
        "Nobody was asked",
        "Where the person is, or may be, ad_user_data must be stated before anything leaves, "
        "and it was not.",
        "",
        "send consent.ad_user_data with the event, and consent.region with it, or write them onto "
        "the order as docs/shops.md shows; or set the pixel's default_region",
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
}
