"""One decision in the words of a privacy officer, from what the gateway tells about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from tandemgate.cli.outcomes import NO_ID, STYLES
from tandemgate.cli.story import STATE_STYLES, instant
from tandemgate.cli.table import grid

Json = Mapping[str, Any]

ORIGINS: Final = {
    "stated": "stated by the caller",
    "cmp": "told by the consent platform",
    "geo_header": "told by the trusted proxy",
    "default_region": "the pixel's default_region",
    "unknown": "nobody said",
}
CLASSES: Final = {
    "governed": "consent must be stated there",
    "unknown": "treated as a place where consent must be stated",
    "us": "objections count there, consent need not be stated",
    "other": "consent need not be stated there",
}
SOURCES: Final = {
    "fields": "the event's own fields",
    "session": "the visit of the same session",
    "tc_string": "TC string",
    "gpp_string": "GPP string",
    "us_privacy": "US privacy string",
    "gcd": "Google Consent Mode",
}
AGAIN: Final = {
    "same": ("The same decision comes out.", "green"),
    "tightened": (
        "What stands keeps back more than these signals alone: a later denial tightened it.",
        "green",
    ),
    "differs": ("ANOTHER decision comes out: ask who changed the gateway or its store.", "red"),
    "policy_unknown": ("The store does not know this policy, so nothing can be compared.", "red"),
}
PROVEN: Final = frozenset({"same", "tightened"})
HASHED: Final = frozenset(
    f"user.{name}"
    for name in (
        "email", "phone", "phone_number", "external_id", "first_name", "last_name", "zip_code",
    )
)  # fmt: skip
NOT_SENT: Final = "nothing left the building"


def explained(told: Json) -> RenderableType:
    """Lay out what ``GET /api/consent/{event_id}`` tells."""
    consent = told["consent"]
    said, style = AGAIN[told["again"]["verdict"]]
    rows: tuple[tuple[str, Sequence[str]], ...] = (
        ("happened", [instant(told["event_time"])]),
        *decision_rows(consent, told["rule_meaning"], told["match_keys"]),
        ("policy", list(_policy(consent, told))),
        ("decided", [instant(consent["decided_at"])]),
        ("remarked", [_remark(one) for one in told["findings"] if "/consent" in one["field"]]),
        ("changed", [_change(one) for one in told["changes"]]),
        ("left", list(_left(told))),
        ("sent", [_attempt(one) for one in told["attempts"]]),
    )
    table = grid(rows)
    differing = ", ".join(told["again"]["differences"])
    table.add_row(Text("again", "dim"), Text(f"{said}{differing and f' ({differing})'}", style))
    state, why = told["state"], f" ({told['reason']})" if told["reason"] else ""
    head = Text.assemble(
        (told["event_id"], "bold"),
        f"  {told['event']}  ",
        (f"{state}{why}", STATE_STYLES.get(state, "")),
    )
    return Group(head, table)


def foretold(told: Json) -> RenderableType:
    """Lay out what would be decided about one event of a file."""
    outcome = told["outcome"]
    head = Text.assemble(
        f"{told['pointer'] or 'the file'}  ",
        (told["event_id"] or NO_ID, "bold"),
        "  ",
        (outcome, STYLES.get(outcome, "")),
    )
    rows: list[tuple[str, Sequence[str]]] = [
        ("why", [_problem(one) for one in told.get("problems", ())]),
        ("why", [told["reason"]] if "reason" in told else []),
    ]
    if "consent" in told:
        consent = told["consent"]
        rows += decision_rows(consent, told["rule_meaning"], told["match_keys"])
        rows.append(("profile", [consent["policy"]]))
        leaves = named(told["leaves"]) or NOT_SENT
        rows.append(("would leave" if outcome != "held" else "if granted", [leaves]))
    return Group(head, grid(rows))


def decision_rows(
    consent: Json, meaning: str, match_keys: Mapping[str, str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Say what was said by whom, where, what follows and what stays here."""
    yield "said", list(_said(consent))
    where = consent["region"] or "unknown"
    origin, needs = ORIGINS[consent["region_origin"]], CLASSES[consent["region_class"]]
    yield "where", [f"{where} ({origin}): {needs}"]
    yield "platform", list(_platform(consent))
    yield "rule", [f"{consent['rule']}: {meaning}"]
    yield "stays here", list(_kept_back(consent, match_keys))
    yield "sent along", list(_flags(consent))


def named(fields: Sequence[str]) -> str:
    """List fields of an item; some hold a digest, not what they are named after."""
    return ", ".join(f"{one} (SHA-256)" if one in HASHED else one for one in fields)


def _problem(one: Json) -> str:
    return f"{one['code']} {one['reason']} at {one['field'] or 'the body'}; {one['fix']}"


def _said(consent: Json) -> Iterator[str]:
    stated = consent["stated"]
    flags = (
        f"ad_user_data {stated['ad_user_data'] or 'not stated'}",
        f"ad_personalization {stated['ad_personalization'] or 'not stated'}",
        "opted out of sale or sharing" if stated["opt_out"] else "",
        "a known child" if stated["child"] else "",
    )
    yield ", ".join(filter(None, flags))
    for one in consent["sources"]:
        said = (
            f"could not be read ({one['unreadable']})" if one["unreadable"] else "",
            f"ad_user_data {one['ad_user_data']}" if one["ad_user_data"] else "",
            f"ad_personalization {one['ad_personalization']}" if one["ad_personalization"] else "",
            "opted out" if one["opt_out"] else "",
            f"digest {one['digest']}" if one["digest"] else "",
        )
        told = ", ".join(filter(None, said)) or "nothing about it"
        yield f"{SOURCES.get(one['source'], one['source'])}: {told}"


def _platform(consent: Json) -> Iterator[str]:
    named = " ".join(filter(None, (consent["cmp"], consent["cmp_version"])))
    if named:
        yield named
    if consent["collected_at"] is not None:
        after = consent["decided_after_ms"]
        late = "" if after is None else f", {after / 1000:g} s after the action"
        yield f"collected {instant(consent['collected_at'])}{late}"


def _kept_back(consent: Json, match_keys: Mapping[str, str]) -> Iterator[str]:
    removed = consent["removed"]
    if not removed and not consent["truncate_ip"]:
        yield "nothing"
        return
    if removed:
        came = [name for name in removed if match_keys.get(name) == "suppressed"]
        yield f"{', '.join(removed)}; of these the event had {', '.join(came) or 'none'}"
    if consent["truncate_ip"]:
        yield "the end of the ip"


def _flags(consent: Json) -> Iterator[str]:
    for name in ("ad_user_data", "ad_personalization"):
        if consent[name]:
            derived = name == "ad_personalization" and consent["derived"]
            yield f"{name} {consent[name]}{' (derived, not stated)' if derived else ''}"
    if consent["limited_data_use"]:
        yield "limited_data_use"


def _policy(consent: Json, told: Json) -> Iterator[str]:
    policy = told["policy"]
    if policy is None:
        yield f"{consent['policy']}, unknown to the store"
        return
    until = "still in force" if policy["in_force"] else "not in force any more"
    yield f"{consent['policy']}, since {instant(policy['since'])}, {until}"
    if told["again"].get("asked_profile"):
        yield f"the event itself asked for the profile {told['again']['asked_profile']}"
    yield (
        f"profile {policy['consent_profile']}, "
        f"on_personalization_denied {policy['on_personalization_denied']}, "
        f"hold_for_consent {policy['hold_for_consent']:g} s, "
        f"{len(policy['governed_regions'])} governed regions"
    )


def _left(told: Json) -> Iterator[str]:
    item = told["item"]
    if not told["attempts"]:
        yield NOT_SENT if told["state"] == "SUPPRESSED" else f"{NOT_SENT} so far"
    if item is None:
        if told["attempts"]:
            yield "the bytes are not kept any more"
        return
    yield named(item["fields"])
    yield f"SHA-256 of these bytes {item['sha256']}"


def _remark(one: Json) -> str:
    return f"{one['reason']}: {one['note']}"


def _attempt(attempt: Json) -> str:
    parts = (
        f"{instant(attempt['sent_at'])}, batch {attempt['batch_id']}",
        f"code {attempt['code']}" if attempt["code"] is not None else "",
        attempt["verdict"] or "under way",
        f"request_id {attempt['tiktok_request_id']}" if attempt["tiktok_request_id"] else "",
    )
    return ", ".join(filter(None, parts))


def _change(one: Json) -> str:
    return f"{instant(one['at'])} {one['what']}: {one['detail']}"
