"""The folder, the gateway and the simulated TikTok in which the pages' commands are typed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tandemgate.cli.demo.stage import free_ports
from tests.docs.commands import how
from tests.docs.reader import ROOT
from tests.e2e.programs import Program, eventually, simulator

PIXEL = "C9ABC1234567890"
DEADLINE = 120
ADMIN = """
[alerts]
webhook = "{receiver}/slack"
allow_private = true

[[keys]]
kind = "admin"
name = "operator"
secret = "ak_of_the_docs_0123456789"
"""
ORDERS = "order,total,currency,paid_at\n10493,129.95,EUR,2026-04-23T11:23:00Z\n"
EVENT = {
    "event": "CompletePayment",
    "user": {"email": "customer@example.com", "ip": "203.0.113.42"},
    "properties": {"value": 129.95, "currency": "EUR"},
    "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
}


class Sandbox:
    """A reader's folder, with settings, the files that pages name, and programs that run."""

    def __init__(self, folder: Path, tiktok: Program, receiver: Program) -> None:
        self.folder = folder
        self.tiktok = tiktok
        self._gateway: Program | None = None
        [port] = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        text = (ROOT / "examples/sandbox.toml").read_text("utf-8")
        text = text.replace("127.0.0.1:8080", self.address)
        text = text.replace("http://127.0.0.1:9009", tiktok.url)
        text = text.replace("sandbox-token", "tok_e2e_0123456789")
        self._settings = text + ADMIN.format(receiver=receiver.url)
        for known in ("examples", ".venv"):
            (folder / known).symlink_to(ROOT / known)
        (folder / "backups").mkdir()
        (folder / "token").write_text("tok_of_the_docs_0123456789\n", "utf-8")
        (folder / "ORDERS.csv").write_text(ORDERS, "utf-8")
        purchase = json.loads((ROOT / "examples/purchase.json").read_text("utf-8"))
        purchase["data"][0]["event_time"] = int(time.time())
        (folder / "event.json").write_text(json.dumps(purchase), "utf-8")

    def begin(self) -> None:
        """Run the gateway under two policies, one after the other, and let events be refused."""
        self.settle_for("strict")
        self.start()
        self.stop()
        self.settle_for("guide")
        self.start()
        self.type(".venv/bin/tandemgate send examples/purchase.json --event-time now")
        eventually(lambda: self.story("ord_10493_complete_payment")["state"] == "DELIVERED")
        self.tiktok.ask("POST", "/_sim/faults", {"fault": "code", "code": 40900}, key=None)
        self._send({**EVENT, "event_id": "ord_1042"})
        eventually(lambda: self.story("ord_1042")["state"] == "REVIEW")
        self.tiktok.ask("DELETE", "/_sim/faults", key=None)
        self._send({**EVENT, "event_id": "o1", "properties": {"value": 1, "currency": "EURO"}}, 1)
        eventually(lambda: "currency_invalid" in self._problems())

    def settle_for(self, profile: str) -> None:
        """Write the settings."""
        text = self._settings.replace("[[pixels]]", f'[[pixels]]\nconsent_profile = "{profile}"')
        (self.folder / "tandemgate.toml").write_text(text, "utf-8")

    def start(self) -> None:
        """Run the gateway, if it does not."""
        if self._gateway is None:
            settings = str(self.folder / "tandemgate.toml")
            self._gateway = Program("tandemgate", "--config", settings, "serve", ready_on="stderr")

    def stop(self) -> None:
        """Stop the gateway, if it runs."""
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway.close()
            self._gateway = None

    def story(self, event_id: str) -> Any:  # noqa: ANN401 - JSON
        """What the gateway tells of an event."""
        return json.loads(self.type(f"tandemgate events show {event_id} --json"))

    def follow(self, line: str) -> None:
        """Do what a page says: a command, or to run the gateway again."""
        if line == "tandemgate serve":
            self.start()
            return
        if how(line).still:
            self.stop()
        if "db restore" in line:
            self._move_away()
        self.type(line)

    def type(self, line: str) -> str:
        """Type *line* in the folder and return what it printed; it has to end as it should."""
        expected = how(line)
        done = self._run(self._placed(line), expected.told)
        said = f"{line}\nends with {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode in expected.ends, said
        assert "Traceback" not in done.stderr, said
        return done.stdout

    def _run(self, line: str, told: str = "") -> subprocess.CompletedProcess[str]:
        programs = Path(sys.executable).parent
        path = f"{programs}:{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "TC_STRING": "CPc", "NO_COLOR": "1"},
            input=told,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def _placed(self, line: str) -> str:
        """Put the sandbox's own names in the place of those that the page makes up."""
        line = line.replace("/backups/", f"{self.folder}/backups/")
        line = line.replace("127.0.0.1:8080", self.address)
        if line.endswith("mixed_day.py"):
            return f"{line} --url http://{self.address}"
        return " ".join(map(self._problem, line.split(" "))) if " problems " in line else line

    def _problem(self, word: str) -> str:
        """Turn the ID of a problem on a page into that of the same problem here."""
        reason, _, digest = word.rpartition("-")
        return self._problems()[reason] if reason and len(digest) == 8 else word

    def _problems(self) -> dict[str, str]:
        listed = self._run("tandemgate problems list --severity notice --status all --json")
        return {one["reason"]: one["id"] for one in json.loads(listed.stdout)["problems"]}

    def _move_away(self) -> None:
        for part in ("", "-wal", "-shm"):
            (self.folder / f"sandbox.db{part}").unlink(missing_ok=True)

    def _send(self, event: dict[str, Any], ends: int = 0) -> None:
        file = self.folder / "sent.json"
        file.write_text(json.dumps(event), "utf-8")
        told = f"tandemgate send sent.json --pixel {PIXEL} --event-time now"
        done = self._run(told)
        assert done.returncode == ends, done.stdout + done.stderr


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """Have a sandbox in *folder*, with events of every kind in its ledger."""
    with ExitStack() as stack:
        tiktok = stack.enter_context(simulator())
        log, status = str(folder / "alerts.log"), str(folder / "alerts.status")
        receiver = Program("tests.e2e.receiver", log, status, ready_on="stdout")
        stack.callback(receiver.close)
        made = Sandbox(folder, tiktok, receiver)
        stack.callback(made.stop)
        made.begin()
        yield made
