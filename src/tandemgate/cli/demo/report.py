"""The demo's last word: what happened, in words and numbers, and what to type next."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from tandemgate.catalog.pairs import VERDICTS
from tandemgate.cli.demo.account import Account
from tandemgate.cli.demo.stage import Stage
from tandemgate.cli.outcomes import OUTCOMES
from tandemgate.cli.story import story
from tandemgate.model.pair import PairVerdict
from tandemgate.web import script

OUTCOME_WORDS = {
    "accepted": "accepted: stored for good before the answer, then sent in batches",
    "duplicate": "duplicate: reported again word for word, and not sent again",
    "held": "held until the visitor decides about consent",
    "suppressed": "suppressed: consent lets nothing of them leave",
    "noted": "noted: told by pages, beside what the backend tells of the same, and never sent",
    "conflict": "conflict: the same event_id with another content, so the first one stands",
    "rejected": "rejected, each with its field and its fix, the rest of the request unharmed",
}

VERDICT_WORDS = {verdict: told.meaning for verdict, told in VERDICTS.items()} | {
    PairVerdict.PAIRED: "both told of it under one event_id, and TikTok counts it once",
    PairVerdict.SERVER_ONLY: "no page reported a call: not agreed to, or scripts are blocked",
    PairVerdict.KEPT_BACK: "nobody was asked about consent, so nothing of it leaves",
    PairVerdict.CONTENT_DIFFERS: "counted once, but a page states another value: to be mended",
}
"""What a verdict means on this day; any other one as it is explained everywhere."""


def report(account: Account, example: Mapping[str, Any], stage: Stage) -> Iterator[RenderableType]:
    """The whole report for people."""
    yield _section("What the gateway took from the shop's backend and from its pages")
    yield from _intake(account)
    yield _section("What TikTok has (simulated)")
    yield _number(account.server_copies, "server copies from the gateway, answered with code 0")
    for event, count in sorted(account.delivered.items(), key=lambda each: -each[1]):
        yield _number(count, event, indent=6)
    yield _number(
        account.kept_back, "of them without email, phone and external_id: ad_user_data was denied"
    )
    yield _number(account.pixel_copies, "Pixel copies from the visitors' browsers")
    yield _number(account.in_two_copies, "actions told twice, by the Pixel and by the gateway")
    yield _number(account.conversions, "conversions that TikTok counts")
    yield _section("Do the Pixel's copies and the gateway's meet?")
    yield from _pairs(account)
    yield _section("Does it add up?")
    for check in account.checks:
        mark = ("yes ", "green") if check.holds else ("NO  ", "bold red")
        yield Padding(Text.assemble(mark, check.says), (0, 0, 0, 2))
    yield _section("One event's whole story")
    yield Padding(story(example), (0, 0, 0, 2))
    yield _section("Buy something yourself")
    yield from way_in(stage)
    yield _section("What to type next, in another terminal")
    for command, comment in next_steps(example, stage):
        # As strings: a command that is broken in two, for a long folder's name, can't be copied.
        yield f"  [dim]# {comment}[/dim]"
        yield f"  {escape(command)}"


def as_json(account: Account, example: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """The whole report for programs."""
    return {
        **asdict(account),
        "adds_up": account.adds_up,
        "example": example,
        "gateway": stage.gateway,
        "simulator": stage.simulator,
        "shop": stage.link,
        "config": str(stage.config),
    }


def way_in(stage: Stage) -> Iterator[str]:
    """Where the shop is, and what is missing there."""
    yield f"  {stage.link}  [dim]as if an ad had led you there[/dim]"
    yield f"  {stage.shop}/ledger  [dim]behind the counter: what the gateway knows of it[/dim]"
    if script.asset(script.TAG) is None:
        yield "  The browser script is not built: the shop sells, but its pages tell the gateway"
        yield "  nothing. Try: make browser"


def next_steps(example: Mapping[str, Any], stage: Stage) -> list[tuple[str, str]]:
    """Return commands that work while the demo runs, and what each is for."""
    program = as_called(Path(sys.argv[0]))
    return [
        (f"export TANDEMGATE_CONFIG={stage.config}", "talk to this gateway"),
        (f"{program} events list --state SUPPRESSED", "what stayed here, and why"),
        (f"{program} events show {example['event_id']} --json", "the story above, for programs"),
        (f"{program} pairs --verdict content_differs", "the page that states another value"),
        (f"{program} pairs --event CompletePayment", "how the two copies of each purchase stand"),
        (
            f"{program} quality --event CompletePayment",
            "what TikTok can match people by, and what is missing",
        ),
        (f"{program} problems", "what went wrong today, the worst first"),
        (f"{program} events tail", "watch, and meanwhile in yet another terminal:"),
        (f"{program} trigger CompletePayment", "one more conversion, just now"),
        (f"{program} explain consent_missing", "any reason, code or state"),
        (f"curl -s {stage.simulator}/_sim/conversions", "the books of the simulated TikTok"),
        (f"curl -s {stage.gateway}/metrics", "what an operator watches"),
    ]


def as_called(program: Path) -> str:
    """Return what to type for *program* from the folder where the demo was started."""
    found = shutil.which(program.name)
    if found is not None and Path(found) == program.absolute():
        return program.name
    if program.name == "__main__.py":
        return f"{Path(sys.executable).name} -m tandemgate"
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)


def _intake(account: Account) -> Iterator[RenderableType]:
    yield _number(account.received, "events received")
    for outcome in OUTCOMES:
        count = account.outcomes.get(outcome, 0)
        if count:
            yield _number(count, OUTCOME_WORDS[outcome], indent=6)
            for why, times in account.why[outcome].items():
                yield _number(times, why, indent=12, style="dim")


def _pairs(account: Account) -> Iterator[RenderableType]:
    yield _number(sum(account.pairs.values()), "actions, by what the pages reported of the Pixel")
    for verdict, count in account.pairs.items():
        yield _number(count, f"{verdict}: {VERDICT_WORDS[PairVerdict(verdict)]}", indent=6)


def _section(title: str) -> RenderableType:
    return Text(f"\n{title}", "bold")


def _number(count: int, words: str, indent: int = 0, style: str = "") -> RenderableType:
    return Padding(Text(f"{count:>5}  {words}", style), (0, 0, 0, indent))
