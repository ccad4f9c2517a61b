"""``/docs``: what an answer says is explained where it points, in words that all places share."""

import html
import re
from pathlib import Path

import pytest

from tandemgate.catalog import causes
from tandemgate.catalog.codes import CODES, Kind
from tandemgate.catalog.codes import find as row_of
from tandemgate.catalog.explanations import GROUPS, Explanation, codes, find, of_reason, words
from tandemgate.catalog.reasons import DOCS_PATH, REASONS, REASONS_PATH
from tandemgate.cli.main import run
from tandemgate.model.event import Channel
from tandemgate.model.finding import Problem
from tandemgate.model.problem import Origin, ProblemKey
from tandemgate.web.answers import problem_json
from tandemgate.web.problem import docs_url
from tests.build import PIXEL
from tests.web.gateway import READ_KEY, Gateway

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
RANGES = [str(code) for row in CODES if row.last for code in (row.code, row.last)]
UNLISTED = 49_999


@pytest.fixture
def gateway() -> Gateway:
    """A gateway that is not in earnest, so that its pages want no key."""
    return Gateway()


def texts(told: Explanation) -> list[str]:
    """Everything that an explanation says."""
    said = [*told.readings.values(), told.cause, told.expected, told.check, told.fix]
    return [text for text in said if text]


def flat(text: str) -> str:
    """The words of *text*, however they are broken into lines."""
    return " ".join(text.split())


def seen(page: bytes) -> str:
    """What a reader sees of a page."""
    return flat(html.unescape(re.sub(r"<[^>]*>", "", page.decode())))


async def test_a_page_says_what_explain_says(gateway: Gateway) -> None:
    """Reasons, rows of the policy, verdicts about pairs and states."""
    missing = {}
    for word in words():
        reply = await gateway.get(f"{REASONS_PATH}{word}", None)
        said = [text for told in find(word) for text in texts(told)]
        missing[word] = [text for text in said if flat(text) not in seen(reply.body)]
        assert (word, reply.status) == (word, 200)
        assert said
    assert {word: left for word, left in missing.items() if left} == {}


async def test_a_code_has_a_page_with_all_its_readings(gateway: Gateway) -> None:
    """TikTok's, and the reasons for which the gateway gives the same number."""
    missing = {}
    for code in (*codes(), *RANGES):
        reply = await gateway.get(f"{DOCS_PATH}{code}", None)
        said = texts(find(code)[0]) if row_of(int(code)) else []
        missing[code] = [text for text in said if flat(text) not in seen(reply.body)]
        links = {name for name, reason in REASONS.items() if str(reason.code) == code}
        linked = set(re.findall(rf'href="{REASONS_PATH}(\w+)"', reply.body.decode()))
        assert (code, reply.status, linked) == (code, 200, links)
    assert {code: left for code, left in missing.items() if left} == {}


def test_the_reference_says_what_explain_says() -> None:
    """The committed page is read where no gateway runs."""
    pages = {name: flat((REFERENCE / f"{name}.md").read_text()) for name in ("reasons", "codes")}
    missing = {}
    for word in (*REASONS, *(row.name for row in CODES)):
        page = pages["reasons" if word in REASONS else "codes"]
        said = [f"# {word} ", *texts(find(word.partition("-")[0])[0])]
        missing[word] = [text for text in said if flat(text) not in page]
    assert {word: left for word, left in missing.items() if left} == {}


@pytest.mark.parametrize("word", ["40100", "currency_invalid", "double_fire", "REVIEW"])
def test_the_command_line_says_the_same(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One table, three places."""
    assert run(["explain", word]) == 0
    printed = flat(capsys.readouterr().out)
    for told in find(word):
        assert [text for text in texts(told) if flat(text) not in printed] == []


def every_docs_url() -> set[str]:
    """Every address that an answer can point to: of a refusal, and of a group of problems."""
    refusals = (
        Problem(reason.code, name, "", "", "", "")
        for name, reason in REASONS.items()
        if reason.code is not None
    )
    urls = {problem_json(found)["docs_url"] for found in refusals}
    numbers = [None, UNLISTED, *(row.code for row in CODES), *map(int, RANGES)]
    for reason in REASONS:
        for code in numbers:
            origin = Origin.LOCAL if code is None else Origin.REMOTE
            key = ProblemKey(PIXEL, Channel.LIVE, "backend", "Lead", origin, code, reason, "")
            urls.add(docs_url(key))
    return urls


async def test_every_docs_url_leads_to_a_page(gateway: Gateway) -> None:
    """An answer that points to nothing is worse than one that points nowhere."""
    urls = sorted(every_docs_url())
    statuses = {url: (await gateway.get(url, None)).status for url in urls}
    assert [url for url, status in statuses.items() if status != 200] == []
    assert {"/docs/codes/40005", "/docs/reasons/currency_invalid"} <= statuses.keys()


@pytest.mark.parametrize(
    "path",
    ["/docs/reasons/<script>", "/docs/reasons/nothing", "/docs/reasons/40005", "/docs/codes/1"],
)
async def test_what_is_unknown_is_not_made_up(gateway: Gateway, path: str) -> None:
    """And what stands in the address is text, not markup."""
    reply = await gateway.get(path, None)
    assert (reply.status, b"<script>" in reply.body) == (404, False)
    assert b'href="/docs"' in reply.body


async def test_the_contents_link_every_page(gateway: Gateway) -> None:
    """Whoever has no address can still find it."""
    page = (await gateway.get("/docs", None)).body.decode()
    assert set(re.findall(rf'href="{REASONS_PATH}(\w+)"', page)) == set(words())
    listed = set(re.findall(rf'href="{DOCS_PATH}(\d+)"', page))
    assert listed == {str(row.code) for row in CODES}


@pytest.mark.parametrize("path", ["/docs", "/docs/reasons/currency_invalid", "/docs/codes/40005"])
async def test_in_production_the_manual_wants_a_key(path: str) -> None:
    """Which version of what runs here is nobody else's business."""
    gateway = Gateway(parts={"production": True})
    assert (await gateway.get(path, None)).status == 401
    assert (await gateway.get(path, READ_KEY)).status == 200


@pytest.mark.parametrize("path", ["/docs", "/docs/reasons/currency_invalid", "/docs/codes/40005"])
async def test_no_page_needs_more_than_the_policy_allows(gateway: Gateway, path: str) -> None:
    """No script, no inline style, nothing from elsewhere."""
    page = (await gateway.get(path, None)).body.decode()
    assert not re.findall(r"<script|style=|<style|\son\w+=|src=", page)
    assert set(re.findall(r'(?:href)="([^"/][^"]*)"', page)) == set()


def test_causes_are_of_what_exists() -> None:
    """A renamed reason would leave its cause behind without a sound."""
    assert causes.OF_REASONS.keys() <= REASONS.keys()
    assert all(row_of(code) for code in causes.OF_CODES)
    assert causes.OF_KINDS.keys() <= set(Kind)


def test_every_refusal_of_an_event_has_a_cause_and_a_check() -> None:
    """What costs a conversion must be found fast."""
    told = [of_reason(name) for name, reason in REASONS.items() if name in GROUPS[1].reasons]
    assert [one.name for one in told if not (one.cause and one.check and one.fix)] == []


def test_every_code_has_a_cause_and_a_check() -> None:
    """Also those of which the SDK says no more than a number."""
    told = [find(str(row.code))[0] for row in CODES]
    assert [one.name for one in told if not (one.cause and one.check and one.fix)] == []


def test_every_reason_is_in_one_group() -> None:
    """The documentation is printed by groups, and must print them all."""
    named = [name for group in GROUPS for name in group.reasons]
    assert sorted(named) == sorted(REASONS)
