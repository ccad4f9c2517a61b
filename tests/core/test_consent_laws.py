"""Laws of the consent policy, proven over every case there is."""

from itertools import product
from typing import Any

import pytest
from msgspec import structs

from tandemgate.catalog.consent import EVERYTHING, IDENTIFIERS, RULES
from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.consent import decide
from tandemgate.model.consent import (
    Decision,
    Export,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    Signals,
)

GRANTED, DENIED, MISSING = Flag.GRANTED, Flag.DENIED, None
FLAGS = (GRANTED, DENIED, MISSING)
GERMANY, CALIFORNIA = Region("DE", "stated"), Region("US-CA", "stated")
JAPAN, NOWHERE = Region("JP", "default_region"), Region(None, "unknown")
REGIONS = (JAPAN, CALIFORNIA, GERMANY, NOWHERE)
POLICIES = [
    Policy(profile, GOVERNED, on_denied, hold_for_consent=hold)
    for profile, on_denied, hold in product(Profile, OnPersonalizationDenied, (0, 3600))
]
SIGNALS = [
    Signals(user_data, personalization, opt_out, child)
    for user_data, personalization, opt_out, child in product(
        FLAGS, FLAGS, (False, True), (False, True)
    )
]
CASES = list(product(SIGNALS, REGIONS, POLICIES))


def test_every_case_is_covered_and_every_row_is_used() -> None:
    """A row that no case reaches would be a promise that nothing keeps."""
    assert {decide(*case).rule for case in CASES} == {rule.name for rule in RULES}


def leaving(decision: Decision) -> frozenset[str]:
    """Name all data that may leave, the end of the ip apart from its beginning."""
    everything = frozenset(EVERYTHING) | {"ip_end"}
    kept = everything - decision.remove - ({"ip_end"} if decision.truncate_ip else set())
    return kept if decision.export is Export.SEND else frozenset()


def test_what_was_never_granted_is_never_sent_as_granted() -> None:
    """Missing and unreadable signals are not grants, and an opt-out ends one."""
    decisions = [(signals, decide(signals, region, policy)) for signals, region, policy in CASES]
    invented = [
        (signals, decision)
        for signals, decision in decisions
        if (decision.ad_user_data is GRANTED and signals.ad_user_data is not GRANTED)
        or (
            decision.ad_personalization is GRANTED
            and (signals.ad_personalization is not GRANTED or signals.opt_out)
        )
    ]
    assert invented == []


def test_a_denial_that_was_stated_is_always_passed_on() -> None:
    """TikTok cannot infer a denial from fields that are missing."""
    lost = [
        (signals, decision)
        for signals, region, policy in CASES
        if (decision := decide(signals, region, policy)).export is Export.SEND
        and (
            (signals.ad_user_data is DENIED and decision.ad_user_data is not DENIED)
            or (signals.ad_personalization is DENIED and decision.ad_personalization is not DENIED)
        )
    ]
    assert lost == []


def test_a_denied_user_always_keeps_the_identifiers_back() -> None:
    """In every region, under every profile: a denial is a denial."""
    leaked = [
        case
        for case in CASES
        if case[0].ad_user_data is DENIED and IDENTIFIERS & leaving(decide(*case))
    ]
    assert leaked == []


SPOKEN = (("ad_user_data", GRANTED, DENIED), ("ad_personalization", GRANTED, DENIED))
STRICTER = (*SPOKEN, ("ad_personalization", MISSING, DENIED), ("opt_out", False, True))


@pytest.mark.parametrize(("signal", "lax", "strict"), [*STRICTER, ("child", False, True)])
@pytest.mark.parametrize("region", REGIONS, ids=lambda region: str(region.code))
def test_a_stricter_signal_never_adds_data(
    signal: str, lax: object, strict: object, region: Region
) -> None:
    """Nobody may be exposed more because they said no."""
    loosely: dict[str, Any] = {signal: lax}
    strictly: dict[str, Any] = {signal: strict}
    pairs = [
        (structs.replace(signals, **loosely), structs.replace(signals, **strictly), policy)
        for signals, policy in product(SIGNALS, POLICIES)
    ]
    grown = [
        (before, after, policy)
        for before, after, policy in pairs
        if not leaving(decide(after, region, policy)) <= leaving(decide(before, region, policy))
    ]
    assert grown == []


@pytest.mark.parametrize(
    ("regions", "lax", "strict"),
    [
        # Where consent is needed silence is the strictest answer,
        ((GERMANY, NOWHERE), GRANTED, MISSING),
        ((GERMANY, NOWHERE), DENIED, MISSING),
        # and elsewhere it is none.
        ((JAPAN, CALIFORNIA), MISSING, DENIED),
    ],
)
def test_silence_is_as_strict_as_its_region(
    regions: tuple[Region, ...], lax: Flag | None, strict: Flag | None
) -> None:
    """Where consent is needed, not having asked exposes nobody."""
    grown = [
        (signals, region, policy)
        for signals, region, policy in product(SIGNALS, regions, POLICIES)
        if not leaving(decide(structs.replace(signals, ad_user_data=strict), region, policy))
        <= leaving(decide(structs.replace(signals, ad_user_data=lax), region, policy))
    ]
    assert grown == []


@pytest.mark.parametrize(
    ("lax", "strict"),
    [(JAPAN, CALIFORNIA), (JAPAN, GERMANY), (CALIFORNIA, GERMANY), (GERMANY, NOWHERE)],
)
def test_a_stricter_region_never_adds_data(lax: Region, strict: Region) -> None:
    """Not knowing where somebody is must be the safest case of all."""
    grown = [
        (signals, policy)
        for signals, policy in product(SIGNALS, POLICIES)
        if not leaving(decide(signals, strict, policy)) <= leaving(decide(signals, lax, policy))
    ]
    assert grown == []


@pytest.mark.parametrize(
    ("lax", "strict"),
    [
        ({"profile": Profile.GUIDE}, {"profile": Profile.STRICT}),
        ({"profile": Profile.GUIDE}, {"profile": Profile.DROP}),
        (
            {"on_personalization_denied": OnPersonalizationDenied.SAY},
            {"on_personalization_denied": OnPersonalizationDenied.NO_CLICK_IDS},
        ),
        (
            {"on_personalization_denied": OnPersonalizationDenied.NO_CLICK_IDS},
            {"on_personalization_denied": OnPersonalizationDenied.NO_EXPORT},
        ),
    ],
)
def test_a_stricter_setting_never_adds_data(lax: dict[str, Any], strict: dict[str, Any]) -> None:
    """An operator who tightens a pixel must not find more data at TikTok."""
    grown = [
        (signals, region, policy)
        for signals, region, policy in CASES
        if not leaving(decide(signals, region, structs.replace(policy, **strict)))
        <= leaving(decide(signals, region, structs.replace(policy, **lax)))
    ]
    assert grown == []


def test_an_opt_out_never_lifts_the_limit_on_data_use() -> None:
    """The limit is only ever set by an opt-out, and by none outside the United States."""
    limited = {
        (signals.opt_out, region)
        for signals, region, policy in CASES
        if decide(signals, region, policy).limited_data_use
    }
    assert limited == {(True, CALIFORNIA), (True, NOWHERE)}


def test_the_same_question_has_the_same_answer() -> None:
    """Decisions are recomputed for audits and for what was held."""
    assert [decide(*case) for case in CASES] == [decide(*case) for case in CASES]
