"""The demo's stage: a simulated TikTok and a gateway on loopback, in a temporary folder."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tandemgate.cli.demo.processes import Program
from tandemgate.cli.demo.shop_day import PIXEL
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.gateway import Gateway

SETTINGS_PREFIX = "TANDEMGATE_"
SERVER_KEY = "sk_demo"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulator below
READY = 200

CONFIG = """\
# Written by `tandemgate demo`; this folder is removed when the demo ends.
[server]
listen = "{host}"
public_url = "http://{host}"
keyless_alias = true                       # only ever beside a TikTok on this machine

[store]
url = "sqlite:///tandemgate.db"
key = {{ file = "tandemgate.key" }}

[tiktok]
base_url = "{tiktok}"                      # the simulated TikTok

[[pixels]]
id = "{pixel}"
name = "Demo shop"
access_token = "{token}"
phone_region = "DE"
domains = ["shop.example"]

[[keys]]
kind = "server"
name = "backend"
secret = "{key}"
pixels = ["{pixel}"]
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is."""

    config: Path
    gateway: str
    simulator: str
    programs: tuple[Program, ...]

    def must_stand(self) -> None:
        """Raise a Failure when one of the programs has ended."""
        for program in self.programs:
            program.must_run()


@contextmanager
def staged(folder: Path, environ: Mapping[str, str]) -> Iterator[Stage]:
    """Start both programs in *folder*, wait until they answer, and stop them in the end.

    Settings in *environ* are kept from them: the demo's gateway must not send to a real TikTok.
    """
    clean = {name: value for name, value in environ.items() if not name.startswith(SETTINGS_PREFIX)}
    with ExitStack() as running:
        simulator = running.enter_context(
            Program(
                "simulator",
                "tiktok_simulator",
                ["--listen", "127.0.0.1:0", "--access", f"{PIXEL}={TOKEN}"],
                folder / "simulator.log",
                clean,
            )
        )
        tiktok = str(simulator.ready_line()["url"])
        config = folder / "tandemgate.toml"
        host = f"127.0.0.1:{free_port()}"
        config.write_text(
            CONFIG.format(host=host, tiktok=tiktok, pixel=PIXEL, token=TOKEN, key=SERVER_KEY),
            "utf-8",
        )
        gateway = running.enter_context(
            Program(
                "gateway",
                "tandemgate",
                ["--config", str(config), "serve"],
                folder / "gateway.log",
                clean,
            )
        )
        await_ready(gateway, f"http://{host}")
        yield Stage(config, f"http://{host}", tiktok, (simulator, gateway))


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(program: Program, url: str) -> None:
    """Wait until the gateway at *url* says that it is ready."""
    for _ in program.attempts():
        with Gateway(url) as gateway:
            try:
                if gateway.get("/readyz").status == READY:
                    return
            except Failure as failure:
                if failure.ending is not Ending.UNREACHABLE:
                    raise
