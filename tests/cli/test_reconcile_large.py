"""A file of a large shop: read to the end in memory that does not grow with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from tandemgate.cli.gateway import Gateway, Reply
from tandemgate.cli.reconcile.books import Asked, Books, compare, terms_of
from tandemgate.cli.reconcile.sheetfile import opened
from tandemgate.core.reconcile import EVENTS, judge
from tandemgate.model.money import Money
from tandemgate.model.order import SheetField
from tests.core.test_reconcile import a_sale

LINES = 200_000
MOST = 32 * 1024
"""KiB that the process may grow by; the orders as objects would have 200 MB."""


class Willing(Gateway):
    """A gateway that delivered every order but each hundredth."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.asked = 0

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Reply:
        del path, query
        terms = {"pixel_id": "C", "value_rule": "total", "amounts": ["total"], "at_least": 0.98}
        return Reply(200, terms)

    def post(self, path: str, body: bytes) -> Reply:
        del path
        results = []
        for order in json.loads(body)["orders"]:
            self.asked += 1
            total = Money(int(order["total"].replace(".", "")), order["currency"])
            sales = [a_sale(seq=self.asked, worth=total)] if self.asked % 100 else []
            results.append(told(judge(order["order"], total, sales)))
        return Reply(200, {"results": results, "problems": []})


def told(judged: object) -> dict[str, object]:
    """A result as JSON has it."""
    return {name: getattr(judged, name) for name in judged.__struct_fields__}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with a line for every order, and one wrong line in a thousand."""
    path = tmp_path_factory.mktemp("large") / "orders.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("order,total,currency,email\n")
        for number in range(LINES):
            total = "x" if number % 1000 == 999 else f"{number % 9000}.{number % 100:02d}"
            out.write(f"{number},{total},EUR,c{number}@shop.example\n")
    return path


def compared(file: Path, client: Willing) -> Books:
    """Compare it as the verb does."""
    with opened(str(file), {}, (SheetField.TOTAL,), None) as sheet:
        terms = terms_of(client, None)
        return compare(
            client, sheet, terms, Asked(EVENTS), tick=lambda *_: None, write=lambda _: None
        )


def test_a_large_file_takes_no_more_memory_than_a_small_one(file: Path, tmp_path: Path) -> None:
    """Shops with millions of orders have small machines, too."""
    small = tmp_path / "small.csv"
    small.write_text("order,total,currency\n1,2.00,EUR\n", "utf-8")
    compared(small, Willing())
    before = getrusage(RUSAGE_SELF).ru_maxrss
    books = compared(file, Willing())
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < MOST
    told = books.reckoning.told()
    wrong = LINES // 1000
    assert (told["orders"], books.faults) == (LINES - wrong, wrong)
    assert told["outcomes"]["missing"] == (LINES - wrong) // 100
    expected = sum(
        number % 9000 * 100 + number % 100 for number in range(LINES) if number % 1000 != 999
    )
    assert told["money"]["EUR"]["total"] == f"{expected // 100}.{expected % 100:02d}"
