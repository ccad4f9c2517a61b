"""``tandemgate init``: asks what only you know, writes the rest, and says what is next."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls

if TYPE_CHECKING:
    from tandemgate.cli.init.answers import Answers
    from tandemgate.cli.init.making import Made

HERE = "http://127.0.0.1:8080"


def init(
    ctx: typer.Context,
    *,
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where settings, keys and store are to be.")
    ] = Path(),
    site: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the shop is called.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="A host of its pages. Repeatable.")
    ] = None,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="The pixel's code, from Events Manager.")
    ] = None,
    advertiser: Annotated[
        str | None, typer.Option("--advertiser-id", metavar="ID", help="For people; may be empty.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="R", help="Region of events that state none, like DE.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--consent-profile", metavar="NAME", help="guide, strict or drop."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="How pages and servers reach the gateway.")
    ] = None,
    tiktok_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another TikTok, such as the simulator.")
    ] = None,
) -> None:
    """Set a gateway up: settings with comments, its keys, the token sealed, and what is next.

    Asks for what is not stated. Without a terminal nothing is asked: state the rest by options, and
    the access token on standard input. Nothing is overwritten.
    """
    from tandemgate.cli.init.making import make

    call = calls.of(ctx)
    answers = _answers(site, domain, pixel, advertiser, region, profile, public_url, tiktok_url)
    made = make(folder, answers)
    if call.as_json:
        call.emit(
            {
                "settings": str(made.settings),
                "server_key": made.server_key,
                "browser_key": made.browser_key,
                "token": bool(answers.token),
                "files": [str(file) for file in made.files],
            }
        )
        return
    call.show(*_told(made, answers))


def _answers(  # noqa: PLR0917 - one for each option
    site: str | None,
    domain: list[str] | None,
    pixel: str | None,
    advertiser: str | None,
    region: str | None,
    profile: str | None,
    public_url: str | None,
    tiktok_url: str | None,
) -> "Answers":
    from tandemgate.cli.init import answers as read

    ask = read.Asking(attended=sys.stdin.isatty())
    hosts = ",".join(domain) if domain else None
    return read.Answers(
        site=ask.need("--site", site, "What is the shop called", read.words, example='"My shop"'),
        domains=ask.need(
            "--domain", hosts, "Hosts of its pages", read.hosts, example="shop.example"
        ),
        pixel=ask.need(
            "--pixel", pixel, "The pixel's code", read.pixel_id, example="C9ABC1234567890"
        ),
        advertiser=ask.need(
            "--advertiser-id", advertiser, "Advertiser id (may be empty)", read.words, default=""
        ),
        region=ask.need(
            "--region",
            region,
            "Region of customers who state none (empty: unknown, so consent is needed)",
            read.region,
            default="",
        ),
        profile=ask.need(
            "--consent-profile",
            profile,
            "What a denial removes: guide, strict or drop",
            read.profile,
            default="guide",
        ),
        public_url=ask.need(
            "--public-url",
            public_url,
            "How pages and servers reach the gateway",
            read.address,
            default=HERE,
        ),
        tiktok_url=ask.need("--tiktok-url", tiktok_url or "", "", _other_tiktok, default=""),
        token=ask.secret("Access token of the pixel"),
    )


def _other_tiktok(text: str) -> str:
    from tandemgate.cli.init.answers import address

    return address(text) if text else ""


def _told(made: "Made", answers: "Answers") -> list[str]:
    from rich.markup import escape

    from tandemgate.cli.snippet import STUB, tag_for

    tag = tag_for(f"{answers.public_url}/t.js", made.browser_key)
    files = ", ".join(file.name for file in made.files)
    token = (
        "The access token is sealed in the store."
        if answers.token
        else f"No access token yet: tandemgate tokens set {answers.pixel}, once it runs."
    )
    return [
        f"Made in {escape(str(made.settings.parent.resolve()))}: {files}",
        token,
        "",
        "The key of the shop's servers, shown this once; put it where they read their secrets:",
        f"    TANDEMGATE_SERVER_KEY={made.server_key}",
        "",
        "For every page's <head>:",
        f"    {escape(STUB)}",
        f"    {escape(tag)}",
        "",
        "Next:",
        f"    export TANDEMGATE_CONFIG={escape(str(made.settings.resolve()))}",
        "    tandemgate serve",
        "    tandemgate doctor",
        "    tandemgate snippet python      # or django, fastapi, flask, node, php, curl",
        *(
            ["", "Keep a copy of tandemgate.key elsewhere: it opens what waits."]
            if answers.production
            else []
        ),
    ]
