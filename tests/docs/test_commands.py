"""Each command of each page is typed here, or says why not and is read by the command line."""

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile
from typing import Any

import pytest
import typer

from tandemgate.cli.main import app, hoist
from tests.docs.commands import APART, BLOCK, PAGES, SHELL, SPAN, blocks, name
from tests.docs.reader import ROOT
from tests.docs.sandbox import Sandbox, sandbox

FOLLOWED = [one for one in SHELL if one.lines[0] not in APART]
READ: list[str] = sorted(
    {one.page for one in FOLLOWED}, key=lambda page: (page == "docs/operations.md", page)
)
"""operations.md comes last: it erases, restores and exchanges keys."""

COMMAND = typer.main.get_command(app)
TANDEMGATE = re.compile(r"^(?:\$ )?(?:\S*/)?tandemgate (?=[a-z-])")
END = re.compile(r"\s(?:\||>|<|&&|\|\||&)(?:\s.*|$)")
GLOBAL = frozenset({"--json", "--quiet", "-q", "--config", "--help", "--version"})


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A reader's folder, with settings, beside a gateway that runs."""
    with sandbox(tmp_path_factory.mktemp("reader")) as made:
        yield made


@pytest.mark.e2e
@pytest.mark.parametrize("page", READ)
def test_every_command_of_a_page_does_what_the_page_says(page: str, readers: Sandbox) -> None:
    """Typed from top to bottom, as a reader would."""
    for block in FOLLOWED:
        if block.page == page:
            for line in block.lines:
                readers.follow(line)


def test_what_is_not_typed_is_there_and_says_why() -> None:
    """A reason that outlives its block would excuse the next one."""
    assert APART.keys() - {one.lines[0] for one in SHELL} == set()


def written() -> list[tuple[str, str]]:
    """Every line of tandemgate in a block of a shell, typed or not, and in any transcript."""
    shown = [one for one in blocks() if one.kind in {"text", ""}] + SHELL
    lines = [(one.page, line) for one in shown for line in one.lines if TANDEMGATE.match(line)]
    return sorted(set(lines))


def verbs(command: object) -> dict[str, Any]:
    """The verbs below a command; one that does something itself may have none."""
    found: dict[str, Any] = getattr(command, "commands", {})
    return found


@pytest.mark.parametrize(("page", "line"), written())
def test_the_command_line_reads_what_a_page_types(page: str, line: str) -> None:
    """Verb, arguments and options are there; nothing is run."""
    words = hoist(shlex.split(END.sub("", TANDEMGATE.sub("", line))))
    COMMAND.make_context("tandemgate", list(words))
    command, rest = COMMAND, list(dropwhile(lambda word: word not in verbs(COMMAND), words))
    while rest and rest[0] in verbs(command):
        command, rest = verbs(command)[rest[0]], rest[1:]
    assert command is not COMMAND, page
    assert not (rest and verbs(command)) or rest[0].startswith("-"), page
    command.make_context(command.name, rest)


def mentioned() -> list[tuple[str, str]]:
    """Every mention of tandemgate between backticks, outside of blocks."""
    texts = ((name(page), BLOCK.sub("", page.read_text("utf-8"))) for page in PAGES)
    return sorted(
        {(page, " ".join(one.split())) for page, text in texts for one in SPAN.findall(text)}
    )


@pytest.mark.parametrize(("page", "span"), mentioned())
def test_a_verb_that_is_mentioned_exists_and_has_its_options(page: str, span: str) -> None:
    """``a|b`` means either; what is written in capitals stands for a value."""
    words = TANDEMGATE.sub("", END.sub("", span)).split()
    found: list[Any] = [COMMAND]
    for word in words:
        below = [verbs(one) for one in found]
        named = [one for part in word.split("|") for known in below if (one := known.get(part))]
        if not named:
            break
        assert len(named) == len(word.split("|")) * len(found), f"{page}: {word}"
        found = named
    assert found != [COMMAND], f"{page}: no verb in {span!r}"
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    for command in found:
        known = {option for one in command.params for option in one.opts} | GLOBAL
        assert command.name == "simulate" or options <= known, page


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    """`make` says no more than "No rule to make target"."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    texts = {name(page): page.read_text("utf-8") for page in PAGES}
    named = {
        (page, target)
        for page, text in texts.items()
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    }
    assert named
    assert {one for one in named if one[1] not in targets} == set()
