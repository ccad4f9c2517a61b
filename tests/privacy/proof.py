"""The proof: a canary goes through everything, and every artefact is searched for it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import apsw

from tests.e2e.programs import eventually
from tests.privacy import journey
from tests.privacy.calls import called
from tests.privacy.canaries import (
    EMAIL,
    EVERYTHING,
    EXTERNAL_ID,
    FRESH_TOKEN,
    NAMED,
    PHONE,
    SERVER_KEY,
    SESSION,
)
from tests.privacy.deliveries import delivered
from tests.privacy.needles import Canary, Needle, found_in, needles, only_plain
from tests.privacy.parrot import ECHOES, Parrot, parrot
from tests.privacy.planted import event_id
from tests.privacy.recorder import FOLDER
from tests.privacy.reports import reported
from tests.privacy.stage import PIXEL, ROOT, Stage, running

OK: Final = 200
AUTHORIZED: Final = {"Authorization": f"Bearer {SERVER_KEY}"}


TROUBLE: Final = 4
"""Exit codes from here on are not the CLI's own."""

SHORT: Final = (
    ("send", "{file}"),
    ("validate", "{file}"),
    ("events", "show", "granted"),
    ("consent", "explain", "denied"),
    ("db", "backup", "backup.db"),
    ("reconcile", "{orders}"),
)
VERBS: Final = (
    *SHORT,
    ("send", "{file}", "--json"),
    ("validate", "{file}", "--json"),
    ("events", "list"),
    ("events", "list", "--json"),
    ("events", "list", "--q", EMAIL),
    ("events", "show", "denied", "--json"),
    ("events", "show", EMAIL),
    ("consent", "explain", "granted"),
    ("consent", "explain", "denied", "--json"),
    ("consent", "explain", EMAIL),
    ("consent", "decide", "{file}"),
    ("consent", "decide", "{file}", "--json"),
    ("consent", "export"),
    ("events", "export"),
    ("events", "export", "--what", "attempts", "--format", "csv"),
    ("events", "export", "--q", EMAIL),
    ("reconcile", "{orders}", "--json"),
    ("reconcile", "{orders}", "--columns", "order=Email,total=Billing Name"),
    ("reconcile", "{orders}", "--columns", "order=Name,total=Billing Phone", "--out", "out.csv"),
    ("reconcile", "{headless}"),
    ("consent", "policy", "list"),
    ("pairs",),
    ("problems",),
    ("problems", "list", "--status", "all", "--severity", "notice", "--json"),
    ("problems", "list", "--event", EMAIL),
    ("problems", "show", EMAIL),
    ("problems", "resolve", EMAIL, "--note", EMAIL),
    ("problems", "mute", "currency_invalid-aaaaaaaa", "--until", EMAIL),
    ("quality",),
    ("quality", "--event", EMAIL),
    ("quality", "note", PIXEL, EMAIL, "6.3"),
    ("delivery",),
    ("doctor",),
    ("config", "show"),
    ("config", "check"),
    ("test", "start", "--pixel", PIXEL, "--code", "TEST12345", "--name", EMAIL),
    ("test", "start", "--pixel", PIXEL, "--code", "TEST12345", "--landing", f"https://{EMAIL}/"),
    ("test", "start", "--pixel", PIXEL, "--code", "TEST12345", "--session", SESSION),
    ("test", "status"),
    ("test", "promote", "--confirmed", "--override", "--reason", EMAIL),
    ("test", "stop", "--json"),
    ("test", "report"),
    ("tokens", "list"),
    ("keys", "list"),
    ("taxonomy",),
    ("replay",),
    ("db", "check"),
    ("explain", "40002"),
    ("snippet", "browser"),
    ("snippet", "python"),
    ("snippet", "python-client"),
)
"""What is typed about the events of a file, and about those that the gateway has."""

TYPED: Final = (
    (FRESH_TOKEN, "tokens", "set", PIXEL),
    (EMAIL, "erase", "--by", "email"),
    (PHONE, "erase", "--by", "phone", "--json"),
    (EMAIL, "erase", "--by", "email", "--reason", "request 17", "--execute"),
    (EXTERNAL_ID, "consent", "withdraw", "--by", "external_id"),
    ("", "db", "backup", "after.db"),
)
"""What is typed where a secret or an identifier is asked for, and the verb that asks."""


@dataclass(slots=True)
class Searched:
    """One artefact: how much of it there was, and what of *needles* was found in it."""

    artefact: str
    size: int
    needles: int
    found: list[Needle]

    def told(self) -> str:
        """What was found, by what it is and how it was written; "" for nothing."""
        counted = Counter(f"{one.about} ({one.form})" for one in self.found)
        return ", ".join(counted)


@dataclass(slots=True)
class Search:
    """Searches artefacts for all canaries, and those that leave for what must not."""

    secrets: Sequence[Canary] = ()
    searched: list[Searched] = field(default_factory=list)

    def bytes(self, artefact: str, content: bytes, wanted: Sequence[Needle] = ()) -> None:
        """Search *content*."""
        wanted = wanted or needles((*EVERYTHING, *self.secrets))
        self.searched.append(
            Searched(artefact, len(content), len(wanted), found_in(content, wanted))
        )

    def folder(self, scene: str, folder: Path) -> None:
        """Search every file below *folder*, and the rows of its databases."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = f"{scene}: {file.relative_to(folder)}"
            self.bytes(name, file.read_bytes(), _but_itself(file, self.secrets))
            if file.suffix == ".db":
                self.bytes(f"{name}, its cells", b"\n".join(cells(file)))

    def stage(self, scene: str, stage: Stage) -> None:
        """Search everything that one gateway left and said."""
        self.folder(scene, stage.folder)
        self.bytes(f"{scene}: answers", bytes(stage.answers))

    @property
    def leaks(self) -> list[str]:
        """What must not be: an artefact and what was found in it, a line each."""
        return [f"{one.artefact}: {one.told()}" for one in self.searched if one.found]


def _but_itself(file: Path, secrets: Sequence[Canary]) -> tuple[Needle, ...]:
    """A key's own file holds the key, as it must."""
    return needles(EVERYTHING if file.suffix == ".key" else (*EVERYTHING, *secrets))


def cells(database: Path) -> Iterator[bytes]:
    """Every value in *database*, whole: in the file a long one is cut where a page ends."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own
                for value in row:
                    yield value if isinstance(value, bytes) else str(value).encode()
    finally:
        connection.close()


def store_key(folder: Path) -> list[Canary]:
    """The key that the gateway made for its store in *folder*."""
    key = (folder / "tandemgate.key").read_text("ascii").strip()
    return [Canary("store key", (key,), (key,))]


def whole_journey(folder: Path, search: Search) -> None:
    """Everything that comes in, everything that is told, a backup, and ``kill -9``."""
    with parrot() as tiktok:
        with running(folder, tiktok.url) as stage:
            statuses = [
                *journey.make(stage, journey.told_plainly()),
                *journey.make(stage, journey.hidden_in_fields()),
                *journey.make(stage, journey.unknown_and_wrong()),
                *journey.make(stage, journey.in_the_envelope()),
                *journey.make(stage, journey.unreadable()),
                *journey.make(stage, journey.in_headers_and_addresses()),
                *journey.make(stage, journey.operating()),
                *journey.make(stage, journey.in_the_browser()),
                *journey.make(stage, reported()),
                *journey.make(stage, delivered()),
                *journey.make(stage, called()),
            ]
            assert max(statuses) < 500, "a request broke the gateway"
            journey.send_raw(stage)
            eventually(lambda: len(tiktok.bodies) > 0 and rests(tiktok))
            journey.make(stage, journey.looking())
            assert max(journey.make(stage, journey.about_people())) < 500, "a request broke it"
            journey.make(stage, journey.looking())
            search.bytes("what left for TikTok", b"\n".join(tiktok.bodies), only_plain(NAMED))
            stage.end(signal.SIGKILL)
        search.secrets = store_key(folder)
        search.stage("journey", stage)


def echoes(folder: Path, search: Search) -> None:
    """A TikTok that repeats what it is told."""
    with parrot() as tiktok, running(folder, tiktok.url) as stage:
        for number, echo in enumerate(ECHOES):
            tiktok.echo = echo
            before = len(tiktok.bodies)
            event = journey.item(f"echo-{number}")
            stage.ask("POST", journey.EVENTS, journey.envelope(event), **AUTHORIZED)
            eventually(lambda before=before: len(tiktok.bodies) > before)  # type: ignore[misc]
            eventually(lambda name=f"echo-{number}": _answered(stage, name))  # type: ignore[misc]
        journey.make(stage, journey.looking())
        search.secrets = store_key(folder)
        search.stage("echoes", stage)


def verbs(folder: Path, search: Search, commands: Iterable[tuple[str, ...]] = VERBS) -> None:
    """Everything that the CLI says about it, offline and beside the gateway, and a backup."""
    events = folder / "events.json"
    with parrot() as tiktok, running(folder, tiktok.url) as stage:
        items = [journey.item("granted"), journey.item("denied", consent=journey.DENIED)]
        wrong = [journey.item("wrong", user={"email": {"a": 1}}), journey.item(EMAIL)]
        events.write_bytes(journey.envelope(*items, *wrong))
        head, line = journey.shop_books()
        orders, headless = folder / "orders.csv", folder / "headless.csv"
        orders.write_text(f"{head}{line}{EMAIL}{line}", "utf-8")
        headless.write_text(line, "utf-8")
        files = {"file": events, "orders": orders, "headless": headless}
        said = [stage.verb(*(word.format(**files) for word in words)) for words in commands]
        assert max(said) < TROUBLE, "a verb broke"
        for typed, *words in TYPED:
            stage.verb(*words, typed=f"{typed}\n")
        for file in files.values():
            file.unlink()
        search.secrets = store_key(folder)
        search.stage("verbs", stage)


SUITE: Final = (
    "test_serve",
    "test_kill",
    "test_operating",
    "test_guide",
    "test_rights",
    "test_verbs",
    "test_damage",
)
"""Tests of `tests/e2e` that write nobody's email into a file of their own."""

JANE: Final = "jane.privacy@example.com"
SUITES_PEOPLE: Final = Canary("email of the suite", ("@customer.example", JANE))


def end_to_end(folder: Path, search: Search) -> None:
    """The end-to-end tests as they are, with their files kept and their words listened to."""
    kept = folder / "kept"
    files = [str(ROOT / "tests" / "e2e" / f"{name}.py") for name in SUITE]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "-p", "tests.privacy.recorder", "-o", "tmp_path_retention_policy=all",
         f"--basetemp={kept}", *files],
        cwd=ROOT,
        env={**os.environ, FOLDER: str(folder)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, "the end-to-end tests fail"
    ids = {event_id for file in kept.rglob("*.db") for event_id in event_ids(file)}
    people = (JANE, *(f"{event_id}@customer.example" for event_id in ids))
    wanted = needles([SUITES_PEOPLE, Canary("digest of the suite", (), people)])
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        search.bytes(f"tests/e2e: {file.relative_to(folder)}", file.read_bytes(), wanted)


def event_ids(database: Path) -> Iterator[str]:
    """The event_ids in the store of a test, by which its people are named."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield from (row[0] for row in connection.execute("SELECT event_id FROM event"))
    finally:
        connection.close()


def planted(folder: Path, plants: Iterable[str], search: Search) -> None:
    """A gateway with *plants* in it, and events that meet them."""
    command = ("-m", "tests.privacy.planted")
    with parrot() as tiktok, running(folder, tiktok.url, command=command) as stage:
        for what in plants:
            event = journey.item(event_id(what))
            stage.ask("POST", journey.EVENTS, journey.envelope(event), **AUTHORIZED)
            eventually(lambda: stage.ask("GET", "/livez")[0] == OK)
        stage.end(signal.SIGTERM)
        search.stage("planted", stage)


def rests(tiktok: Parrot) -> bool:
    """Whether nothing has been sent for a moment."""
    before = len(tiktok.bodies)
    time.sleep(0.3)
    return len(tiktok.bodies) == before


def _answered(stage: Stage, event_id: str) -> bool:
    _, told = stage.ask("GET", f"/api/events/{event_id}", **AUTHORIZED)
    return b'"answered_at":"' in told
