"""Write docs/reference/*.md from the tables that the gateway itself uses; `make docs` runs it.

A test compares the pages with what this prints, so they cannot drift apart.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from pathlib import Path

from tandemgate.catalog.codes import CODES
from tandemgate.catalog.consent import RULES, Rule
from tandemgate.catalog.pairs import VERDICTS
from tandemgate.catalog.reasons import REASONS
from tandemgate.telemetry import METRICS

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Made by `make docs` from {source}; change it there. -->"


def codes() -> str:
    """Every code that TikTok answers, with both readings."""
    return _page(
        "TikTok's codes",
        "src/tandemgate/catalog/codes.py",
        "What TikTok's numbers mean. The message outranks the number where they differ; "
        "`tandemgate explain CODE` prints the same text.",
        ("code", "title", "the guide", "TikTok's SDK", "seen by others", "check", "fix"),
        (
            (c.name, c.title, c.guide, c.sdk, c.peers, c.check, c.fix)
            for c in sorted(CODES, key=attrgetter("code"))
        ),
    )


def reasons() -> str:
    """Every reason of the gateway."""
    return _page(
        "Reasons",
        "src/tandemgate/catalog/reasons/",
        "Why the gateway refuses an event (with a code), or what it remarks on one that it sends "
        "all the same (a finding).",
        ("reason", "code", "meaning", "expected", "fix"),
        (
            (f"`{name}`", str(r.code or "finding"), r.meaning, r.expected, r.fix)
            for name, r in REASONS.items()
        ),
    )


def metrics() -> str:
    """Every metric."""
    return _page(
        "Metrics",
        "src/tandemgate/telemetry/metrics.py",
        "What `GET /metrics` tells, in Prometheus's text format.",
        ("metric", "kind", "labels", "meaning"),
        (
            (f"`{m.name}`", m.kind.value, ", ".join(m.labels) or "-", m.meaning)
            for m in METRICS.values()
        ),
    )


def consent() -> str:
    """The consent policy."""
    return _page(
        "Consent policy",
        "src/tandemgate/catalog/consent.py",
        "The first row that covers a case decides it. Governed is EEA, GB and CH unless a pixel "
        "says otherwise; an unknown region needs consent too.",
        ("rule", "regions", "ad_user_data", "profiles", "export", "removed", "meaning"),
        (_consent_row(rule) for rule in RULES),
    )


def pairs() -> str:
    """Every verdict about a pair."""
    return _page(
        "Pairs",
        "src/tandemgate/catalog/pairs.py",
        "What `tandemgate pairs` says of the Pixel's copy of an action and the gateway's.",
        ("verdict", "meaning", "fix"),
        ((f"`{name}`", one.meaning, one.fix) for name, one in VERDICTS.items()),
    )


def _consent_row(rule: Rule) -> tuple[str, ...]:
    return (
        f"`{rule.name}`",
        _listed(rule.regions),
        _listed(flag or "missing" for flag in rule.ad_user_data),
        _listed(rule.profiles),
        rule.export.value,
        _listed(rule.remove) or "-",
        rule.meaning,
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(str(word) for word in words))


def _page(
    title: str, source: str, about: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> str:
    lines = [f"# {title}", "", NOTE.format(source=source), "", about, ""]
    lines += [_line(head), _line("---" for _ in head)]
    lines += [_line(cell.replace("|", "\\|") or "-" for cell in row) for row in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


PAGES: dict[str, Callable[[], str]] = {
    "codes.md": codes,
    "reasons.md": reasons,
    "metrics.md": metrics,
    "consent.md": consent,
    "pairs.md": pairs,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
