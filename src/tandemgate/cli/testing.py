"""``tandemgate test``: a test session, from its link to the stored report."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.options import KeyEnv, Pixel, Url

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

POLL = 1.0
"""Seconds between two looks of ``--watch``."""

testing = typer.Typer(
    name="test",
    help="Test a pixel: a link, a checklist that fills itself, a gate, a report.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TestPixel = Annotated[
    str | None,
    typer.Option("--pixel", metavar="ID", help="Whose test, where several are open."),
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, for the report; no personal data.")
]


@testing.command()
def start(
    ctx: typer.Context,
    *,
    pixel: Annotated[str, typer.Option(metavar="ID", help="The pixel to test.")],
    code: Annotated[
        str, typer.Option(metavar="CODE", help="From Test events in TikTok's Events Manager.")
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="What is tested.")] = "",
    landing: Annotated[
        str, typer.Option(metavar="URL", help="Where the link leads; else the shop's start page.")
    ] = "",
    event: Annotated[
        list[str] | None,
        typer.Option(
            "--event",
            metavar="NAME",
            help="Wanted in pairs; may be repeated. Else ViewContent, AddToCart, InitiateCheckout, "
            "CompletePayment (or Purchase).",
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0, max=50, metavar="PERCENT", help="How far value may be from its contents."
        ),
    ] = 0.0,
    session: Annotated[
        list[str] | None,
        typer.Option(
            "--session", metavar="ID", help="A visit that takes part without the link; repeatable."
        ),
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Begin a test session of ten minutes, and print the link by which a browser joins it.

    Only what such a browser does goes to the test, and what servers tell of it; customers go on
    as ever.
    """
    from tandemgate.cli.checklist import begun

    call = calls.of(ctx)
    terms = {
        "pixel": pixel,
        "code": code,
        "name": name,
        "landing": landing,
        "tolerance": tolerance / 100,
        "sessions": session or [],
    } | ({"events": event} if event else {})
    with _gateway(call, url, key_env, pixel) as gateway:
        told = _post(gateway, "/api/tests", terms, 201)
    call.tell(told, begun)


@testing.command()
def status(
    ctx: typer.Context,
    *,
    pixel: TestPixel = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Look again until all is green, or the window is over."),
    ] = False,
    url: Url = None,
    key_env: KeyEnv = None,
) -> Ending:
    """Show the checklist of the open test. Exit 1 while a line is red."""
    from tandemgate.cli.checklist import told_as

    call = calls.of(ctx)
    with _gateway(call, url, key_env, pixel) as gateway:
        told = _report(gateway, _open(gateway, pixel)["id"])
        if watch:
            told = _watched(gateway, told)
    call.tell(told, told_as)
    return Ending.FINDINGS if told["counts"]["red"] else Ending.OK


@testing.command()
def window(
    ctx: typer.Context,
    *,
    pixel: TestPixel = None,
    fixed: Annotated[
        str, typer.Option(metavar="TEXT", help="What was mended, for the report.")
    ] = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Open another ten minutes after a fix: only what happens from now on counts."""
    from tandemgate.cli.checklist import begun

    call = calls.of(ctx)
    with _gateway(call, url, key_env, pixel) as gateway:
        told = _act(gateway, _open(gateway, pixel), "window", {"fixed": fixed})
    call.tell(told, begun)


@testing.command()
def promote(
    ctx: typer.Context,
    *,
    pixel: TestPixel = None,
    confirmed: Annotated[
        bool,
        typer.Option("--confirmed", help="You looked: TikTok's Test events shows no warning."),
    ] = False,
    override: Annotated[
        bool, typer.Option("--override", help="Although lines are not green; wants --reason.")
    ] = False,
    reason: Reason = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> Ending:
    """End the test with its report, once every line is green; from then on nothing is a test.

    Asks whether TikTok's own page shows no warning, unless --confirmed says so.
    """
    from tandemgate.cli.checklist import refused

    call = calls.of(ctx)
    claim = {"confirmed": confirmed, "override": override, "reason": reason}
    with _gateway(call, url, key_env, pixel) as gateway:
        test = _open(gateway, pixel)
        told = _promoted(gateway, test, claim)
        if _only_unconfirmed(told) and sys.stdin.isatty():
            _ask(test)
            told = _promoted(gateway, test, claim | {"confirmed": True})
    if "problems" not in told:
        call.tell(told, _ended(told))
        return Ending.OK
    if call.as_json:
        call.emit(told)
        return Ending.FINDINGS
    raise Failure(*refused(test, told["problems"]), Ending.FINDINGS)


@testing.command()
def stop(
    ctx: typer.Context,
    *,
    pixel: TestPixel = None,
    reason: Reason = "",
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """End the test without a result; from then on nothing is a test."""
    call = calls.of(ctx)
    with _gateway(call, url, key_env, pixel) as gateway:
        told = _act(gateway, _open(gateway, pixel), "stop", {"reason": reason})
    call.tell(told, _ended(told))


@testing.command()
def report(
    ctx: typer.Context,
    test: Annotated[
        str | None, typer.Argument(metavar="ID", help="Of this test; else list them.")
    ] = None,
    *,
    pixel: Pixel = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> None:
    """Show what came of a test, with all of its windows; or list the tests, newest first."""
    from tandemgate.cli.checklist import listed, told_as

    call = calls.of(ctx)
    with _gateway(call, url, key_env, pixel) as gateway:
        if test is not None:
            told = _report(gateway, test)
            call.tell(told, lambda told: told_as(told, earlier=True))
            return
        told = _get(gateway, "/api/tests", pixel=pixel)
    call.tell(told, lambda told: listed(told["tests"]))


def _gateway(
    call: calls.Call, url: str | None, key_env: str | None, pixel: str | None
) -> "Gateway":
    from tandemgate.cli.connect import connect
    from tandemgate.settings import Scope

    return connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env)


def _open(gateway: "Gateway", pixel: str | None) -> Any:  # noqa: ANN401 - decoded JSON
    """Return the one open test that is meant."""
    found = _get(gateway, "/api/tests", pixel=pixel, open=1)["tests"]
    match found:
        case [one]:
            return one
        case []:
            of = f" for {pixel}" if pixel else ""
            raise Failure(
                f"no test session is open{of}",
                "tandemgate test start --pixel ID --code CODE; tandemgate test report lists "
                "those that ended",
            )
        case _:
            ids = ", ".join(one["pixel_id"] for one in found)
            raise Failure(f"several test sessions are open: {ids}", "--pixel ID, with one of them")


def _watched(gateway: "Gateway", told: Any) -> Any:  # noqa: ANN401 - decoded JSON
    """Look again and again; on a terminal, show it."""
    import time

    from rich.console import Group
    from rich.live import Live

    from tandemgate.cli.checklist import told_as

    with Live(console=calls.terminal(), transient=True, auto_refresh=False) as live:
        while not (told["passed"] or told["state"] != "open" or not told["window"]["seconds_left"]):
            if sys.stdout.isatty():
                live.update(Group(*told_as(told)), refresh=True)
            time.sleep(POLL)
            told = _report(gateway, told["id"])
    return told


def _ask(test: Any) -> None:  # noqa: ANN401 - decoded JSON
    """Ask a person for what no program can see."""
    typer.echo(f"Every line of {test['pixel_id']} is as it should be, as far as the gateway sees.")
    question = f"Does Test events in Events Manager show no warning for {test['test_event_code']}?"
    if not typer.confirm(question):
        raise Failure(
            "not promoted: TikTok shows a warning",
            "mend what it names, then tandemgate test window",
            Ending.FINDINGS,
        )


def _only_unconfirmed(told: Any) -> bool:  # noqa: ANN401 - decoded JSON
    return [one["reason"] for one in told.get("problems", ())] == ["test_not_confirmed"]


def _promoted(gateway: "Gateway", test: Any, claim: object) -> Any:  # noqa: ANN401 - decoded JSON
    return _act(gateway, test, "promote", claim, 200, 409)


def _act(gateway: "Gateway", test: Any, act: str, body: object, *statuses: int) -> Any:  # noqa: ANN401 - decoded JSON
    return _post(gateway, f"/api/tests/{test['id']}/{act}", body, *(statuses or (200,)))


def _post(gateway: "Gateway", path: str, body: object, *statuses: int) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.gateway import need

    return need(gateway.post(path, json.dumps(body).encode()), *statuses)


def _report(gateway: "Gateway", test_id: str) -> Any:  # noqa: ANN401 - decoded JSON
    return _get(gateway, f"/api/tests/{quote(test_id, safe='')}")


def _get(gateway: "Gateway", path: str, **query: object) -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.gateway import need

    return need(gateway.get(path, query), 200)


def _ended(told: Any) -> str:  # noqa: ANN401 - decoded JSON
    how, pixel = told["state"], told["pixel_id"]
    kept = f"the report is kept: tandemgate test report {told['id']}"
    return (
        f"The test of {pixel} is {how}: nothing goes to {told['test_event_code']} any more; {kept}"
    )
