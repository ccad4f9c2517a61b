"""``GET /api/export/{what}``: the ledger as JSON Lines or CSV, page by page in flat memory."""

import csv
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from io import StringIO
from typing import Final

from starlette.requests import Request

from tandemgate.catalog.exports import COLUMNS
from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.model.admission import Filter
from tandemgate.ports import StoreUnavailable
from tandemgate.web.answers import Answer, Json, Refusal, Streamed
from tandemgate.web.exported import PAGES, cells
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import read_query, wrong

PAGE: Final = 500
JSONL, CSV = "jsonl", "csv"
TYPES: Final = {JSONL: b"application/jsonl", CSV: b"text/csv; charset=utf-8; header=present"}
END: Final = "#end"
"""The first cell of a CSV's last line; a JSON line has it as its only name, without the sign."""


class Export:
    """Writes down what the ledger holds, for whoever may read it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, request: Request, key: KeyGrant) -> Answer | Refusal | Streamed:
        """Export what is asked for, newest first; the audit log says so before anything leaves.

        The last line tells whether it is whole: a connection that was cut has none.
        """
        what, asked = request.path_params["what"], dict(request.query_params)
        if what not in PAGES:
            return Refusal(404, problem("not_found", "", printable(what)))
        form = asked.pop("format", JSONL)
        if form not in TYPES:
            return Refusal(400, wrong("format", form, f"one of {', '.join(TYPES)}"))
        if "limit" in asked:
            expected = "no limit: an export goes to the end"
            return Refusal(400, wrong("limit", asked["limit"], expected))
        query = read_query(asked, key.pixels)
        if not isinstance(query, tuple):
            return Refusal(400, query)
        wanted, _ = query
        await self._parts.operator.exported(what, wanted, key.name)
        return Streamed(200, self._chunks(what, form, wanted), ((b"content-type", TYPES[form]),))

    async def _chunks(self, what: str, form: str, wanted: Filter) -> AsyncIterator[bytes]:
        count, whole = 0, False
        if form == CSV and wanted.after is None:
            yield _csv([COLUMNS[what]])
        try:
            while True:
                page = await PAGES[what](self._parts.archive, wanted, PAGE)
                rows = [row for _, each in page for row in each]
                count += len(rows)
                if rows:
                    yield _csv([cells(what, row) for row in rows]) if form == CSV else _lines(rows)
                if len(page) < PAGE:
                    whole = True
                    break
                wanted = replace(wanted, after=page[-1][0])
        except StoreUnavailable:
            pass  # the last line says so, and where to go on
        after = None if whole else wanted.after
        yield (
            _csv([_end(count, after, whole=whole)])
            if form == CSV
            else _lines([{"end": {"rows": count, "whole": whole, "after": after}}])
        )


def _end(count: int, after: int | None, *, whole: bool) -> list[str]:
    return [END, "whole" if whole else "cut", str(count), "" if after is None else str(after)]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _lines(rows: Sequence[Json]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
