import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.catalog.consent import CLICK_IDS, IDENTIFIERS, RULES, TRACES
from tandemgate.catalog.reasons import REASONS
from tandemgate.catalog.regions import COUNTRIES, GOVERNED, region_code
from tandemgate.core.consent import (
    Unreadable,
    decide,
    locate,
    read_flag,
    region_unreadable,
    restrict,
    suppress,
)
from tandemgate.model.consent import (
    Export,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    RegionClass,
    Signals,
)
from tandemgate.model.person import MatchKey, MatchKeys, Presence, Sha256
from tests.core.consent_table import lines

GRANTED, DENIED, MISSING = Flag.GRANTED, Flag.DENIED, None
FLAGS = (GRANTED, DENIED, MISSING)
GERMANY, CALIFORNIA = Region("DE", "stated"), Region("US-CA", "stated")
JAPAN, NOWHERE = Region("JP", "default_region"), Region(None, "unknown")
REGIONS = (JAPAN, CALIFORNIA, GERMANY, NOWHERE)
GUIDE = Policy(Profile.GUIDE, GOVERNED)
POLICIES = [
    Policy(profile, GOVERNED, on_denied, hold_for_consent=hold)
    for profile, on_denied, hold in product(Profile, OnPersonalizationDenied, (0, 3600))
]
DIGEST = Sha256("0" * 64)
PERSON = MatchKeys(
    email=(DIGEST,),
    phone=(DIGEST,),
    external_id=(DIGEST,),
    first_name=DIGEST,
    last_name=DIGEST,
    zip_code=DIGEST,
    city="berlin",
    state="be",
    country="de",
    ttclid="E.C.P.x",
    ttp="2x",
    ip="203.0.113.42",
    user_agent="Mozilla/5.0",
    locale="de-DE",
)


@pytest.mark.parametrize(
    ("region", "said", "sent", "removed", "limited"),
    [
        (GERMANY, (GRANTED, GRANTED), (GRANTED, GRANTED), frozenset(), False),
        (GERMANY, (GRANTED, DENIED), (GRANTED, DENIED), frozenset(), False),
        (GERMANY, (GRANTED, MISSING), (GRANTED, DENIED), frozenset(), False),
        (GERMANY, (DENIED, GRANTED), (DENIED, GRANTED), IDENTIFIERS, False),
        (GERMANY, (DENIED, MISSING), (DENIED, DENIED), IDENTIFIERS, False),
        (NOWHERE, (DENIED, DENIED), (DENIED, DENIED), IDENTIFIERS, False),
        (JAPAN, (DENIED, GRANTED), (DENIED, GRANTED), IDENTIFIERS, False),
        (JAPAN, (GRANTED, MISSING), (GRANTED, DENIED), frozenset(), False),
        (JAPAN, (MISSING, MISSING), (MISSING, MISSING), frozenset(), False),
        (JAPAN, (MISSING, GRANTED), (MISSING, GRANTED), frozenset(), False),
        (CALIFORNIA, (MISSING, MISSING), (MISSING, MISSING), frozenset(), False),
        (CALIFORNIA, (MISSING, MISSING, True), (MISSING, DENIED), frozenset(), True),
        (CALIFORNIA, (GRANTED, GRANTED, True), (MISSING, DENIED), frozenset(), True),
        (CALIFORNIA, (DENIED, DENIED, True), (DENIED, DENIED), IDENTIFIERS, True),
        (GERMANY, (GRANTED, GRANTED, True), (GRANTED, DENIED), frozenset(), False),
        (JAPAN, (MISSING, MISSING, True), (MISSING, DENIED), frozenset(), False),
        (NOWHERE, (GRANTED, GRANTED, True), (GRANTED, DENIED), frozenset(), True),
    ],
)
def test_what_is_sent_follows_the_published_table(
    region: Region,
    said: tuple[Flag | None, Flag | None] | tuple[Flag | None, Flag | None, bool],
    sent: tuple[Flag | None, Flag | None],
    removed: frozenset[MatchKey],
    limited: bool,
) -> None:
    """These are the rows that the guide and the privacy page promise."""
    decision = decide(Signals(*said), region, GUIDE)
    assert decision.export is Export.SEND
    assert (decision.ad_user_data, decision.ad_personalization) == sent
    assert decision.remove == removed
    assert decision.limited_data_use is limited


@pytest.mark.parametrize("region", [GERMANY, NOWHERE, Region("GB", "stated"), Region("CH", "cmp")])
@pytest.mark.parametrize("personalization", FLAGS)
def test_nothing_leaves_a_governed_region_without_a_stated_consent(
    region: Region, personalization: Flag | None
) -> None:
    """Silence is not consent, and a person nobody can locate may well be governed."""
    decision = decide(Signals(MISSING, personalization), region, GUIDE)
    assert (decision.export, decision.rule) == (Export.NONE, "consent_missing")


def test_a_policy_that_waits_holds_what_has_no_consent_yet() -> None:
    """A banner is often answered after the event; what a grant could let go is kept."""
    waiting = structs.replace(GUIDE, hold_for_consent=3600)
    decision = decide(Signals(), GERMANY, waiting)
    assert (decision.export, decision.rule) == (Export.HOLD, "consent_missing")
    assert restrict(PERSON, decision) == PERSON


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_of_a_known_child_leaves(region: Region, policy: Policy) -> None:
    """No consent of anybody else's changes that."""
    decision = decide(Signals(GRANTED, GRANTED, child=True), region, policy)
    assert (decision.export, decision.rule) == (Export.NONE, "known_child")


def test_strict_also_removes_what_leads_to_a_person() -> None:
    """A click id and a full address find somebody as surely as an email does."""
    decision = decide(Signals(DENIED), GERMANY, structs.replace(GUIDE, profile=Profile.STRICT))
    assert decision.remove == IDENTIFIERS | TRACES
    assert restrict(PERSON, decision) == MatchKeys(ip="203.0.113.0", locale="de-DE")


def test_drop_exports_nothing_of_a_denial_where_consent_is_needed() -> None:
    """Elsewhere the profile does what the guide's does."""
    drop = structs.replace(GUIDE, profile=Profile.DROP)
    assert decide(Signals(DENIED), GERMANY, drop).rule == "consent_denied"
    assert decide(Signals(DENIED), JAPAN, drop).remove == IDENTIFIERS


@pytest.mark.parametrize(
    "signals",
    [Signals(GRANTED, DENIED), Signals(GRANTED), Signals(GRANTED, GRANTED, opt_out=True)],
)
def test_a_denied_personalization_does_what_the_pixel_says(signals: Signals) -> None:
    """Stated, derived and opted out are one denial; TikTok has no field that would stop it."""
    say, no_click_ids, no_export = (
        decide(signals, GERMANY, structs.replace(GUIDE, on_personalization_denied=on_denied))
        for on_denied in OnPersonalizationDenied
    )
    assert say.remove == frozenset()
    assert no_click_ids.remove == CLICK_IDS
    assert (no_export.export, no_export.rule) == (Export.NONE, "personalization_denied")


def test_a_denied_personalization_is_final_where_consent_is_missing_as_well() -> None:
    """Missing consent may still be given; a denial that forbids export is not to be waited out."""
    policy = structs.replace(
        GUIDE,
        on_personalization_denied=OnPersonalizationDenied.NO_EXPORT,
        hold_for_consent=3600,
    )
    assert decide(Signals(MISSING, DENIED), GERMANY, policy).export is Export.NONE


@pytest.mark.parametrize(
    ("code", "governed", "seen"),
    [
        ("DE", GOVERNED, RegionClass.GOVERNED),
        ("DE-BY", GOVERNED, RegionClass.GOVERNED),
        ("RE", GOVERNED, RegionClass.GOVERNED),
        ("US-CA", GOVERNED, RegionClass.US),
        ("US-CA", frozenset({"US-CA"}), RegionClass.GOVERNED),
        ("US-TX", frozenset({"US-CA"}), RegionClass.US),
        ("BR", GOVERNED, RegionClass.OTHER),
        ("BR", frozenset({"BR"}), RegionClass.GOVERNED),
        ("DE", frozenset({"BR"}), RegionClass.OTHER),
        (None, frozenset(), RegionClass.UNKNOWN),
    ],
)
def test_settings_name_the_governed_regions(
    code: str | None, governed: frozenset[str], seen: RegionClass
) -> None:
    """Laws change and shops move, so the list is the operator's."""
    policy = Policy(Profile.GUIDE, governed)
    assert decide(Signals(), Region(code, "stated"), policy).region_class is seen


def test_an_american_opt_out_limits_data_use_even_where_america_is_governed() -> None:
    """Naming the US in the settings must not switch off TikTok's field for US laws."""
    policy = structs.replace(GUIDE, governed=GOVERNED | {"US"})
    assert decide(Signals(GRANTED, opt_out=True), CALIFORNIA, policy).limited_data_use


def test_a_decision_keeps_what_it_was_made_of() -> None:
    """An auditor recomputes it years later from what is stored."""
    signals = Signals(GRANTED, MISSING, cmp="usercentrics", cmp_version="3.1", collected_at=17.5)
    decision = decide(signals, GERMANY, structs.replace(GUIDE, version=4))
    assert (decision.policy, decision.region) == ("guide@4", GERMANY)
    assert (decision.stated_ad_user_data, decision.stated_ad_personalization) == (GRANTED, None)
    assert decision.ad_personalization_derived
    assert (decision.cmp, decision.cmp_version) == ("usercentrics", "3.1")
    assert decision.collected_at == 17.5


def test_the_whole_table_reads_as_it_was_agreed() -> None:
    """Whoever changes a consequence sees every case that it changes, in words."""
    golden = Path(__file__).parents[1] / "golden" / "consent_table.txt"
    assert list(lines()) == golden.read_text().splitlines()


def test_every_row_that_stops_an_event_is_explained() -> None:
    """A suppressed event names the row as its reason."""
    stops = {rule.name for rule in RULES if rule.export is not Export.SEND}
    assert stops <= REASONS.keys()


# Reading what was said.


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("GRANTED", GRANTED),
        ("granted", GRANTED),
        (" Granted\n", GRANTED),
        ("DENIED", DENIED),
        ("denied", DENIED),
        (None, None),
        ("", Unreadable()),
        ("yes", Unreadable()),
        ("GRANTED ", GRANTED),
        ("GRANTED DENIED", Unreadable()),
        ("not granted", Unreadable()),
        (True, Unreadable()),
        (False, Unreadable()),
        (1, Unreadable()),
        (0, Unreadable()),
        (["GRANTED"], Unreadable()),
        ({"value": "GRANTED"}, Unreadable()),
    ],
)
def test_a_stated_consent_is_one_of_two_words(value: object, read: object) -> None:
    """``true`` may have meant that the banner was seen; a guess could be a grant."""
    assert read_flag(value) == read


def test_no_foreign_letter_spells_a_grant() -> None:
    """Case folding knows letters that turn into Latin ones."""
    letters = (chr(code) for code in range(128, sys.maxunicode))
    spellings = (f"{letter}RANTED" for letter in letters if letter.upper() == "G")
    assert [word for word in spellings if read_flag(word) is GRANTED] == []


@given(st.text())
def test_any_other_word_is_unreadable(word: str) -> None:
    """Neither a grant nor an exception."""
    assert read_flag(f"x{word}") == Unreadable()


@pytest.mark.parametrize(
    ("stated", "default", "region"),
    [
        ("DE", "US", Region("DE", "stated")),
        (" us-ca ", None, Region("US-CA", "stated")),
        (None, "gb", Region("GB", "default_region")),
        ("  ", "gb", Region("GB", "default_region")),
        (None, "", NOWHERE),
        (None, None, NOWHERE),
        ("Germany", "US", NOWHERE),
        ("ZZ", "US", NOWHERE),
        ("EU", None, NOWHERE),
        ("UK", None, NOWHERE),
        ("T1", None, NOWHERE),
        ("DE_BY", None, NOWHERE),
        ("DE-", None, NOWHERE),
        ("US-CALI", None, NOWHERE),
        (None, "Atlantis", NOWHERE),
    ],
)
def test_a_region_is_stated_or_the_pixels_or_unknown(
    stated: str | None, default: str | None, region: Region
) -> None:
    """A region that nobody can read must not fall back to a laxer one."""
    assert locate(stated, default) == region


@pytest.mark.parametrize(
    ("stated", "unreadable"),
    [(None, False), ("", False), ("DE", False), ("de-by", False), ("Germany", True), ("UK", True)],
)
def test_an_unreadable_region_can_be_told_from_a_missing_one(
    stated: str | None, unreadable: bool
) -> None:
    """The sender of one has something to mend."""
    assert region_unreadable(stated) is unreadable


def test_the_governed_regions_are_real_ones() -> None:
    """A typing error here would be a country without protection."""
    assert len(COUNTRIES) == 249
    assert GOVERNED <= COUNTRIES
    assert {"DE", "FR", "GR", "IS", "LI", "NO", "GB", "CH"} <= GOVERNED
    assert not {"US", "JP", "BR", "RU", "TR"} & GOVERNED


@given(st.text())
def test_any_text_is_a_region_or_none(text: str) -> None:
    """What a stranger states is data, never an exception."""
    code = region_code(text)
    assert code is None or code[:2] in COUNTRIES


# Acting on it.


@pytest.mark.parametrize("case", [(Signals(DENIED), GERMANY, GUIDE), (Signals(), GERMANY, GUIDE)])
def test_what_a_decision_removes_is_gone(case: tuple[Signals, Region, Policy]) -> None:
    """The wire is made from what restrict leaves, and from nothing else."""
    decision = decide(*case)
    kept = restrict(PERSON, decision)
    assert {key for key in MatchKey if not getattr(kept, key)} == decision.remove


def test_nothing_is_taken_from_who_granted() -> None:
    """Matching is what the shop pays for."""
    assert restrict(PERSON, decide(Signals(GRANTED, GRANTED), GERMANY, GUIDE)) == PERSON


def test_restricting_an_empty_person_invents_nobody() -> None:
    """An ip that never came is not turned into one that ends in zero."""
    strict = structs.replace(GUIDE, profile=Profile.STRICT)
    assert restrict(MatchKeys(), decide(Signals(DENIED), GERMANY, strict)) == MatchKeys()


def test_only_what_would_have_been_sent_is_called_suppressed() -> None:
    """People read in the story whether consent or bad data kept a match key back."""
    was = {
        MatchKey.EMAIL: Presence.SENT,
        MatchKey.PHONE: Presence.INVALID,
        MatchKey.ZIP_CODE: Presence.MISSING,
        MatchKey.TTCLID: Presence.SENT,
    }
    assert suppress(was, decide(Signals(DENIED), GERMANY, GUIDE)) == {
        MatchKey.EMAIL: Presence.SUPPRESSED,
        MatchKey.PHONE: Presence.INVALID,
        MatchKey.ZIP_CODE: Presence.MISSING,
        MatchKey.TTCLID: Presence.SENT,
    }
