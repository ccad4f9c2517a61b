"""One request whose answer somebody waits for."""

import time
from collections.abc import Callable

from tandemgate.client.answers import Answered, Refused, judge
from tandemgate.client.patience import by_chance, wait_before
from tandemgate.client.results import NotTaken, why
from tandemgate.client.transport import Post
from tandemgate.client.writing import Item


def exchange(  # noqa: PLR0913 - what it works with, each by its name
    post: Post,
    item: Item,
    body: bytes,
    within: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = by_chance,
) -> Answered:
    """Post *body* until it is answered, for at most *within* seconds; else :class:`NotTaken`."""
    deadline, attempt = clock() + within, 1
    while True:
        verdict = judge(post(item.address, body, deadline - clock()), [item])
        if isinstance(verdict, Answered):
            return verdict
        if isinstance(verdict, Refused):
            raise NotTaken(why(verdict.problems), verdict.status, verdict.problems)
        attempt += 1
        pause = wait_before(attempt, verdict.after, chance())
        if clock() + pause >= deadline:
            raise NotTaken(verdict.why, verdict.status)
        sleep(pause)
