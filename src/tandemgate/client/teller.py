"""Tells what became of events: counted, to the shop's own code, and to its log.

The log names event_ids as the gateway repeats them, reasons and fixes, and nothing of an event.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, TypeAlias

from tandemgate.client.results import Problem, Result, why
from tandemgate.client.writing import Item

OnResult: TypeAlias = Callable[[Result], object]

NAMED: Final = 3
"""Event_ids in one line of the log; the callback hears of all."""

log: Final = logging.getLogger("tandemgate.client")


class Teller:
    """One line of the log for all events of a request that have the same thing wrong."""

    def __init__(self, on_result: OnResult | None) -> None:
        self._on_result = on_result
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._untold = 0
        self._is_out_of_reach = False

    def counts(self) -> dict[str, int]:
        """How many events had which outcome."""
        with self._lock:
            return dict(self._counts)

    def answered(self, results: Sequence[Result]) -> None:
        """Tell what the gateway said of each event."""
        self._in_reach()
        groups: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            if result.is_lost:
                groups.setdefault((result.outcome, why(result.problems)), []).append(result)
        for (outcome, reason), group in groups.items():
            log.warning("%d %s: %s%s", len(group), outcome, reason, _named(group))
        self._hand_over(results)

    def unwritten(self, result: Result) -> None:
        """Tell of an event that never was one; no gateway has looked at its event_id yet."""
        log.warning("1 %s: %s", result.outcome, why(result.problems))
        self._hand_over([result])

    def refused(self, items: Sequence[Item], problems: tuple[Problem, ...]) -> None:
        """Tell that a request was refused as a whole."""
        self._in_reach()
        log.error("%d rejected with the whole request: %s", len(items), why(problems))
        self._hand_over([Result(item.event, item.event_id, "rejected", problems) for item in items])

    def dropped(self, items: Sequence[Item], problem: Problem) -> None:
        """Tell of events that never leave. Of many for one reason the log hears when it ends."""
        with self._lock:
            first, self._untold = not self._untold, self._untold + len(items)
        if first or len(items) > 1:
            log.error("%d dropped: %s", len(items), why([problem]))
        results = [Result(item.event, item.event_id, "dropped", (problem,)) for item in items]
        self._hand_over(results)

    def out_of_reach(self, waiting: int, why_not: str) -> None:
        """Tell that events wait, once until it is over."""
        if not self._is_out_of_reach:
            log.warning("no answer from the gateway (%s); %d events wait", why_not, waiting)
        self._is_out_of_reach = True

    def _in_reach(self) -> None:
        if self._is_out_of_reach:
            log.warning("the gateway answers again")
        self._is_out_of_reach = False
        with self._lock:
            untold, self._untold = self._untold, 0
        if untold > 1:
            log.error("%d were dropped in all before the gateway answered", untold)

    def _hand_over(self, results: Sequence[Result]) -> None:
        with self._lock:
            self._counts.update(result.outcome for result in results)
        if self._on_result is None:
            return
        raised: Counter[str] = Counter()
        for result in results:
            try:
                self._on_result(result)
            except Exception as error:  # noqa: BLE001 - the shop's code must not end the thread
                raised[type(error).__name__] += 1
        for name, times in raised.items():
            log.error("on_result raised %s for %d of %d", name, times, len(results))


def _named(group: Sequence[Result]) -> str:
    ids = [result.event_id for result in group if result.event_id]
    more = ", ..." if len(ids) > NAMED else ""
    return f" ({', '.join(ids[:NAMED])}{more})" if ids else ""
