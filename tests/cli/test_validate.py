"""validate lints a file as a linter lints code: place, what came, what is expected, the fix."""

import json
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.lint import Report, lint
from tandemgate.cli.main import run
from tandemgate.cli.offline import offline_rules
from tandemgate.model.finding import Problem

GOLDEN = Path(__file__).parents[1] / "golden" / "ten_faults.json"
TEN = {
    ("event_source_unsupported", "/event_source", 2),
    ("event_unknown", "/data/0/event", 6),
    ("event_time_in_milliseconds", "/data/0/event_time", 8),
    ("value_invalid", "/data/0/properties/value", 10),
    ("currency_invalid", "/data/0/properties/currency", 10),
    ("user_context_missing", "/data/1/user", 12),
    ("event_id_not_string", "/data/1/event_id", 14),
    ("value_missing", "/data/1/properties/value", 16),
    ("event_id_holds_identifier", "/data/2/event_id", 20),
    ("key_repeated", "/data/3/event_time", 29),
}
NOW = 1_776_943_380
GOOD: dict[str, Any] = {
    "event": "Search",
    "event_id": "search_77_1",
    "event_time": NOW,
    "user": {"external_id": "cust_34982", "ip": "203.0.113.42", "user_agent": "Mozilla/5.0"},
    "page": {"url": "https://shop.example/search"},
}


def linted(value: object, *, region: str | None = None, age: float = 0) -> Report:
    """Lint *value* as JSON, *age* seconds after the good event happened."""
    return lint(json.dumps(value).encode(), offline_rules(region=region), NOW + age)


def reasons(report: Report) -> list[str]:
    """The reasons of everything that was said."""
    return [remark.said.reason for remark in report.remarks]


def test_a_file_with_ten_faults_names_all_ten() -> None:
    """One run, one list: nobody wants to mend a file ten times."""
    report = lint(GOLDEN.read_bytes(), offline_rules(), NOW, as_if_fresh=True)
    problems = [remark for remark in report.remarks if isinstance(remark.said, Problem)]
    assert {(each.said.reason, each.said.field, each.line) for each in problems} == TEN
    assert len(problems) == 10


def test_a_remark_reads_like_a_linter(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors and terminals follow ``file:line``; people read came, expected, fix."""
    assert run(["validate", str(GOLDEN), "--event-time", "now"]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index(f"{GOLDEN}:10: error 40005 currency_invalid /data/0/properties/currency")
    assert lines[at + 1].strip() == "came EURO, expected an ISO 4217 code"
    assert lines[at + 2].strip() == "fix: send EUR"
    assert lines[-1] == "10 errors and 10 findings in 4 events"


def test_a_place_stays_in_one_line_however_long_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor can't follow a place that is broken in two."""
    file = tmp_path / f"{'long' * 40}[1].json"
    file.write_text(GOLDEN.read_text())
    run(["validate", str(file), "--event-time", "now"])
    wanted = f"{file}:10: error 40005 currency_invalid /data/0/properties/currency"
    assert wanted in capsys.readouterr().out.splitlines()


def test_nothing_personal_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A lint ends up in a CI log, and a refused event_id holds the very email it is refused for."""
    run(["validate", str(GOLDEN)])
    run(["validate", str(GOLDEN), "--json"])
    assert "ada@example.com" not in capsys.readouterr().out


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """A script gets the places without reading prose."""
    assert run(["validate", str(GOLDEN), "--event-time", "now", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    errors = [each for each in told["remarks"] if each["severity"] == "error"]
    assert {(each["reason"], each["field"], each["line"]) for each in errors} == TEN
    assert (told["errors"], told["findings"], len(told["events"])) == (10, 10, 4)


def test_a_good_event_passes_where_its_region_needs_no_consent() -> None:
    """Findings alone do not fail a file."""
    report = linted(GOOD, region="US")
    assert (report.errors, report.events[0].outcome) == (0, "accepted")


def test_an_event_without_consent_is_told_to_stay() -> None:
    """It is no fault, and still nothing would leave."""
    report = linted(GOOD)
    assert (report.errors, report.events[0].outcome) == (0, "suppressed")
    assert "consent_missing" in reasons(report)


def test_times_are_judged_as_the_gateway_would_now() -> None:
    """An old file would be refused; --event-time now asks about anything but its age."""
    assert "event_time_too_old" in reasons(linted(GOOD, age=8 * 86_400))
    fresh = lint(json.dumps(GOOD).encode(), offline_rules(), NOW + 8 * 86_400, as_if_fresh=True)
    assert "event_time_too_old" not in reasons(fresh)


def test_a_bare_event_is_pointed_into_as_it_stands() -> None:
    """The envelope that we put around it is not in the file."""
    fields = [remark.said.field for remark in linted({**GOOD, "event_id": 7}).remarks]
    assert "/event_id" in fields
    assert not any(field.startswith("/data") for field in fields)


def test_a_list_is_pointed_into_by_its_index() -> None:
    """The second of many must not be looked for in the first."""
    envelope = {"event_source": "web", "event_source_id": "C9", "data": [{**GOOD, "event_id": 7}]}
    report = linted([GOOD, envelope], region="US")
    assert "/1/data/0/event_id" in [remark.said.field for remark in report.remarks]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe{", "body_encoding"),
        (b"[" * 200_000, "too_deep"),
        (b'{"data": 1}', "data_not_list"),
        (b"\x1f\x8bno gzip", "gzip_broken"),
        (b" " * (1 << 20) + b"{}", "body_too_large"),
        (b'{"value": NaN}', "number_not_finite"),
    ],
)
def test_what_can_not_be_read_is_one_error(content: bytes, reason: str) -> None:
    """The same words as the gateway's 400 and 413."""
    assert reasons(lint(content, offline_rules(), 0)) == [reason]


def test_what_is_wrong_with_the_envelope_is_said_once() -> None:
    """A thousand events must not repeat one missing event_source a thousand times."""
    report = linted({"event_source_id": "C9", "data": [GOOD, GOOD]}, region="US")
    assert reasons(report).count("event_source_missing") == 1
