"""``tandemgate doctor``: what is well, what is not, and what to do about it."""

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.check import FAIL, OK, WARN, Check
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.ladder import climbed
from tandemgate.cli.options import KeyEnv, Url
from tandemgate.cli.origins import origins
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.setup import Prerequisite

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway
    from tandemgate.settings import Settings

STYLES: Final = {OK: "green", WARN: "yellow", FAIL: "red"}

CLOCKS_APART: Final = 5.0
"""Seconds between this clock and the gateway's that nobody should have to think about."""

CLOCKS_ASTRAY: Final = 300.0
"""Seconds after which events of this machine's time are refused as being from the future."""

LOG_LARGE: Final = 1 << 29
"""Bytes of the write-ahead log; it has up to 128 MiB, and is folded when nobody reads any more."""

LITTLE_ROOM: Final = 1 << 30
"""Bytes on the store's disk below which it is time to look."""

SUBJECTS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "store": (
        frozenset({"store_unavailable", "store_full", "store_damaged"}),
        "takes new events",
    ),
    "ledger": (frozenset({"ledger_imbalance"}), "adds up: nothing is lost"),
    "tokens": (frozenset({"token_missing"}), "every pixel has one"),
    "lanes": (frozenset({"lane_held", "pixel_paused"}), "none stands"),
    "date": (frozenset({"clock_astray"}), "no answer of TikTok contradicts the clock"),
    "log": (frozenset({"log_lines_lost"}), "takes every line"),
    "alerts": (frozenset({"alerts_untold"}), "none waits to be told"),
    "sources": (frozenset({"source_refused"}), "none was refused for its signature"),
    "queue": (frozenset({"queue_old"}), "nothing waits for long"),
    "problems": (frozenset({"urgent_problem"}), "none is urgent"),
    "decisions": (
        frozenset({"events_in_review", "events_indeterminate"}),
        "no event waits for a person",
    ),
    "tests": (frozenset({"test_left_open"}), "none was left open"),
}
"""What the gateway is asked about: the reasons that tell against it, and what is said without."""


def doctor(
    ctx: typer.Context,
    *,
    confirm: Annotated[
        Prerequisite | None,
        typer.Option(metavar="NAME", help="Say that business_center, pixel or domain is there."),
    ] = None,
    send_test: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Send one test event with this test_event_code."),
    ] = None,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="Which pixel these two are about.")
    ] = None,
    url: Url = None,
    key_env: KeyEnv = None,
) -> Ending:
    """Examine settings, store, gateway and setup; say what to mend, and how.

    Exit 1 when something must be mended; what is only worth a look is a warning.
    """
    call = calls.of(ctx)
    if send_test is not None:
        from tandemgate.cli.tryout import send_test_event

        return send_test_event(call, send_test, pixel, url=url, key_env=key_env)
    if confirm is not None:
        from tandemgate.cli.ladder import confirm_there

        return confirm_there(call, confirm, pixel, url=url, key_env=key_env)
    found = list(_examine(call, url, key_env))
    call.tell({"checks": [asdict(check) for check in found]}, lambda _: _lines(found))
    return Ending.FINDINGS if any(check.status == FAIL for check in found) else Ending.OK


def _examine(call: calls.Call, url: str | None, key_env: str | None) -> Iterator[Check]:
    from tandemgate.cli.connect import configured, connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    settings: Settings | None = None
    if not (url and key_env):
        try:
            settings = configured(call)
        except (ConfigurationError, Failure) as misfit:
            yield _misfit("settings", misfit)
            return
        yield Check("settings", OK, "everything fits together")
    with connect(call, Scope.READ, url=url, key_env=key_env) as gateway:
        try:
            told, setup = _told(gateway), need(gateway.get("/api/setup"), 200)
        except Failure as failure:
            yield Check("gateway", FAIL, str(failure), failure.way_out)
            told = setup = None
        if told is not None and setup is not None:
            yield Check("gateway", OK, f"answers at {gateway.url}, version {told['version']}")
            yield clock(datetime.fromisoformat(told["now"]).timestamp() - time.time())
            yield from (_linked(one, gateway.url) for one in subjects(told["attention"]))
            yield from climbed(setup["pixels"])
            yield from unheard(setup["sources"])
            if settings is not None:
                yield from origins(settings, gateway)
    if settings is not None:
        yield from _on_this_machine(settings, running=told is not None)


def _told(gateway: "Gateway") -> Any:  # noqa: ANN401 - decoded JSON
    from tandemgate.cli.gateway import need

    return need(gateway.get("/api/attention"), 200)


def clock(apart: float) -> Check:
    """Judge how many seconds the gateway's clock is ahead of this one."""
    said = f"{abs(apart):.1f} s apart from the gateway's"
    fix = "set both clocks by NTP; events from the future are refused"
    if abs(apart) > CLOCKS_ASTRAY:
        return Check("clock", FAIL, said, fix)
    return (
        Check("clock", WARN, said, fix) if abs(apart) > CLOCKS_APART else Check("clock", OK, said)
    )


def subjects(attention: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    """Say of each subject what the gateway found, or that it is well."""
    found = list(attention)
    for subject, (reasons, well) in SUBJECTS.items():
        against = [one for one in found if one["reason"] in reasons]
        yield from (_trouble(subject, one) for one in against)
        if not against:
            yield Check(subject, OK, well)


def unheard(sources: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    """Name the shop systems that have told nothing since the gateway's start."""
    for one in sources:
        if one["heard_at"] is None and one["refused"] is None:
            said = f"{one['name']} was not heard since the gateway's start"
            fix = f"let the shop system send a test to {one['address']}; docs/shops.md says where"
            yield Check("sources", WARN, said, fix)


def room(free: int, kept: int) -> Check:
    """Judge the *free* bytes of the store's disk, of which *kept* are not for new events."""
    said = f"{free / (1 << 30):.1f} GiB free"
    fix = "make room, or move the store to a larger disk"
    if free < kept:
        return Check("disk", FAIL, said, fix, "store_full")
    return Check("disk", WARN, said, fix) if free < LITTLE_ROOM else Check("disk", OK, said)


def log(size: int) -> Check:
    """Judge the *size* of the store's write-ahead log."""
    said = f"{size >> 20} MiB of write-ahead log"
    fix = "end whoever reads the store for so long: fuser -v on the file names the process"
    return Check("wal", WARN, said, fix) if size > LOG_LARGE else Check("wal", OK, said)


def _trouble(subject: str, one: Mapping[str, Any]) -> Check:
    from tandemgate.cli.story import instant

    parts = (
        one["reason"],
        one["pixel_id"] or "",
        f"({one['detail']})" if one["detail"] else "",
        f"{one['count']} events" if one["count"] is not None else "",
        f"since {instant(one['since'])}" if one["since"] else "",
    )
    status = FAIL if one["urgent"] else WARN
    return Check(subject, status, " ".join(filter(None, parts)), one["fix"], one["reason"])


def _on_this_machine(settings: "Settings", *, running: bool) -> Iterator[Check]:
    from tandemgate.wiring.keeping import fits, room_kept
    from tandemgate.wiring.store import IN_MEMORY, database_of

    if settings.store.url == IN_MEMORY:
        yield Check("disk", WARN, "the store is in memory", "set store.url to keep events")
        return
    database = database_of(settings)
    if not database.exists():
        if not running:
            yield Check("file", WARN, f"{database} is not there yet", "tandemgate serve makes it")
        return
    disk = shutil.disk_usage(database.parent)
    yield room(disk.free, room_kept(disk.total))
    wal = database.with_name(f"{database.name}-wal")
    yield log(wal.stat().st_size if wal.exists() else 0)
    try:
        fits(settings)
    except ConfigurationError as misfit:
        yield _misfit("file", misfit)
    else:
        yield Check("file", OK, f"{database} opens with its key")


def _linked(check: Check, url: str) -> Check:
    """Say where the gateway itself tells more about it."""
    from tandemgate.catalog.reasons import REASONS_PATH

    return replace(check, docs=f"{url}{REASONS_PATH}{check.explain}") if check.explain else check


def _misfit(subject: str, misfit: ConfigurationError | Failure) -> Check:
    if isinstance(misfit, Failure):
        return Check(subject, FAIL, str(misfit), misfit.way_out)
    return Check(subject, FAIL, "; ".join(misfit.lines), misfit.try_)


def _lines(found: Iterable[Check]) -> Iterator[Any]:
    from rich.table import Table
    from rich.text import Text

    lines = Table.grid(padding=(0, 2, 0, 0))
    for width in (4, 9, None):
        lines.add_column(min_width=width, no_wrap=width is not None, overflow="fold")
    for check in found:
        lines.add_row(Text(check.status, STYLES[check.status]), check.subject, Text(check.said))
        if check.fix and check.status != OK:
            more = f"\ntandemgate explain {check.explain}" if check.explain else ""
            more += f"\n{check.docs}" if check.docs else ""
            lines.add_row("", "", Text(f"fix: {check.fix}{more}", "dim"))
    yield lines
