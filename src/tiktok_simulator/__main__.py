"""The command line: ``python -m tiktok_simulator --listen 127.0.0.1:0``."""

import argparse
import re
import sys
from collections.abc import Sequence

from tiktok_simulator.app import create_app
from tiktok_simulator.contract import Dialect
from tiktok_simulator.record import Record
from tiktok_simulator.server import serve
from tiktok_simulator.world import DEMO_PIXEL, DEMO_TOKEN, Access, World

_LAST_PORT = 65_535
_UNITS = {"ms": 0.001, "s": 1.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM. Exit 0; 2 for arguments or an address that cannot be used."""
    options = _parser().parse_args(arguments)
    world = World(
        access=_access(options),
        record=Record(options.record),
        dialect=Dialect(options.dialect),
        latency=options.latency,
        reads=options.read,
    )
    host, port = options.listen
    try:
        serve(create_app(world), host, port)
    except OSError as error:
        sys.stderr.write(
            f"cannot listen on {host}:{port}: {error.strerror}\nTry: --listen 127.0.0.1:0\n"
        )
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "tiktok_simulator", description="A simulated TikTok Events API.", allow_abbrev=False
    )
    parser.add_argument(
        "--listen",
        type=_address,
        default=("127.0.0.1", 0),
        metavar="HOST:PORT",
        help="port 0 takes a free one, which is the default",
    )
    parser.add_argument(
        "--pixel",
        action="append",
        default=[],
        metavar="CODE",
        help="a pixel that every --token may write to",
    )
    parser.add_argument("--token", action="append", default=[], help="a token for every --pixel")
    parser.add_argument(
        "--access",
        action="append",
        default=[],
        type=_pair,
        metavar="PIXEL=TOKEN",
        help="a pixel and a token that may write to it",
    )
    parser.add_argument(
        "--guide-wire",
        action="append",
        default=[],
        metavar="PIXEL",
        help="a pixel that also takes user.phone_number",
    )
    parser.add_argument(
        "--latency", type=_duration, default=0.0, metavar="50ms", help="wait before every answer"
    )
    parser.add_argument(
        "--record",
        choices=("full", "keys"),
        default="full",
        help="keys: remember conversions only, for long runs",
    )
    parser.add_argument(
        "--read",
        choices=("full", "keys"),
        default="full",
        help="keys: count events, and hold no other field to the contract, for benchmarks",
    )
    parser.add_argument(
        "--dialect",
        choices=[each.value for each in Dialect],
        default="sdk",
        help="whose code numbers to answer with",
    )
    return parser


def _access(options: argparse.Namespace) -> Access:
    pixels = options.pixel or ([] if options.access else [DEMO_PIXEL])
    tokens = options.token or ([] if options.access else [DEMO_TOKEN])
    pairs = [*options.access, *((pixel, token) for pixel in pixels for token in tokens)]
    return Access(
        {token: frozenset(pixel for pixel, other in pairs if other == token) for _, token in pairs},
        frozenset(options.guide_wire),
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > _LAST_PORT:
        msg = f"{text!r} is not HOST:PORT, for example 127.0.0.1:0"
        raise argparse.ArgumentTypeError(msg)
    return host.strip("[]"), int(port)


def _pair(text: str) -> tuple[str, str]:
    pixel, _, token = text.partition("=")
    if not pixel or not token:
        msg = f"{text!r} is not PIXEL=TOKEN, for example {DEMO_PIXEL}={DEMO_TOKEN}"
        raise argparse.ArgumentTypeError(msg)
    return pixel, token


def _duration(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if not found:
        msg = f"{text!r} is not a duration, for example 50ms or 2s"
        raise argparse.ArgumentTypeError(msg)
    return float(found[1]) * _UNITS[found[2]]


if __name__ == "__main__":
    sys.exit(main())
