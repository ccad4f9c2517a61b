"""The system's Chromium, with nothing to talk to but this machine."""

import os
import shutil

from playwright.async_api import Browser, Playwright

from tandemgate.web.script import TAG, asset

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOOPBACK = ("127.0.0.1", "localhost", "*.localhost")
"""All there is: Chromium itself resolves these names to this machine, and no other name at all."""

OFFLINE = (
    f"--host-resolver-rules={', '.join(['MAP * ~NOTFOUND', *map('EXCLUDE {}'.format, LOOPBACK)])}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
)
AS_ROOT = ("--no-sandbox",)


def missing() -> str:
    """What keeps a real browser from running the script; "" if nothing."""
    if asset(TAG) is None:
        return "the browser script is not built: make browser"
    if not any(map(shutil.which, CHROMIUM)):
        return "no Chromium is installed: scripts/chromium"
    return ""


async def launch(playwright: Playwright) -> Browser:
    """Start it, off the network."""
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    return await playwright.chromium.launch(
        executable_path=program,
        args=[*OFFLINE, *(AS_ROOT if os.geteuid() == 0 else ())],
        # Playwright switches the back/forward cache off; visitors have it.
        ignore_default_args=["--disable-back-forward-cache"],
    )
