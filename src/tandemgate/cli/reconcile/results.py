"""A line of CSV for every order, for spreadsheets; the file appears when it is whole."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from tandemgate.cli.ending import Failure
from tandemgate.core.cells import safe
from tandemgate.model.order import Judged

COLUMNS: Final = (
    "order", "outcome", "total", "currency", "value", "value_currency", "difference", "remarks",
    "event", "event_id", "state", "request_id", "reason", "code", "others", "fix",
)  # fmt: skip


class Results:
    """Writes rows; without a file nothing."""

    def __init__(self, out: TextIO | None) -> None:
        self._writer = csv.writer(out, lineterminator="\n") if out is not None else None
        self._row(COLUMNS)

    def order(self, one: Judged) -> None:
        """Write what became of an order."""
        told = {name: getattr(one, name) for name in COLUMNS}
        told["remarks"] = " ".join(one.remarks)
        told["others"] = " ".join(f"{other.event}/{other.event_id}" for other in one.others)
        self._row([told[name] for name in COLUMNS])

    def extra(self, event: Mapping[str, Any]) -> None:
        """Write an event that was delivered and that the file knows nothing of."""
        told = {
            **event,
            "outcome": "extra",
            "value_currency": event["currency"],
            "currency": None,
            "order": None,
        }
        self._row([told.get(name) for name in COLUMNS])

    def _row(self, cells: Any) -> None:  # noqa: ANN401 - whatever a cell may hold
        if self._writer is not None:
            self._writer.writerow([safe(cell) for cell in cells])


@contextmanager
def results(path: Path | None) -> Iterator[Results]:
    """Write to *path*; a run that ends early leaves nothing there."""
    if path is None:
        yield Results(None)
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield Results(out)
        part.replace(path)
    except OSError as error:
        raise Failure(
            f"{path} can't be written: {error.strerror}", "--out FILE.csv in a folder of yours"
        ) from None
    finally:
        part.unlink(missing_ok=True)
