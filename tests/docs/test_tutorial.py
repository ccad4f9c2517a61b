"""The tutorial is true: its commands are run and its buttons pressed, in the order of a reader.

Ports are swapped for free ones, since a test must not depend on port 8000 being free; where the
reader opens a page and clicks, a real Chromium does.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tandemgate.cli.demo.stage import free_ports
from tests.browser.chromium import missing
from tests.docs.reader import ROOT, typed

pytestmark = pytest.mark.e2e

BLOCK = re.compile(r"```(\w*)\n(.*?)```|!\[.*?\]\((.*?)\)", re.DOTALL)
LINK = re.compile(r"http://localhost:\d+/\?ttclid=\S+")
EXPORT = re.compile(r"export TANDEMGATE_CONFIG=(\S+)")
PAGE = "http://127.0.0.1:8000/?ttclid=E.C.P.my_click\n"
PORTS = ("127.0.0.1:8080", "127.0.0.1:9009", "127.0.0.1:8000")

SETTLED = """
settled() {
  for _ in $(seq 400); do
    .venv/bin/tandemgate events list --state DELIVERED | grep -q ord_20001 && return; sleep 0.1
  done
  return 1
}
"""


@pytest.fixture(autouse=True)
def _browser() -> None:
    """Skip loudly where there is no browser; where every change is checked, that is a failure."""
    lacking = missing()
    if lacking and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


def blocks(heading: str) -> list[tuple[str, str]]:
    """What a section holds for the reader to do, in order: ``sh`` to type, "" to look at."""
    text = (ROOT / "docs/tutorial.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = [(kind, block) for kind, block, picture in BLOCK.findall(section) if not picture]
    return [(kind, block) for kind, block in found if kind != "js"]


def click(*arguments: str) -> str:
    """Call the program that clicks; the tests run in no event loop of their own."""
    return shlex.join([sys.executable, "-m", "tests.docs.clicks", *arguments])


@contextmanager
def demo() -> Iterator[str]:
    """What ``make demo`` runs, until all is printed; then Ctrl-C."""
    with subprocess.Popen(
        [Path(sys.executable).with_name("tandemgate"), "demo"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = ""
        try:
            for line in process.stdout:
                printed += line
                if "Ctrl-C ends it" in line:
                    break
            yield printed
        finally:
            process.send_signal(signal.SIGINT)


def test_the_demos_shop_is_as_the_tutorial_tells_it() -> None:
    """The first thing that a newcomer does."""
    assert blocks("Look at it")[0] == ("sh", "make demo\n")
    [day] = [block for kind, block in blocks("Look at it") if "paired:" in block]
    [(kind, commands)] = blocks("Ask the gateway itself")
    assert kind == "sh"
    with demo() as printed:
        assert day in printed
        [link], [config] = LINK.findall(printed), EXPORT.findall(printed)
        typed(click("buy", link))
        story = typed(commands, TANDEMGATE_CONFIG=config)
    assert "DELIVERED" in story
    assert re.search(r"ord_1001_complete_payment +paired", story)
    assert re.search(r"pair +paired", story)
    assert "GRANTED" in story


def test_the_readers_own_page_ends_in_a_pair(tmp_path: Path) -> None:
    """From two lines in a page's head to one counted conversion, then the mistake on purpose."""
    told = [*blocks("Your own page"), *blocks("Break it on purpose")]
    assert [block for kind, block in told if kind != "sh"] == [PAGE]
    script = "".join(block if kind else click("own", block.strip()) + "\n" for kind, block in told)
    store = f"sqlite:///{tmp_path}/s.db"
    printed = typed(SETTLED + elsewhere(script, tmp_path), TANDEMGATE__STORE__URL=store)
    assert re.search(r"ord_20001_complete_payment +browser_only", printed)
    assert "filled_from_visit at /data/0/user/ttclid" in printed
    assert "sent: email, external_id, ttclid, ttp, user_agent" in printed
    assert re.search(r"ord_20001_complete_payment +paired", printed)
    assert '"copies_pixel":1,"copies_server":1,"counted":1' in printed
    assert "same_order_two_event_ids" in printed


def elsewhere(script: str, folder: Path) -> str:
    """Move the examples to free ports, and wait where a reader would."""
    moved = dict(zip(PORTS, (f"127.0.0.1:{port}" for port in free_ports(3)), strict=True))
    for name in ("sandbox.toml", "paid-order.json", "page/index.html"):
        copy = folder / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(replaced((ROOT / "examples" / name).read_text("utf-8"), moved), "utf-8")
    port = moved[PORTS[2]].rpartition(":")[2]
    moved |= {"examples/": f"{folder}/", "http.server 8000": f"http.server {port}"}
    waits = "".join(f"answers http://{at}/\n" for at in PORTS)
    script = script.replace(
        "--directory examples/page &\n", f"--directory examples/page &\n{waits}"
    )
    send = "send examples/paid-order.json --event-time now\n"
    return replaced(script.replace(send, f"{send}settled\n"), moved)


def replaced(text: str, words: dict[str, str]) -> str:
    """Put other words in."""
    for word, other in words.items():
        text = text.replace(word, other)
    return text


def test_the_example_page_has_what_the_snippet_prints() -> None:
    """A reader compares the two."""
    printed = typed(
        ".venv/bin/tandemgate snippet browser", TANDEMGATE_CONFIG="examples/sandbox.toml"
    )
    assert printed in (ROOT / "examples/page/index.html").read_text("utf-8")


def test_its_pictures_are_there_and_small() -> None:
    """`make tour` makes them anew."""
    text = (ROOT / "docs/tutorial.md").read_text("utf-8")
    pictures = [picture for *_, picture in BLOCK.findall(text) if picture]
    assert len(pictures) == 6
    assert all((ROOT / "docs" / one).stat().st_size < 60_000 for one in pictures)
