"""The verb: its options, and the way from the file to the answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.options import KeyEnv, Url

if TYPE_CHECKING:
    from tandemgate.model.order import SheetField


class PurchaseName(StrEnum):
    """The names that purchases are sent by."""

    COMPLETE_PAYMENT = "CompletePayment"
    PURCHASE = "Purchase"


class Mark(StrEnum):
    """What stands before the fraction of an amount."""

    POINT = "point"
    COMMA = "comma"


def reconcile(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="ORDERS.csv|-", help="The order system's export.")],
    *,
    pixel: Annotated[
        str | None, typer.Option(metavar="ID", help="The pixel; needed where a key opens several.")
    ] = None,
    event: Annotated[
        PurchaseName | None, typer.Option(help="Only purchases sent by this name; else both.")
    ] = None,
    columns: Annotated[
        str,
        typer.Option(
            metavar="order=NAME,total=NAME,...",
            help="Columns whose names are not known: order, total, subtotal, tax, shipping, "
            "discount, refund, currency, paid_at, status.",
        ),
    ] = "",
    currency: Annotated[
        str | None, typer.Option(metavar="EUR", help="Currency of orders that state none.")
    ] = None,
    decimal: Annotated[
        Mark | None, typer.Option(help="What stands before the fraction, where it can't be told.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Else UTF-8, or UTF-16 with its mark.")
    ] = None,
    event_id: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="How you name events, like order-{order}; may be repeated."
        ),
    ] = None,
    at_least: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", min=0, max=1, help="Exit 1 below it; else as the pixel's settings say."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write a line for every order.")
    ] = None,
    most: Annotated[
        int, typer.Option(metavar="N", min=0, max=10_000, help="List so many of each kind.")
    ] = 20,
    url: Url = None,
    key_env: KeyEnv = None,
) -> int:
    """Tell whether the purchases at TikTok are those of the shop: each order, and the money.

    Only order number, amounts, currency, time and status are read from the file, and only the
    first three leave this machine, for the gateway. Exit 1 when fewer than --at-least arrived, by
    number or by money, or when lines can't be read.
    """
    from tandemgate.cli.connect import connect
    from tandemgate.cli.reconcile.books import Asked, compare, find_extra, terms_of
    from tandemgate.cli.reconcile.results import results
    from tandemgate.cli.reconcile.sheetfile import opened
    from tandemgate.cli.reconcile.words import lines, told
    from tandemgate.core.reconcile import EVENTS
    from tandemgate.core.spelling import DecimalMark
    from tandemgate.settings import Scope

    call = calls.of(ctx)
    _check(currency, encoding)
    stated = read_columns(columns)
    asked = Asked(
        events=EVENTS if event is None else (event.value,),
        event_ids=tuple(event_id or ()),
        currency=currency and currency.upper(),
        decimal=None if decimal is None else DecimalMark(decimal.value),
        most=most,
    )
    with (
        connect(call, Scope.READ, pixel=pixel, url=url, key_env=key_env) as gateway,
        results(out) as written,
    ):
        terms = terms_of(gateway, pixel)
        with opened(file, stated, terms.amounts, encoding) as sheet, _progress(call) as tick:
            books = compare(gateway, sheet, terms, asked, tick=tick, write=written.order)
        find_extra(gateway, terms, asked, books, written.extra)
    least = terms.at_least if at_least is None else at_least
    if call.as_json:
        call.emit(told(books, terms, least, file))
    else:
        call.show(*lines(books, terms, least))
    share = books.reckoning.share()
    short = not books.reckoning.orders or (share is not None and share < least)
    return Ending.FINDINGS if short or books.faults else Ending.OK


def read_columns(text: str) -> "dict[SheetField, str]":
    """Read ``order=Name,total=Total``.

    Raises:
        Failure: it is written otherwise, or names a field that is not read.

    """
    from tandemgate.model.order import SheetField

    fields: dict[SheetField, str] = {}
    for part in filter(None, text.split(",")):
        field, found, name = part.partition("=")
        if not found or not name.strip() or field.strip() not in set(SheetField):
            raise Failure(
                f"--columns holds {part!r}, but expected field=NAME with one of the fields "
                f"{', '.join(SheetField)}",
                '--columns "order=Order No,total=Sum"',
            )
        fields[SheetField(field.strip())] = name.strip()
    return fields


def _check(currency: str | None, encoding: str | None) -> None:
    """Refuse a currency or an encoding that does not exist, before anything is opened."""
    import codecs

    from tandemgate.catalog.orders import is_currency

    if currency is not None and not is_currency(currency.upper()):
        raise Failure(
            f"--currency is {currency!r}, but expected an ISO 4217 code", "--currency EUR"
        )
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        raise Failure(
            f"--encoding is {encoding!r}, which no one knows",
            "--encoding utf-8, utf-16, windows-1252 or latin-1",
        ) from None


@contextmanager
def _progress(call: calls.Call) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far it came."""
    import sys

    if call.quiet or not sys.stderr.isatty():
        yield lambda _line, _last: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda line, last: progress.update(
            task, completed=line, total=last, description=f"line {line:,} of {last:,}"
        )
