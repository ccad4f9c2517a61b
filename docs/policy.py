"""The consent policy as a page: every case decided by the gateway's own function, then its rows."""

from collections.abc import Iterable, Iterator
from itertools import product

from tandemgate.catalog.consent import CLICK_IDS, EVERYTHING, IDENTIFIERS, RULES, TRACES, Rule
from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.consent import decide
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

Row = tuple[str, ...]

HEAD = (
    "region", "ad_user_data", "ad_personalization", "opt-out", "event", "stays here", "sent along",
)  # fmt: skip
ROWS_HEAD = (
    "rule", "regions", "child", "ad_user_data", "ad_personalization", "opt-out", "profiles",
    "on_personalization_denied", "event", "stays here", "meaning",
)  # fmt: skip
PLACES = {
    RegionClass.GOVERNED: Region("DE", "stated"),
    RegionClass.UNKNOWN: Region(None, "unknown"),
    RegionClass.US: Region("US-CA", "stated"),
    RegionClass.OTHER: Region("JP", "stated"),
}
FLAGS = (Flag.GRANTED, Flag.DENIED, None)
NAMES = {
    frozenset(): "nothing",
    IDENTIFIERS: "identifiers",
    IDENTIFIERS | TRACES: "identifiers, traces",
    CLICK_IDS: "click ids",
    EVERYTHING: "everything",
}
EVENTS = {Export.SEND: "sent", Export.HOLD: "held or suppressed", Export.NONE: "suppressed"}


def cases(profile: Profile, unlike: Profile | None = None) -> Iterator[Row]:
    """Every case that *profile* decides, or decides otherwise than *unlike*.

    Regions with the same answer share a row.
    """
    for user_data, personalization, opt_out in product(FLAGS, FLAGS, (False, True)):
        signals = Signals(user_data, personalization, opt_out)
        answers: dict[Row, list[str]] = {}
        for name, region in PLACES.items():
            answer = _answer(profile, signals, region)
            if unlike is None or answer != _answer(unlike, signals, region):
                answers.setdefault(answer, []).append(name)
        said = (_word(user_data), _word(personalization), "yes" if opt_out else "-")
        yield from ((", ".join(regions), *said, *told) for told, regions in answers.items())


def rules() -> Iterator[Row]:
    """The rows of the table, in the order in which they are tried."""
    for rule in RULES:
        yield (
            f"`{rule.name}`",
            _any(rule.regions, RegionClass),
            "yes" if rule.child == {True} else "any",
            _any((flag or "missing" for flag in rule.ad_user_data), ("", "", "")),
            _any((flag or "missing" for flag in rule.ad_personalization), ("", "", "")),
            "yes" if rule.opt_out == {True} else "any",
            _any(rule.profiles, Profile),
            _any(rule.on_personalization_denied, OnPersonalizationDenied),
            EVENTS[rule.export],
            _stays(rule),
            rule.meaning,
        )


def _answer(profile: Profile, signals: Signals, region: Region) -> Row:
    decision = decide(signals, region, Policy(profile, GOVERNED, hold_for_consent=1))
    flags = {
        "ad_user_data": decision.ad_user_data,
        "ad_personalization": decision.ad_personalization,
    }
    derived = " (derived)" if decision.ad_personalization_derived else ""
    along = [f"{name} {flag}" for name, flag in flags.items() if flag]
    along = [f"{one}{derived}" if "personalization" in one else one for one in along]
    along += ["limited_data_use"] if decision.limited_data_use else []
    kept = NAMES[decision.remove] + (", end of the ip" if decision.truncate_ip else "")
    sent = decision.export is Export.SEND
    return EVENTS[decision.export], kept if sent else "everything", ", ".join(along) or "-"


def _stays(rule: Rule) -> str:
    if rule.export is not Export.SEND:
        return "everything"
    return NAMES[rule.remove] + (", end of the ip" if rule.truncate_ip else "")


def _any(words: Iterable[str], everything: Iterable[str]) -> str:
    found = sorted(str(word) for word in words)
    return "any" if len(found) == len(list(everything)) else ", ".join(found)


def _word(flag: Flag | None) -> str:
    return flag or "missing"
