"""Write docs/reference/*.md from the tables that the gateway itself uses; `make docs` runs it.

A test compares the pages with what this prints, so they cannot drift apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import msgspec
from msgspec import NODEFAULT

from tandemgate.catalog import explanations
from tandemgate.catalog import orders as books
from tandemgate.catalog.codes import CODES
from tandemgate.catalog.pairs import VERDICTS
from tandemgate.catalog.quality import ABOUT, LEVERS, THRESHOLDS
from tandemgate.catalog.states import STATES, WAYS
from tandemgate.catalog.taxonomy import NAMES
from tandemgate.catalog.trials import CHECKS, WARNING
from tandemgate.model.consent import Profile
from tandemgate.model.order import SheetField
from tandemgate.model.state import FINAL, State
from tandemgate.settings.meanings import SECTIONS
from tandemgate.settings.writing import toml
from tandemgate.telemetry import METRICS
from tandemgate.web.openapi.operations import OPERATIONS, Group


def _beside(name: str) -> SimpleNamespace:
    """Run a script of this folder, which is no package, for what it defines."""
    return SimpleNamespace(**run_path(str(Path(__file__).with_name(name))))


policy = _beside("policy.py")
verbs = _beside("verbs.py")
REFERENCE = Path(__file__).parent / "reference"
ABOUT_POLICY = (
    "Governed is EEA, GB and CH unless a pixel says otherwise; an unknown region needs consent. "
    "Identifiers are email, phone, external_id, names and zip; traces are ttclid, ttp, user agent, "
    "city, state and country. A known child's event is always suppressed. A denied "
    "ad_personalization keeps the click ids here as well where a pixel's "
    "`on_personalization_denied` is `no_click_ids`, and the whole event where it is `no_export`. "
    "An event that lacks consent is held where the pixel has `hold_for_consent`, else suppressed."
)
ABOUT_ROWS = (
    "A decision names its row. The first that covers a case decides it; ad_personalization is the "
    "flag after an opt-out and a derived denial were worked in."
)
ABOUT_HTTP = (
    "Every address, who may ask and what it takes; [http.md](../http.md) tells what lies behind. A "
    "running gateway has the same with every field: `/docs/api` for people, `/openapi.json` for "
    "programs."
)
ABOUT_SETTINGS = (
    "Every key of `tandemgate.toml`; [configuration.md](../configuration.md) tells how the file is "
    "found and what lies over it. `tandemgate config schema` prints the same for editors."
)
ABOUT_VERBS = (
    "`--json`, `--quiet` and `--config FILE` may stand before or after any verb. Exit codes: "
    "0 done; 1 something is not as it should be; 2 wrong usage or settings; 3 the gateway can't be "
    "reached, or the connection was cut; 130 interrupted."
)
ABOUT_STATES = (
    "Where an event of the ledger stands. [The ledger](../ledger.md) tells what is promised; "
    "`tandemgate explain STATE` prints the same text."
)
ABOUT_WAYS = (
    "These ways and no other: both stores refuse every change that is not listed. An event in one "
    "of the final states moves on by a report or by a person alone."
)
NOTE = "<!-- Made by `make docs` from {source}; change it there. -->"


def codes() -> str:
    """Every code that TikTok answers, with both readings."""
    rows = sorted(CODES, key=attrgetter("code"))
    return _sections(
        "TikTok's codes",
        "src/tandemgate/catalog/codes.py and causes.py",
        "What TikTok's numbers mean. The message outranks the number where they differ. "
        "`tandemgate explain CODE` and the gateway's own page `/docs/codes/CODE` say the same.",
        [("", "", [explanations.of_code(row) for row in rows])],
    )


def reasons() -> str:
    """Every reason of the gateway."""
    return _sections(
        "Reasons",
        "src/tandemgate/catalog/reasons/ and causes.py",
        "Why the gateway refuses an event (with a code), or what it remarks on one that it sends "
        "all the same. `tandemgate explain REASON` and the gateway's own page "
        "`/docs/reasons/REASON` say the same.",
        [
            (group.title, group.check, [explanations.of_reason(name) for name in group.reasons])
            for group in explanations.GROUPS
        ],
    )


def metrics() -> str:
    """Every metric."""
    return _page(
        "Metrics",
        "src/tandemgate/telemetry/described.py",
        "What `GET /metrics` tells, in Prometheus's text format.",
        ("metric", "kind", "labels", "meaning"),
        (
            (f"`{m.name}`", m.kind.value, ", ".join(m.labels) or "-", m.meaning)
            for m in METRICS.values()
        ),
    )


def consent() -> str:
    """The consent policy."""
    head = [
        "# Consent policy",
        "",
        NOTE.format(source="src/tandemgate/catalog/consent.py"),
        "",
        ABOUT_POLICY,
        "",
        "## The profile `guide`",
        "",
        *_table(policy.HEAD, policy.cases(Profile.GUIDE)),
        "",
        "## What `strict` does otherwise",
        "",
        *_table(policy.HEAD, policy.cases(Profile.STRICT, Profile.GUIDE)),
        "",
        "## What `drop` does otherwise",
        "",
        *_table(policy.HEAD, policy.cases(Profile.DROP, Profile.GUIDE)),
        "",
        "## The rows",
        "",
        ABOUT_ROWS,
        "",
        *_table(policy.ROWS_HEAD, policy.rules()),
    ]
    return "\n".join(head) + "\n"


def quality() -> str:
    """The levers of match quality, and what is noted beside their coverage."""
    levers = (
        (
            str(number),
            one.title,
            ", ".join(f"`{key}`" for key in one.keys),
            f"{one.low} to {one.high}",
            one.fix,
        )
        for number, one in enumerate(LEVERS, 1)
    )
    notes = (
        (f"`{name}`", str(one.least), one.note, one.because) for name, one in THRESHOLDS.items()
    )
    head = [
        "# Match quality",
        "",
        NOTE.format(source="src/tandemgate/catalog/quality.py"),
        "",
        f"{ABOUT} [How it is computed](../quality.md).",
        "",
        *_table(("", "lever", "match keys", "weight (per cent)", "what raises it"), levers),
        "",
        "## Notes",
        "",
        *_table(("note", "below", "said", "because"), notes),
    ]
    return "\n".join(head) + "\n"


def pairs() -> str:
    """Every verdict about a pair."""
    return _page(
        "Pairs",
        "src/tandemgate/catalog/pairs.py",
        "What `tandemgate pairs` says of the Pixel's copy of an action and the gateway's.",
        ("verdict", "meaning", "fix"),
        ((f"`{name}`", one.meaning, one.fix) for name, one in VERDICTS.items()),
    )


def taxonomy() -> str:
    """Every verdict about an event name."""
    return _page(
        "Event names",
        "src/tandemgate/catalog/taxonomy.py",
        "What `tandemgate taxonomy` says of a name that the Pixel or the gateway uses.",
        ("verdict", "meaning", "fix"),
        ((f"`{name}`", one.meaning, one.fix) for name, one in NAMES.items()),
    )


def testing() -> str:
    """Every line of a test session's checklist."""
    return _page(
        "The checklist of a test",
        "src/tandemgate/catalog/trials.py",
        "What `tandemgate test status` shows. What is refused turns `warnings` red, and so does "
        f"one of these findings: {', '.join(f'`{reason}`' for reason in sorted(WARNING))}.",
        ("line", "what it is about", "waiting: what to do", "red: what mends it"),
        ((f"`{name}`", one.title, one.do, one.fix) for name, one in CHECKS.items()),
    )


def http() -> str:
    """Every address."""
    head = [
        "# HTTP",
        "",
        NOTE.format(source="src/tandemgate/web/openapi/"),
        "",
        ABOUT_HTTP,
    ]
    for group in Group:
        rows = (
            (
                f"`{one.method} {one.path}`",
                one.summary,
                one.who.value,
                ", ".join(f"`{name}`" for name in one.asks),
                ", ".join(map(str, one.answers)),
            )
            for one in OPERATIONS
            if one.group is group
        )
        table = _table(("address", "tells or does", "who may ask", "parameters", "answers"), rows)
        head += ["", f"## {group.value}", "", *table]
    return "\n".join(head) + "\n"


def settings() -> str:
    """Every setting."""
    head = [
        "# Settings",
        "",
        NOTE.format(source="src/tandemgate/settings/"),
        "",
        ABOUT_SETTINGS,
    ]
    for section in SECTIONS:
        rows = (
            (f"`{field.name}`", _default(field), section.meanings[field.name])
            for field in msgspec.structs.fields(section.kind)
        )
        table = _table(("key", "default", "meaning"), rows)
        head += ["", f"## `{section.heading}`", "", section.about, "", *table]
    return "\n".join(head) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    made = field.default_factory
    return f"`{toml(field.default if made is NODEFAULT else made(), field.type)}`"


def orders() -> str:
    """Every outcome of an order, and the columns of known exports."""
    told = {**books.OUTCOMES, **books.REMARKS}
    layouts = [*books.LAYOUTS, books.Layout("plain", {f: n[0] for f, n in books.PLAIN.items()})]
    head = [
        "# Orders",
        "",
        NOTE.format(source="src/tandemgate/catalog/orders.py"),
        "",
        "What `tandemgate reconcile` says of an order, and the columns that it knows.",
        "",
        *_table(
            ("word", "meaning", "fix"),
            ((f"`{name}`", one.meaning, one.fix) for name, one in told.items()),
        ),
        "",
        "## Columns",
        "",
        *_table(
            ("field", *(layout.name for layout in layouts)),
            (
                (f"`{field}`", *(layout.columns.get(field, "") for layout in layouts))
                for field in SheetField
            ),
        ),
    ]
    return "\n".join(head) + "\n"


def states() -> str:
    """Every state, and every way between two."""
    meanings = (
        (f"`{name}`", meaning, "yes" if State(name) in FINAL else "", fix)
        for name, (meaning, fix) in STATES.items()
    )
    order = [None, *State]
    ways = sorted(WAYS.items(), key=lambda way: [order.index(end) for end in way[0]])
    head = [
        "# States",
        "",
        NOTE.format(source="src/tandemgate/catalog/states.py"),
        "",
        ABOUT_STATES,
        "",
        *_table(("state", "meaning", "final", "what you do"), meanings),
        "",
        "## The ways between them",
        "",
        ABOUT_WAYS,
        "",
        *_table(
            ("from", "to", "who", "when"),
            ((f"`{a}`" if a else "new", f"`{b}`", way.who, way.when) for (a, b), way in ways),
        ),
    ]
    return "\n".join(head) + "\n"


def cli() -> str:
    """Every verb of the command line."""
    head = ["# The command line", "", NOTE.format(source="src/tandemgate/cli/"), "", ABOUT_VERBS]
    for name, usage, told, rows in verbs.sections():
        head += ["", f"{'#' * (1 + len(name.split()))} {name}", "", f"    {usage}", "", told]
        head += ["", *_table(verbs.HEAD, rows)] if rows else []
    return "\n".join(head) + "\n"


def _sections(
    title: str,
    source: str,
    about: str,
    groups: Iterable[tuple[str, str, Iterable[explanations.Explanation]]],
) -> str:
    lines = [f"# {title}", "", NOTE.format(source=source), "", about, ""]
    for named, check, entries in groups:
        lines += [f"## {named}", "", f"To check: {check}", ""] if named else []
        mark = "###" if named else "##"
        for entry in entries:
            lines += _section(mark, replace(entry, check="") if entry.check == check else entry)
    return "\n".join(lines)


def _section(mark: str, entry: explanations.Explanation) -> list[str]:
    matters = f", {entry.severity}" if entry.severity else ""
    rows = {
        **entry.readings,
        "usual cause": entry.cause,
        "expected": entry.expected,
        "check": entry.check,
        "fix": entry.fix,
    }
    told = [f"- **{name}**: {text}" for name, text in rows.items() if text]
    return [f"{mark} {entry.name}", "", f"{entry.title} ({entry.kind}{matters})", "", *told, ""]


def _page(
    title: str, source: str, about: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> str:
    lines = [f"# {title}", "", NOTE.format(source=source), "", about, "", *_table(head, rows)]
    return "\n".join(lines) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [_line(cell.replace("|", "\\|") or "-" for cell in row) for row in rows]
    return [_line(head), _line("---" for _ in head), *cells]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


PAGES: dict[str, Callable[[], str]] = {
    "codes.md": codes,
    "reasons.md": reasons,
    "metrics.md": metrics,
    "consent.md": consent,
    "pairs.md": pairs,
    "testing.md": testing,
    "quality.md": quality,
    "settings.md": settings,
    "taxonomy.md": taxonomy,
    "orders.md": orders,
    "states.md": states,
    "cli.md": cli,
    "http.md": http,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
