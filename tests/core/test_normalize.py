import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.catalog.reasons import REASONS
from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.normalize import Normalized, normalize
from tandemgate.model.consent import Policy, Profile
from tandemgate.model.person import Identifiers, MatchKey, Presence
from tandemgate.model.rules import ExternalIdCase, PixelRules

AT = "/data/0/user"
RULES = PixelRules("C9ABC1234567890", Policy(Profile.GUIDE, GOVERNED), b"k" * 32, b"b" * 32)
VECTORS = json.loads((Path(__file__).parents[1] / "golden" / "normalization.json").read_text())
LISTS = ("email", "phone", "external_id")
HASHED = (*LISTS, "first_name", "last_name", "zip_code")
RAW = ("ttclid", "ttp", "ip", "user_agent", "locale", "city", "state", "country")


def digest(text: str) -> str:
    """Hash as TikTok's own example does."""
    return sha256(text.encode()).hexdigest()


def read(person: Identifiers, region: str | None = None, rules: PixelRules = RULES) -> Normalized:
    """Normalize a whole person."""
    return normalize(person, region, rules, AT)


def read_one(field: str, value: str, region: str | None = None) -> Normalized:
    """Normalize a person of whom one thing is known."""
    said: dict[str, Any] = {field: (value,) if field in LISTS else value}
    return read(Identifiers(**said), region)


def left(normalized: Normalized, field: str) -> object:
    """Return what is left of a field; ``None`` when nothing is."""
    found = getattr(normalized.match_keys, field)
    return found or None


def remarks(normalized: Normalized) -> list[tuple[str, str]]:
    """Name each finding and the place that it points at."""
    return [(each.reason, each.field) for each in normalized.findings]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: repr(case["raw"]))
def test_the_vectors_hold(case: dict[str, str | None]) -> None:
    """A digest that differs in one bit matches nobody, and nobody would ever notice."""
    field, raw, wanted = str(case["field"]), str(case["raw"]), case["sha256"]
    assert left(read_one(field, raw, case.get("region")), field) == ((wanted,) if wanted else None)


@pytest.mark.parametrize(
    ("field", "raw", "canonical"),
    [
        ("email", "A.l.i.c.e+Shop@Gmail.com", "a.l.i.c.e+shop@gmail.com"),
        ("email", "\u00a0alice@example.com\n", "alice@example.com"),
        ("email", "JÜRGEN@Example.com", "jürgen@example.com"),
        ("external_id", " Cust_34982 ", "Cust_34982"),
        ("external_id", "1234567890", "1234567890"),
        ("first_name", " Anna  Maria ", "annamaria"),
        ("last_name", "O'Neill", "o'neill"),
        ("zip_code", "SW1A 1AA", "sw1a1aa"),
    ],
)
def test_an_identifier_is_made_canonical_and_hashed(field: str, raw: str, canonical: str) -> None:
    """Pixel and server only match when both hash the very same text."""
    found = left(read_one(field, raw), field)
    assert found == ((digest(canonical),) if field in LISTS else digest(canonical))


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("San Francisco", "sanfrancisco"),
        ("São Paulo", "saopaulo"),
        ("KØBENHAVN", "kobenhavn"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("St. John's", "stjohns"),
        ("US-CA", "usca"),
        ("ＴＯＫＹＯ", "tokyo"),  # noqa: RUF001
        ("東京", "東京"),
        ("서울", "서울"),
        ("がむ", "がむ"),
        ("दिल्ली", "दिल्ली"),
    ],
)
def test_a_place_is_folded_to_plain_letters(raw: str, folded: str) -> None:
    """Places leave unhashed, so their spelling has to be the plainest one."""
    assert left(read_one("city", raw), "city") == folded


@pytest.mark.parametrize("field", HASHED)
def test_what_came_hashed_is_never_hashed_again(field: str) -> None:
    """A digest of a digest matches nobody."""
    found = read_one(field, f" {digest('x').upper()} ")
    assert left(found, field) == ((digest("x"),) if field in LISTS else digest("x"))
    assert found.findings == []


@pytest.mark.parametrize("field", HASHED)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (digest(""), "digest_of_nothing"),
        (digest("").upper(), "digest_of_nothing"),
        (digest("x")[:32], "digest_length"),
        (digest("x")[:40], "digest_length"),
        (digest("x")[:63], "digest_length"),
        (digest("x") + digest("x")[:32], "digest_length"),
        (digest("x") * 2, "digest_length"),
        ("sha256(customer@example.com)", "placeholder_not_digest"),
        ("sha256_lowercase_email", "placeholder_not_digest"),
        ("SHA256:" + digest("x"), "placeholder_not_digest"),
        ("SHA-256 (email)", "placeholder_not_digest"),
    ],
)
def test_what_only_looks_like_a_digest_is_left_out(field: str, value: str, reason: str) -> None:
    """Hashing it once more, or sending it as it is, would make a key that matches nobody."""
    found = read_one(field, value)
    assert left(found, field) is None
    assert found.presence[MatchKey(field)] is Presence.INVALID
    assert remarks(found) == [(reason, f"{AT}/{field}")]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("email", "alice", "email_invalid"),
        ("email", "@example.com", "email_invalid"),
        ("email", "alice@", "email_invalid"),
        ("email", "alice@bob@example.com", "email_invalid"),
        ("phone", "0170 1234567", "phone_region_unknown"),
        ("phone", "+49 1", "phone_invalid"),
        ("city", "---", "place_invalid"),
        ("ttclid", "E" * 1_001, "ttclid_too_long"),
        ("ttp", "sha256(ttp)", "placeholder_not_digest"),
        ("ip", "10.0.0.1", "ip_not_public"),
        ("ip", "not an address", "ip_not_public"),
        ("locale", "Deutsch (Österreich)", "locale_invalid"),
        ("locale", "d", "locale_invalid"),
    ],
)
def test_what_cannot_be_right_is_left_out_with_a_finding(
    field: str, value: str, reason: str
) -> None:
    """The event goes all the same, and its sender learns what to mend."""
    found = read_one(field, value)
    assert left(found, field) is None
    assert found.presence[MatchKey(field)] is Presence.INVALID
    assert remarks(found) == [(reason, f"{AT}/{field}")]


@pytest.mark.parametrize("field", RAW)
def test_a_field_that_is_wanted_plain_is_not_sent_hashed(field: str) -> None:
    """TikTok knows no digest of a click id or an address; somebody hashed one field too many."""
    found = read_one(field, digest("x"))
    assert left(found, field) is None
    assert remarks(found) == [("raw_field_hashed", f"{AT}/{field}")]


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("ttclid", "E" * 1_000, "E" * 1_000),
        ("ttclid", " no_usual_prefix ", "no_usual_prefix"),
        ("ttp", "2abcDEF", "2abcDEF"),
        ("ip", " 203.0.113.42 ", "203.0.113.42"),
        ("ip", "::ffff:203.0.113.42", "203.0.113.42"),
        ("user_agent", "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"),
        ("locale", "de", "de"),
        ("locale", "zh-Hant-TW", "zh-Hant-TW"),
        ("locale", "en_US", "en-US"),
    ],
)
def test_click_and_device_context_leaves_as_it_came(field: str, value: str, kept: str) -> None:
    """These fields are worth something raw and whole only."""
    found = read_one(field, value)
    assert left(found, field) == kept
    assert found.presence[MatchKey(field)] is Presence.SENT
    assert found.findings == []


def test_an_unusual_phone_is_sent_with_a_finding() -> None:
    """Numbering plans change faster than libraries do."""
    found = read_one("phone", "+1 213 373 42")
    assert left(found, "phone") == (digest("+121337342"),)
    assert found.presence[MatchKey.PHONE] is Presence.SENT
    assert remarks(found) == [("phone_not_possible", f"{AT}/phone")]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("ttclid", "E.C.P.CvQBA..."),
        ("ttp", "2.x9Jb3x..."),
        ("ttp", "2.x9Jb3x…"),
        ("user_agent", "Mozilla/5.0..."),
    ],
)
def test_a_value_cut_short_is_sent_with_a_finding(field: str, text: str) -> None:
    """The guide prints such; raw context is the caller's word, and never ours to judge away."""
    found = read_one(field, text)
    assert left(found, field) == text
    assert remarks(found) == [("placeholder_value", f"{AT}/{field}")]


@pytest.mark.parametrize("field", Identifiers.__struct_fields__)
@pytest.mark.parametrize("blank", ["", "   ", "\t\n", "\u00a0"])
def test_a_blank_value_is_missing_and_not_invalid(field: str, blank: str) -> None:
    """An empty form field is no mistake, and its digest would be everybody's."""
    found = read_one(field, blank)
    assert left(found, field) is None
    assert found.presence == dict.fromkeys(MatchKey, Presence.MISSING)
    assert found.findings == []


def test_lists_keep_their_order_and_lose_their_repetitions() -> None:
    """Raw and hashed copies of one address are one address."""
    person = Identifiers(email=("B@example.com", "", digest("a@example.com"), " b@EXAMPLE.com"))
    assert read(person).match_keys.email == (digest("b@example.com"), digest("a@example.com"))


def test_a_finding_points_at_the_very_value() -> None:
    """In a list of five addresses the sender wants to know which one is wrong."""
    found = read(Identifiers(email=("alice@example.com", "bob", "carol@example.com")))
    assert remarks(found) == [("email_invalid", f"{AT}/email/1")]
    assert found.presence[MatchKey.EMAIL] is Presence.SENT


def test_one_good_value_outweighs_an_earlier_bad_one() -> None:
    """What counts is whether the key is there for matching."""
    found = read(Identifiers(email=("bob", "alice@example.com")))
    assert found.presence[MatchKey.EMAIL] is Presence.SENT


def test_the_events_region_beats_the_pixels() -> None:
    """A shop of one country has customers of another."""
    rules = replace(RULES, phone_region="DE")
    person = Identifiers(phone=("0664 1234567",))
    assert read(person, "AT", rules).match_keys.phone == (digest("+436641234567"),)
    assert read(person, None, rules).match_keys.phone == (digest("+496641234567"),)


def test_external_ids_are_lower_cased_where_the_pixel_does_so() -> None:
    """The setting exists because both sides must agree, whichever way it is."""
    rules = replace(RULES, external_id_case=ExternalIdCase.LOWER)
    found = read(Identifiers(external_id=("Cust_A",)), rules=rules)
    assert found.match_keys.external_id == (digest("cust_a"),)


@st.composite
def people(draw: st.DrawFn) -> Identifiers:
    """Anybody, from the plausible to the absurd."""
    value = st.text() | st.sampled_from(
        ["alice@example.com", "+49 170 1234567", "203.0.113.9", digest("x"), "sha256_x", "x..."]
    )
    several = st.lists(value, max_size=4).map(tuple)
    drawn: dict[str, Any] = {
        field.name: draw(several if field.name in LISTS else st.none() | value)
        for field in structs.fields(Identifiers)
    }
    return Identifiers(**drawn)


@given(person=people(), region=st.none() | st.text(max_size=3))
def test_only_digests_come_out_of_fields_that_name_a_person(
    person: Identifiers, region: str | None
) -> None:
    """No plain email, phone, name or id passes this door, whatever came in."""
    keys = read(person, region).match_keys
    digests = [*keys.email, *keys.phone, *keys.external_id]
    digests += filter(None, [keys.first_name, keys.last_name, keys.zip_code])
    assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in digests)


@given(person=people())
def test_findings_say_only_what_the_table_says(person: Identifiers) -> None:
    """A finding is printed and stored, so it never quotes a value."""
    found = read(person)
    assert all(each.note == REASONS[each.reason].meaning for each in found.findings)


@given(person=people())
def test_every_match_key_is_accounted_for(person: Identifiers) -> None:
    """What is sent, missing or invalid is shown to people, so it has to be what happened."""
    found = read(person)
    sent = {key for key in MatchKey if getattr(found.match_keys, key)}
    assert set(found.presence) == set(MatchKey)
    assert sent == {key for key, was in found.presence.items() if was is Presence.SENT}


@given(person=people())
def test_normalizing_twice_changes_nothing(person: Identifiers) -> None:
    """A caller who hashes by our own rules gets the same event as one who does not."""
    once = read(person).match_keys
    again = Identifiers(**{f.name: getattr(once, f.name) for f in structs.fields(Identifiers)})
    assert read(again).match_keys == once
