"""What the pages for privacy officers and for consent platforms say is what the gateway does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.pipeline import process
from tandemgate.model.consent import Policy, Profile
from tandemgate.model.outcome import Accepted
from tandemgate.settings import StoreSettings
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, a_raw_event, an_item, some_rules

DOCS = Path(__file__).resolve().parents[2] / "docs"
DAY = 86_400
EXAMPLE = re.compile(r"```json\n(.*?)```", re.DOTALL)


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text("utf-8")


EXAMPLES = [json.loads(found) for found in EXAMPLE.findall(page("cmp.md"))]


@pytest.mark.parametrize("consent", EXAMPLES, ids=lambda consent: consent.get("cmp", "gcd"))
def test_an_example_of_the_cookbook_is_read_without_a_remark(consent: dict[str, Any]) -> None:
    """Whoever copies it must not hear that it is wrong, and it must decide something."""
    rules = some_rules(policy=Policy(Profile.GUIDE, governed=GOVERNED))
    outcome = process(a_raw_event(an_item(consent=consent)), rules, NOW)
    assert isinstance(outcome, Accepted)
    remarks = [one for one in outcome.event.findings if "/consent" in one.field]
    assert remarks == []


def test_the_cookbook_shows_every_kind_of_answer() -> None:
    """A page of grants alone would teach people to grant."""
    assert {one.get("ad_user_data", "").upper() for one in EXAMPLES} == {"GRANTED", "DENIED", ""}
    assert {"tc_string", "gcd", "opt_out"} <= {name for one in EXAMPLES for name in one}


def test_the_page_tells_how_long_things_are_kept() -> None:
    """These numbers end in privacy policies."""
    text = page("privacy.md")
    store = StoreSettings()
    told = {int(days) for days in re.findall(r"`keep_payloads` = (\d+) days", text)}
    assert told == {store.keep_payloads / DAY}
    told = {int(days) for days in re.findall(r"`keep_events` = (\d+) days", text)}
    assert told == {store.keep_events / DAY}
    assert f"{Keep().visits / DAY:g} days after it was last seen" in text
    minute = text.split("## In one minute")[1].split("## ")[0]
    assert (
        f"{store.keep_payloads / DAY:g} days, the rest after {store.keep_events / DAY:g}" in minute
    )


def test_the_page_names_every_table_of_the_store() -> None:
    """What nobody told the privacy officer about is the first thing that is asked for."""
    migrations = DOCS.parent / "src/tandemgate/storage/sqlite/migrations"
    made = "\n".join(file.read_text("utf-8") for file in sorted(migrations.glob("*.sql")))
    tables = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", made))
    rows = [line for line in page("privacy.md").splitlines() if line.startswith("|")]
    named = {name for line in rows for name in re.findall(r"`(\w+)`", line)}
    assert tables - named - WITHOUT_PEOPLE == set()


WITHOUT_PEOPLE = {
    "store", "day", "stock", "received", "flow", "remark", "pixel", "rollup", "latency",
}  # fmt: skip
"""Tables that hold counts, keys and settings; remarks are words of the gateway's own."""
