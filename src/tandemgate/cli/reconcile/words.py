"""What a comparison found, in words and tables: the answer first, then where to look."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tandemgate.catalog.orders import OUTCOMES, REMARKS
from tandemgate.cli.reconcile.books import Books, Terms
from tandemgate.cli.story import instant
from tandemgate.cli.table import table
from tandemgate.model.order import OrderOutcome, OrderRemark

if TYPE_CHECKING:
    from rich.console import RenderableType

Json = Mapping[str, Any]

LEFT_OUT: Mapping[str, str] = {
    "not_sold": "not paid (pending, failed, cancelled, ...)",
    "negative": "below zero: refunds are no purchases",
    "continued": "further lines of an order",
    "repeated": "the same order with the same amount again",
}


def answer(summary: Json) -> str:
    """Say in one line whether TikTok's purchases are the shop's."""
    orders, money = summary["orders"], summary["money"]
    if not orders:
        return "There is no purchase in the file."
    sums = " and ".join(_sum(currency, one) for currency, one in money.items())
    kept = summary["orders"] - summary["may_leave"]
    but = f"; consent keeps {kept} of {orders} here" if kept else ""
    if summary["equals"]:
        exact = " and ".join(f"{one['delivered']} {currency}" for currency, one in money.items())
        may = summary["may_leave"]
        all_of_them = "the 1 purchase" if may == 1 else f"all {may} purchases"
        return f"Yes: TikTok has {all_of_them} that may leave, {exact}{but}."
    delivered = summary["outcomes"]["delivered"]
    return f"No: TikTok has {delivered} of the shop's {orders} purchases, {sums}{but}."


def _sum(currency: str, one: Json) -> str:
    return f"{one['delivered']} of {one['total']} {currency}"


def lines(books: Books, terms: Terms, least: float) -> "Iterator[RenderableType]":
    """Tell everything."""
    summary = books.reckoning.told()
    yield answer(summary)
    if summary["orders"]:
        yield ""
        yield _outcomes(summary)
        yield ""
        yield _money(summary)
    yield ""
    yield f"Value is {terms.value_rule} of the order; {_share(summary, least)}"
    yield from _left_out(books)
    yield from _faults(books)
    yield from _absent(books)
    yield from _differing(books)
    yield from _twice(books)
    yield from _extra(books, summary)


def _outcomes(summary: Json) -> "RenderableType":
    currencies = list(summary["money"])
    listed = table("orders", "", *currencies, right={"orders", *currencies})
    for outcome in OrderOutcome:
        if count := summary["outcomes"][outcome.value]:
            cells = [
                summary["money"][currency]["outcomes"].get(outcome.value, {}).get("total", "")
                for currency in currencies
            ]
            listed.add_row(str(count), outcome.value, *cells)
    return listed


def _money(summary: Json) -> "RenderableType":
    amounts = ("shop", "TikTok", "difference", "share", "twice", "extra")
    listed = table("currency", *amounts, right=amounts)
    for currency, one in summary["money"].items():
        share = "" if one["share"] is None else f"{one['share']:.2%}"
        listed.add_row(
            currency,
            one["total"],
            one["delivered"],
            one["difference"],
            share,
            one["copies_beside"],
            one["extra"],
        )
    return listed


def _share(summary: Json, least: float) -> str:
    reached = summary["least_share"]
    if reached is None:
        return "no order may leave, so there is no share to reach."
    verdict = "reaches" if reached >= least else "is less than"
    return f"of what may leave {reached:.2%} arrived, which {verdict} {least:.2%}."


def _left_out(books: Books) -> Iterator[str]:
    for why, count in books.left_out.items():
        yield f"Left out: {_lines(count)}, {LEFT_OUT[why]}"


def _faults(books: Books) -> Iterator[str]:
    if not books.faults:
        return
    yield f"\n{_lines(books.faults)} can't be read:"
    for fault in books.shown_faults:
        yield f"  line {fault.line}: {fault.text}"
    yield from _more(books.faults, books.shown_faults)


def _absent(books: Books) -> Iterator[str]:
    total = books.reckoning.orders - books.reckoning.delivered
    if not total:
        return
    yield "\nNot at TikTok:"
    for one in books.absent:
        why = " ".join(filter(None, (one.reason, f"code {one.code}" if one.code else "")))
        known = f", {why}" if why else ""
        yield f"  {one.order}  {one.total} {one.currency}  {one.outcome.value}{known}"
    yield from _more(total, books.absent)
    for outcome in sorted({one.outcome for one in books.absent}):
        yield f"  {outcome.value}: {OUTCOMES[outcome].meaning}"
    for fix in dict.fromkeys(one.fix for one in books.absent if one.fix):
        yield f"  fix: {fix}"


def _differing(books: Books) -> Iterator[str]:
    if not books.differing:
        return
    yield "\nDelivered with another value:"
    for one in books.differing:
        sent = f"{one.value} {one.value_currency}" if one.value else "no value"
        apart = f", difference {one.difference}" if one.difference else ""
        yield f"  {one.order}  shop {one.total} {one.currency}, TikTok {sent}{apart}"
    for remark in OrderRemark:
        if remark is not OrderRemark.SENT_TWICE and any(
            remark in one.remarks for one in books.differing
        ):
            yield f"  {remark.value}: {REMARKS[remark].fix}"


def _twice(books: Books) -> Iterator[str]:
    if not books.twice:
        return
    yield "\nSent twice, and counted twice:"
    for one in books.twice:
        others = ", ".join(f"{other.event} {other.event_id}" for other in one.others)
        yield f"  {one.order}  as {one.event} {one.event_id}, and as {others}"
    yield f"  fix: {REMARKS[OrderRemark.SENT_TWICE].fix}"


def _extra(books: Books, summary: Json) -> Iterator[str]:
    if summary["orders"] and books.since is None:
        yield "\nThe file states no times, so what it lacks of what was delivered can't be told."
    if not summary["extra"]:
        return
    yield f"\nDelivered, but not in the file ({summary['extra']}):"
    for event in books.extra:
        value = f"{event['value']} {event['currency']}" if event["value"] else "no value"
        yield f"  {event['event_id']}  {event['event']}  {value}  {instant(event['event_time'])}"
    yield from _more(summary["extra"], books.extra)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _more(total: int, kept: Sequence[object]) -> Iterator[str]:
    if total > len(kept):
        yield f"  and {total - len(kept)} more; --out FILE.csv writes all, --most N lists more"


def told(books: Books, terms: Terms, least: float, file: str) -> dict[str, Any]:
    """Tell the same for programs."""
    import msgspec

    summary = books.reckoning.told()
    listed = {
        "not_delivered": books.absent,
        "differing": books.differing,
        "sent_twice": books.twice,
        "extra_events": books.extra,
        "line_errors": [{"line": one.line, "error": one.text} for one in books.shown_faults],
    }
    return {
        "file": file,
        "pixel_id": terms.pixel_id,
        "value_rule": terms.value_rule,
        "at_least": least,
        "answer": answer(summary),
        **summary,
        "lines_not_read": books.faults,
        "left_out": dict(books.left_out),
        "span": {"since": books.since, "until": books.until, "untimed": books.untimed},
        **{name: msgspec.to_builtins(value) for name, value in listed.items()},
    }
