"""The demo's stage: a simulated TikTok, a gateway and a shop on loopback, in a temporary folder."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tandemgate.cli.demo.browsers import PAGES_KEY, PIXEL, SITE
from tandemgate.cli.demo.processes import Program
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.gateway import Gateway

SETTINGS_PREFIX = "TANDEMGATE_"
SERVER_KEY = "sk_demo"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulator below
SHOP_PIXEL = "C9SHOP1234567890"
"""The pixel of the shop to click through: its ledger begins empty, whatever the day brings."""

SHOP_KEY = "sk_demo_shop"
SHOP_PAGES_KEY = "pk_demo_shop"
AD = "/?ttclid=E.C.P.demo_click"
"""Where an ad's click leads."""

READY = 200

CONFIG = """\
# Written by `tandemgate demo`; this folder is removed when the demo ends.
[server]
listen = "{host}"
public_url = "http://{host}"
keyless_alias = true                       # only ever beside a TikTok on this machine
trusted_proxies = ["127.0.0.1/32"]         # the shop passes its visitors' requests on

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
# Its backend tells of every step; what pages report is the other half of a pair, and never sent.
server_truth = [
  "ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment", "SubmitForm", "Subscribe",
]

[[pixels]]
id = "{shop_pixel}"
name = "Tandem Goods"
access_token = "{token}"
phone_region = "DE"
domains = ["localhost"]

[[keys]]
kind = "server"
name = "backend"
secret = "{key}"
pixels = ["{pixel}", "{shop_pixel}"]

[[keys]]
kind = "browser"
name = "Demo shop, pages"
secret = "{pages_key}"
pixels = ["{pixel}"]
origins = ["{site}"]

[[keys]]
kind = "server"
name = "Tandem Goods"
secret = "{shop_key}"
pixels = ["{shop_pixel}"]

[[keys]]
kind = "browser"
name = "Tandem Goods, pages"
secret = "{shop_pages_key}"
pixels = ["{shop_pixel}"]
origins = ["{shop}"]
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is; *shop* is its origin."""

    config: Path
    gateway: str
    simulator: str
    shop: str
    programs: tuple[Program, ...]

    @property
    def link(self) -> str:
        """The address to which an ad of the shop leads."""
        return self.shop + AD

    def must_stand(self) -> None:
        """Raise a Failure when one of the programs has ended."""
        for program in self.programs:
            program.must_run()


@contextmanager
def staged(folder: Path, environ: Mapping[str, str]) -> Iterator[Stage]:
    """Start all programs in *folder*, wait until they answer, and stop them in the end.

    Settings in *environ* are kept from them: the demo's gateway must not send to a real TikTok.
    """
    clean = {name: value for name, value in environ.items() if not name.startswith(SETTINGS_PREFIX)}
    with ExitStack() as running:

        def start(name: str, module: str, *arguments: str) -> Program:
            log = folder / f"{name}.log"
            return running.enter_context(Program(name, module, [*arguments], log, clean))

        access = [f"--access={pixel}={TOKEN}" for pixel in (PIXEL, SHOP_PIXEL)]
        simulator = start("simulator", "tiktok_simulator", "--listen=127.0.0.1:0", *access)
        tiktok = str(simulator.ready_line()["url"])
        gateway_port, shop_port = free_ports(2)
        at, shop_at = f"http://127.0.0.1:{gateway_port}", f"http://localhost:{shop_port}"
        config = folder / "tandemgate.toml"
        config.write_text(settings(at, tiktok, shop_at), "utf-8")
        gateway = start("gateway", "tandemgate", "--config", str(config), "serve")
        shop = start("shop", "demo_shop", *shop_arguments(at, tiktok, shop_port))
        shop.ready_line()
        await_ready(gateway, at)
        yield Stage(config, at, tiktok, shop_at, (simulator, gateway, shop))


def settings(gateway: str, tiktok: str, shop: str) -> str:
    """Write the settings of the demo's gateway."""
    return CONFIG.format(
        host=gateway.removeprefix("http://"),
        tiktok=tiktok,
        token=TOKEN,
        pixel=PIXEL,
        key=SERVER_KEY,
        pages_key=PAGES_KEY,
        site=SITE,
        shop=shop,
        shop_pixel=SHOP_PIXEL,
        shop_key=SHOP_KEY,
        shop_pages_key=SHOP_PAGES_KEY,
    )


def shop_arguments(gateway: str, tiktok: str, port: int) -> list[str]:
    """Name the shop its neighbours, its pixel and its keys."""
    return [
        f"--gateway={gateway}",
        f"--tiktok={tiktok}",
        f"--pixel={SHOP_PIXEL}",
        f"--server-key={SHOP_KEY}",
        f"--browser-key={SHOP_PAGES_KEY}",
        f"--port={port}",
    ]


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens on now, each another one."""
    with ExitStack() as probing:
        probes = [probing.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


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
