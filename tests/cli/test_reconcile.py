"""The verb: files as order systems write them, read to the end or refused in words."""

import asyncio
import csv
import io
import json
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandemgate.cli.ending import Failure
from tandemgate.cli.main import run
from tandemgate.cli.reconcile.books import Asked, Books, compare, terms_of
from tandemgate.cli.reconcile.results import results
from tandemgate.cli.reconcile.sheetfile import Sheet, described, opened
from tandemgate.cli.reconcile.verb import read_columns
from tandemgate.cli.reconcile.words import answer, lines, told
from tandemgate.core.reconcile import EVENTS
from tandemgate.core.spelling import DecimalMark
from tandemgate.model.order import SheetField
from tandemgate.model.state import State
from tests.build import an_item
from tests.cli.shop_books import Nearby
from tests.contract.steps import send
from tests.web.gateway import Gateway

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Billing Name\n"
    '#1001,anna@b.example,paid,2026-04-23 11:00:00 +0000,EUR,100,20,9.95,129.95,"Anna ""A"" B"\n'
    "#1001,anna@b.example,,,,,,,,\n"
    '#1002,cem@b.example,paid,2026-04-23 12:00:00 +0000,EUR,10,0,0,"1,010.00","Cem\nSon"\n'
    "#1003,eva@b.example,pending,,EUR,10,0,0,10.00,Eva\n"
)


def a_gateway(**orders: float) -> Gateway:
    """A gateway that delivered these orders, in euros."""
    gateway = Gateway()

    async def deliver() -> None:
        items = [
            an_item(
                event_id=f"e{order}",
                properties={"value": value, "currency": "EUR", "order_id": order.removeprefix("_")},
            )
            for order, value in orders.items()
        ]
        await gateway.sent(*items)
        await send(gateway.store, State.DELIVERED)

    asyncio.run(deliver())
    return gateway


def sheet(stack: ExitStack, folder: Path, content: str | bytes, **options: Any) -> Sheet:  # noqa: ANN401
    """An open file with this content."""
    file = folder / "orders.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    stated = options.get("columns", {})
    return stack.enter_context(
        opened(str(file), stated, (SheetField.TOTAL,), options.get("encoding"))
    )


def compared(folder: Path, content: str | bytes, client: Nearby, **options: Any) -> Books:  # noqa: ANN401
    """What the comparison of a file finds."""
    asked = Asked(EVENTS, **{k: v for k, v in options.items() if k not in {"columns", "encoding"}})
    with ExitStack() as stack:
        return compare(
            client,
            sheet(stack, folder, content, **options),
            terms_of(client, None),
            asked,
            tick=lambda _line, _last: None,
            write=lambda _one: None,
        )


def outcomes(folder: Path, content: str | bytes, **options: Any) -> tuple[dict[str, int], int]:  # noqa: ANN401
    """How many orders of a file are what, and how many lines can't be read."""
    books = compared(folder, content, Nearby(Gateway()), **options)
    counts = books.reckoning.told()["outcomes"]
    return {name: count for name, count in counts.items() if count}, books.faults


def test_an_export_is_compared_and_the_first_line_is_the_answer(tmp_path: Path) -> None:
    """Do today's purchases equal the shop's?"""
    client = Nearby(a_gateway(_1001=129.95, _1002=1010))
    books = compared(tmp_path, SHOPIFY, client)
    summary = books.reckoning.told()
    assert answer(summary) == "Yes: TikTok has all 2 purchases that may leave, 1139.95 EUR."
    assert dict(books.left_out) == {"continued": 1, "not_sold": 1}
    assert (books.since, books.until) == (1_776_942_000.0, 1_776_945_600.0)


def test_nothing_but_numbers_and_amounts_leaves_the_machine(tmp_path: Path) -> None:
    """The file is full of people."""
    client = Nearby(a_gateway(_1001=1))
    compared(tmp_path, SHOPIFY, client)
    [body] = client.bodies
    assert set(json.loads(body)["orders"][0]) == {"order", "currency", "total"}
    assert b"b.example" not in body
    assert b"Anna" not in body


def test_a_difference_is_told_with_its_orders(tmp_path: Path) -> None:
    """Which orders, by how much, and what mends it."""
    client = Nearby(a_gateway(_1001=109.95))
    books = compared(tmp_path, SHOPIFY, client)
    text = "\n".join(str(part) for part in lines(books, terms_of(client, None), 0.98))
    assert text.startswith("No: TikTok has 1 of the shop's 2 purchases, 109.95 of 1139.95 EUR.")
    assert "#1001  shop 129.95 EUR, TikTok 109.95 EUR, difference -20.00" in text
    assert "#1002  1010.00 EUR  missing" in text
    assert "9.65% arrived, which is less than 98.00%" in text


ENCODED = "Bestellnummer;Summe;Währung\n1;1.234,50;EUR\n2;3,00;EUR\n"
NAMED = {
    SheetField.ORDER: "Bestellnummer",
    SheetField.TOTAL: "Summe",
    SheetField.CURRENCY: "Währung",
}


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("latin-1", "latin-1"),
     ("windows-1252", "windows-1252")],
)  # fmt: skip
def test_a_file_is_read_in_its_encoding(tmp_path: Path, encoding: str, stated: str | None) -> None:
    """Excel writes UTF-16 or a mark before UTF-8; older programs neither, and have to be named."""
    found = outcomes(tmp_path, ENCODED.encode(encoding), columns=NAMED, encoding=stated)
    assert found == ({"missing": 2}, 0)


def test_an_encoding_is_never_guessed(tmp_path: Path) -> None:
    """A wrong guess turns euros into something else without a word."""
    with pytest.raises(Failure, match="is not UTF-8: the bytes near line 1") as refused:
        outcomes(tmp_path, ENCODED.encode("latin-1"), columns=NAMED)
    assert "--encoding windows-1252 or latin-1" in refused.value.way_out


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("before", ["", "sep={}\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, before: str, end: str) -> None:
    """It depends on whose Excel saved the file."""
    rows = ["order,total,currency", "1,5,EUR", "2,7,EUR"]
    text = before.format(delimiter) + "\n".join(row.replace(",", delimiter) for row in rows)
    assert outcomes(tmp_path, text.replace("\n", end)) == ({"missing": 2}, 0)


def test_bad_lines_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    """A typo in line four of a million must not cost the report."""
    content = (
        "order,total,currency\n"
        "1,5,EUR\n"
        ",5,EUR\n"
        "3,five,EUR\n"
        '4,"5"x,EUR\n'
        "5,5\n"
        "6,7,EUR\n"
        "1,5,EUR\n"
        "#6,8,EUR\n"
        '9,"5,EUR\n'
        "10,5,EUR\n"
    )
    books = compared(tmp_path, content, Nearby(Gateway()))
    assert books.reckoning.orders == 2
    assert [(one.line, one.text[:40]) for one in books.shown_faults] == [
        (3, "no order number"),
        (4, 'total is "five", which is no amount with '[:40]),
        (5, "quotes that do not fit: write a quote in"),
        (6, "2 cells, where the header has 3"),
        (9, "order #6 is 8 EUR here and 7 EUR in line"),
        (10, "a quote is opened and never closed; line"),
    ]
    assert books.left_out["repeated"] == 1


def test_only_so_many_lines_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    """A file with a million wrong lines must not print a million errors."""
    content = "order,total\n" + "x,y\n" * 100
    client = Nearby(Gateway())
    books = compared(tmp_path, content, client, most=3)
    assert (books.faults, len(books.shown_faults)) == (100, 3)
    text = "\n".join(str(part) for part in lines(books, terms_of(client, None), 0.98))
    assert "100 lines can't be read:" in text
    assert "and 97 more" in text
    assert told(books, terms_of(client, None), 0.98, "f")["lines_not_read"] == 100


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (["1.234", "5"], "may mean two things by total: 1.234 (line 2)"),
        (["1.234,50", "1,234.50"], "writes total in two ways: 1,234.50 (line 3)"),
    ],
)
def test_amounts_with_two_meanings_stop_everything(
    tmp_path: Path, amounts: list[str], said: str
) -> None:
    """Before a single order is asked about; the caller says which is meant."""
    content = "order;total;currency\n" + "".join(
        f"{at};{amount};EUR\n" for at, amount in enumerate(amounts)
    )
    client = Nearby(Gateway())
    with pytest.raises(Failure) as refused:
        compared(tmp_path, content, client)
    assert said in refused.value.message
    assert "--decimal point" in refused.value.way_out
    assert client.bodies == []
    assert compared(tmp_path, content, client, decimal=DecimalMark.COMMA).reckoning.orders


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("order,sum\n1,2\n", "has no column for total\n  found: order (order)\n"),
        ("1001,129.95,anna@b.example\n", "has no header: its first line holds data"),
    ],
)
def test_wrong_columns_are_told_with_what_was_found(
    tmp_path: Path, content: str, said: str
) -> None:
    """What is needed, what was found, and how to say what is meant; never a person."""
    with pytest.raises(Failure) as refused:
        outcomes(tmp_path, content)
    assert said in refused.value.message
    assert "anna" not in refused.value.message


def test_every_order_is_written_to_a_file_that_appears_when_it_is_whole(tmp_path: Path) -> None:
    """A spreadsheet of half of the orders looks like the shop lost the others."""
    out = tmp_path / "out.csv"
    client = Nearby(a_gateway(_1001=109.95))
    with results(out) as written, ExitStack() as stack:
        compare(
            client,
            sheet(stack, tmp_path, SHOPIFY.replace("#1002", "=1+2")),
            terms_of(client, None),
            Asked(EVENTS),
            tick=lambda _line, _last: None,
            write=written.order,
        )
        assert not out.exists()
    rows = out.read_text().splitlines()
    assert rows[1].startswith("#1001,delivered,129.95,EUR,109.95,EUR,-20.00,value_differs,")
    assert rows[2].startswith("'=1+2,missing,1010.00,EUR,")
    with pytest.raises(ZeroDivisionError), results(out) as written:
        raise ZeroDivisionError
    assert out.read_text().splitlines() == rows
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []


def test_columns_are_stated_by_their_fields() -> None:
    """A misspelled field is named, with all that there are."""
    assert read_columns("order=Order No, total = Sum") == {
        SheetField.ORDER: "Order No",
        SheetField.TOTAL: "Sum",
    }
    for wrong in ("ordre=x", "order", "order=", "=x"):
        with pytest.raises(Failure, match="expected field=NAME"):
            read_columns(wrong)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--currency", "EURO"], "expected an ISO 4217 code"),
        (["--encoding", "utf-9"], "which no one knows"),
        (["--columns", "sum=Total"], "expected field=NAME"),
        (["--at-least", "98"], "should be less than or equal to 1"),
    ],
)
def test_options_that_mean_nothing_are_refused_at_once(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before a file is opened or a gateway asked."""
    assert run(["reconcile", "orders.csv", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_file_may_come_by_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read twice, so it waits in a file of its own."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"order,total\n1,2\n")))
    with opened("-", {}, (SheetField.TOTAL,), None) as piped:
        assert [row.cells for row in piped.rows()] == [["1", "2"]]
        assert [row.line for row in piped.rows()] == [2]


BYTES = st.binary(max_size=200) | st.text(alphabet='a1,;"\n\r\t.€', max_size=200).map(str.encode)


@settings(max_examples=200)
@given(BYTES)
def test_no_file_breaks_the_reader(content: bytes) -> None:
    """Whatever bytes come, they are rows, or a refusal in words."""
    whole = b"order,total\n" + content
    with suppress(Failure):
        found = described("f", io.BytesIO(whole), "utf-8", {}, (SheetField.TOTAL,))
        assert all(row.line <= row.last for row in found.rows())


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=200)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_was_written_is_read(rows: list[tuple[str, str]], delimiter: str) -> None:
    """Round trip: no cell is misread, however many quotes and line breaks are in it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["order", "total"])
    writer.writerows(rows)
    content = io.BytesIO(out.getvalue().encode())
    found = described("f", content, "utf-8", {}, (SheetField.TOTAL,))
    assert [tuple(row.cells) for row in found.rows()] == [row for row in rows if any(row)]
