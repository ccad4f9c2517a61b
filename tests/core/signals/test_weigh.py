from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.signals.weigh import bring_together
from tandemgate.model.consent import Flag, Said, SaidIn, Signals
from tests.core.signals.strings import ALL, GPC, a_gpp_string, a_tc_string, us

G, D = Flag.GRANTED, Flag.DENIED
YES, NO = a_tc_string(), a_tc_string([])
NO_PROFILES = a_tc_string([1, 2, 7])
CUT = YES[:-6]
GCD_YES, GCD_NO = "13r3r3r3r5l1", "13r3r3p3p5l1"
OPTED_OUT = a_gpp_string({7: us(7, SaleOptOut=1)})
NOT_OPTED_OUT = a_gpp_string({7: us(7)})
GPP_YES, GPP_NO = a_gpp_string({2: YES}), a_gpp_string({2: NO})


def weighed(said: Signals | None = None, /, **strings: str) -> Signals:
    """What counts of *said* and *strings*."""
    return bring_together(said or Signals(), strings, (), "/data/0")[0]


def remarks(said: Signals | None = None, **strings: str) -> list[tuple[str, str]]:
    """What is remarked on *said* and *strings*: reason and field."""
    _, findings = bring_together(said or Signals(), strings, (), "/data/0")
    return [(one.reason, one.field.removeprefix("/data/0/consent/")) for one in findings]


CASES: dict[str, tuple[Signals, dict[str, str], tuple[Flag | None, Flag | None, bool]]] = {
    "TCF, all purposes": (Signals(), {"tc_string": YES}, (G, G, False)),
    "TCF, no purpose": (Signals(), {"tc_string": NO}, (D, D, False)),
    "TCF, no profiles": (Signals(), {"tc_string": NO_PROFILES}, (G, D, False)),
    "TCF, purpose 1 only": (Signals(), {"tc_string": a_tc_string([1])}, (D, D, False)),
    "TCF, purpose 7 only": (Signals(), {"tc_string": a_tc_string([7])}, (D, D, False)),
    "TCF, purpose 3 only": (Signals(), {"tc_string": a_tc_string([3])}, (D, D, False)),
    "TCF, purpose 4 only": (Signals(), {"tc_string": a_tc_string([4])}, (D, D, False)),
    "TCF, profiles only": (Signals(), {"tc_string": a_tc_string([3, 4])}, (D, G, False)),
    "TCF, cut": (Signals(), {"tc_string": CUT}, (None, None, False)),
    "GPP, Europe": (Signals(), {"gpp_string": GPP_YES}, (G, G, False)),
    "GPP, opted out": (Signals(), {"gpp_string": OPTED_OUT}, (None, None, True)),
    "GPP, not opted out": (Signals(), {"gpp_string": NOT_OPTED_OUT}, (None, None, False)),
    "GPP, privacy control": (
        Signals(),
        {"gpp_string": a_gpp_string({8: f"{us(8)}.{GPC}"})},
        (None, None, True),
    ),
    "US Privacy": (Signals(), {"us_privacy": "1YYN"}, (None, None, True)),
    "consent mode": (Signals(), {"gcd": GCD_YES}, (G, G, False)),
    "consent mode, denied": (Signals(), {"gcd": GCD_NO}, (D, D, False)),
    "consent mode, not set": (Signals(), {"gcd": "13l3l3l3l5"}, (None, None, False)),
    "consent mode, unknown letter": (Signals(), {"gcd": "13r3r3x3r5"}, (None, None, False)),
    # What is stated comes first, and a denial counts wherever it stands.
    "stated and nothing else": (Signals(G, D), {"tc_string": CUT}, (G, D, False)),
    "stated fills, TCF the rest": (Signals(G), {"tc_string": YES}, (G, G, False)),
    "stated no, TCF yes": (Signals(D, D), {"tc_string": YES}, (D, D, False)),
    "stated yes, TCF no": (Signals(G, G), {"tc_string": NO}, (D, D, False)),
    "TCF yes, GPP no": (Signals(), {"tc_string": YES, "gpp_string": GPP_NO}, (D, D, False)),
    "TCF no, GPP yes": (Signals(), {"tc_string": NO, "gpp_string": GPP_YES}, (D, D, False)),
    "TCF cut, GPP yes": (Signals(), {"tc_string": CUT, "gpp_string": GPP_YES}, (G, G, False)),
    "stated opt-out": (Signals(opt_out=True), {"gpp_string": NOT_OPTED_OUT}, (None, None, True)),
    "stated yes, opted out": (Signals(G, G), {"us_privacy": "1YYN"}, (G, G, True)),
    # Google's consent mode is asked last, and only where there is no doubt.
    "stated one, consent mode": (Signals(G), {"gcd": GCD_YES}, (G, None, False)),
    "TCF no, consent mode yes": (Signals(), {"tc_string": NO, "gcd": GCD_YES}, (D, D, False)),
    "TCF cut, consent mode yes": (
        Signals(),
        {"tc_string": CUT, "gcd": GCD_YES},
        (None, None, False),
    ),
    "America, consent mode yes": (
        Signals(),
        {"gpp_string": OPTED_OUT, "gcd": GCD_YES},
        (G, G, True),
    ),
    # A section that can't be read leaves doubt about grants, and none about denials.
    "GPP, America cut, Europe yes": (
        Signals(),
        {"gpp_string": a_gpp_string({2: YES, 8: us(8)[:4]})},
        (None, None, False),
    ),
    "GPP, America cut, Europe no": (
        Signals(),
        {"gpp_string": a_gpp_string({2: NO, 8: us(8)[:4]})},
        (D, D, False),
    ),
    "GPP, Europe cut, America out": (
        Signals(),
        {"gpp_string": a_gpp_string({2: CUT, 6: "1YYN"})},
        (None, None, True),
    ),
}


@pytest.mark.parametrize(("said", "strings", "expected"), CASES.values(), ids=CASES)
def test_what_counts_of_all_that_was_said(
    said: Signals,
    strings: dict[str, str],
    expected: tuple[Flag | None, Flag | None, bool],
) -> None:
    """Fields first, strings fill the gaps, consent mode last; no and opt-out count anywhere."""
    seen = weighed(said, **strings)
    assert (seen.ad_user_data, seen.ad_personalization, seen.opt_out) == expected


def test_a_vendor_must_be_consented_to_where_one_is_configured() -> None:
    """A shop that got itself a vendor id wants its vote counted."""
    assert weighed(tc_string=YES).ad_user_data is G
    asked, _ = bring_together(Signals(), {"tc_string": YES}, {9}, "")
    assert (asked.ad_user_data, asked.ad_personalization) == (D, D)
    asked, _ = bring_together(Signals(), {"gpp_string": GPP_YES}, {9}, "")
    assert (asked.ad_user_data, asked.ad_personalization) == (D, D)


def test_everything_else_that_was_stated_stays() -> None:
    """Region, platform and time come from the fields only: a string does not tell where it is."""
    said = Signals(child=True, region="DE", cmp="x", cmp_version="1", collected_at=17.0)
    seen = weighed(said, tc_string=YES)
    kept = (seen.child, seen.region, seen.cmp, seen.cmp_version, seen.collected_at)
    assert kept == (True, "DE", "x", "1", 17.0)


def test_each_source_is_kept_for_the_audit() -> None:
    """An officer must see who said what, and check a string that somebody still has."""
    seen = weighed(Signals(D), tc_string=YES, us_privacy="1YYN", gcd=GCD_YES, gpp_string="?")
    assert seen.sources == (
        Said(SaidIn.FIELDS, D),
        Said(SaidIn.TC_STRING, G, G, digest=_digest(YES), cmp="IAB CMP 300", cmp_version="7"),
        Said(
            SaidIn.GPP_STRING,
            digest=_digest("?"),
            unreadable="it holds a character that is not base64url",
        ),
        Said(SaidIn.US_PRIVACY, opt_out=True, digest=_digest("1YYN")),
        Said(SaidIn.GCD, G, G, digest=_digest(GCD_YES)),
    )
    assert hash(seen) == hash(
        weighed(Signals(D), gpp_string="?", gcd=GCD_YES, us_privacy="1YYN", tc_string=YES)
    )


@pytest.mark.parametrize(
    ("said", "strings", "platform"),
    [
        (Signals(), {"tc_string": YES}, ("IAB CMP 300", "7")),
        (Signals(), {"gpp_string": GPP_YES}, ("IAB CMP 300", "7")),
        (Signals(cmp="acme", cmp_version="3"), {"tc_string": YES}, ("acme", "3")),
        (Signals(cmp="acme"), {"tc_string": YES}, ("acme", None)),
        (Signals(), {"tc_string": CUT}, (None, None)),
    ],
)
def test_the_platform_is_the_one_stated_or_the_one_that_wrote_the_string(
    said: Signals, strings: dict[str, str], platform: tuple[str | None, str | None]
) -> None:
    """An audit asks which banner it was; a version of one is none of another."""
    seen = weighed(said, **strings)
    assert (seen.cmp, seen.cmp_version) == platform


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()[:16]


REMARKS: dict[str, tuple[Signals, dict[str, str], list[tuple[str, str]]]] = {
    "all is well": (Signals(G, G), {"tc_string": YES}, []),
    "a cut string": (
        Signals(),
        {"tc_string": CUT},
        [("consent_string_unreadable", "tc_string")],
    ),
    "an unknown letter": (
        Signals(),
        {"gcd": "13r3r3x3r5"},
        [("consent_string_unreadable", "gcd")],
    ),
    "a contradiction": (
        Signals(G, G),
        {"tc_string": NO_PROFILES},
        [("consent_contradiction", "ad_personalization")],
    ),
    "a contradiction of what is not asked": (Signals(G, G), {"gcd": GCD_NO}, []),
}


@pytest.mark.parametrize(("said", "strings", "expected"), REMARKS.values(), ids=REMARKS)
def test_what_was_not_taken_at_its_word_is_remarked(
    said: Signals, strings: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    """Whoever sends a cut string for months must be able to find out."""
    assert remarks(said, **strings) == expected


def test_a_remark_says_why_and_repeats_nothing_of_the_string() -> None:
    """The string of one person is nobody else's business."""
    _, (found,) = bring_together(Signals(), {"tc_string": "jane@shop.example"}, (), "/data/0")
    assert found.note == "it grants nothing: it holds a character that is not base64url"


flags = st.sampled_from([G, D, None])
strings = st.fixed_dictionaries(
    {},
    optional={
        "tc_string": st.sampled_from([YES, NO, NO_PROFILES, CUT, ""]) | st.text(),
        "gpp_string": st.sampled_from([GPP_YES, GPP_NO, OPTED_OUT, NOT_OPTED_OUT]) | st.text(),
        "us_privacy": st.sampled_from(["1YNN", "1YYN"]) | st.text(),
        "gcd": st.sampled_from([GCD_YES, GCD_NO]) | st.text(),
    },
)


@given(flags, flags, st.booleans(), strings)
def test_no_string_lifts_what_was_denied(
    user_data: Flag | None, personalization: Flag | None, opt_out: bool, said: dict[str, str]
) -> None:
    """A stated denial and an opt-out stand, whatever comes beside them."""
    seen = weighed(Signals(user_data, personalization, opt_out=opt_out), **said)
    assert (seen.ad_user_data, user_data) != (G, D)
    assert (seen.ad_personalization, personalization) != (G, D)
    assert seen.opt_out >= opt_out


@given(st.sets(st.sampled_from(ALL)), st.sets(st.sampled_from(ALL)), flags, flags)
def test_a_purpose_less_never_adds_a_grant(
    purposes: set[int], fewer: set[int], user_data: Flag | None, personalization: Flag | None
) -> None:
    """Whoever takes a consent back must not be exposed more for it."""
    said = Signals(user_data, personalization)
    more = _grants(weighed(said, tc_string=a_tc_string(purposes)))
    assert _grants(weighed(said, tc_string=a_tc_string(purposes - fewer))) <= more


@given(strings, st.sampled_from(["tc_string", "gpp_string", "us_privacy", "gcd"]), st.data())
def test_damage_to_a_string_never_adds_a_grant_of_its_own(
    said: dict[str, str], name: str, data: st.DataObject
) -> None:
    """A string that lost its end grants at most what it granted whole."""
    text = {"tc_string": YES, "gpp_string": GPP_YES, "us_privacy": "1YYN", "gcd": GCD_YES}[name]
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    whole: dict[str, Any] = {name: text}
    damaged: dict[str, Any] = {name: cut}
    assert _grants(weighed(**damaged)) <= _grants(weighed(**whole))
    assert _grants(weighed(Signals(D, D), **{**said, **damaged})) == frozenset()


def _grants(signals: Signals) -> frozenset[str]:
    granted = {
        "ad_user_data": signals.ad_user_data is G,
        "ad_personalization": signals.ad_personalization is G,
    }
    return frozenset(name for name, yes in granted.items() if yes)
