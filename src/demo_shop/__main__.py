"""The command line: ``python -m demo_shop --gateway http://127.0.0.1:8080 …``."""

import argparse
import sys
from collections.abc import Sequence

from demo_shop.server import Calling, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM. Exit 0; 2 for arguments or a port that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        serve(Calling(**vars(options)))
    except OSError as error:
        sys.stderr.write(f"cannot listen on 127.0.0.1: {error.strerror}\nTry: --port 0\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "demo_shop", description="A small shop beside a gateway.", allow_abbrev=False
    )
    parser.add_argument("--gateway", required=True, metavar="URL", help="where the gateway answers")
    parser.add_argument("--tiktok", required=True, metavar="URL", help="the simulated TikTok")
    parser.add_argument("--pixel", required=True, metavar="ID", help="the shop's pixel")
    parser.add_argument("--browser-key", required=True, metavar="pk_…", help="for its pages")
    parser.add_argument("--server-key", required=True, metavar="sk_…", help="for its backend")
    parser.add_argument("--port", type=int, default=0, help="the shop's; 0 takes a free one")
    parser.add_argument("--payment-port", type=int, default=0, help="the payment provider's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
