"""The one object that a shop holds: report now, and let a thread see to the rest."""

import atexit
import os
import time
from collections.abc import Mapping
from typing import Any, Final, Self, Unpack
from weakref import WeakSet

from tandemgate.client.answers import Answered
from tandemgate.client.capture import capture
from tandemgate.client.courier import Courier
from tandemgate.client.ending import close_with_child
from tandemgate.client.exchange import exchange
from tandemgate.client.limits import Limits
from tandemgate.client.outbox import Outbox
from tandemgate.client.results import NotTaken, Problem, Result, why
from tandemgate.client.teller import OnResult, Teller
from tandemgate.client.transport import checked_pixel, post_to
from tandemgate.client.visitor import current_visitor
from tandemgate.client.words import Decision, Fields, Label
from tandemgate.client.writing import (
    ATTACH,
    CONSENT,
    Envelope,
    Item,
    write,
    write_event,
)

_FULL: Final = Problem("queue_full", fix="see why the gateway does not answer, or raise waiting")
_TOO_LARGE: Final = Problem("event_too_large", fix="an event may have 1 MiB; leave something out")
_CLOSED: Final = Problem("client_closed", fix="report before close()")
_UNSENT: Final = Problem("not_sent_in_time", fix="close(timeout) with more time")


class Client:
    """Reports to the gateway at *url* by a server *key*, for one *pixel*.

    ``track`` and ``attach`` never wait and never raise: a thread sends in the background, and every
    answer is read. What is lost is logged, counted, and told to *on_result*, which also hears
    everything else, in that thread. ``send`` and ``consent`` wait for the answer.

    What can't work at all is a ``ValueError`` here, at construction.
    """

    def __init__(  # noqa: PLR0913 - each is an option, by its name
        self,
        url: str,
        key: str,
        pixel: str,
        *,
        test_event_code: str | None = None,
        on_result: OnResult | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._post = post_to(url, key)
        self._pixel = checked_pixel(pixel)
        self._envelope = Envelope(self._pixel, test_event_code)
        self._on_result = on_result
        self._limits = limits or Limits()
        self._begin()
        _clients.add(self)
        atexit.register(self.close)

    def _begin(self) -> None:
        """Start empty, also in a forked child: the parent's events are the parent's to send."""
        self._teller = Teller(self._on_result)
        self._outbox = Outbox(self._envelope, self._limits)
        self._courier = Courier(
            self._outbox, self._post, self._teller, self._envelope, self._limits
        )

    def __repr__(self) -> str:
        return f"Client({self._pixel}, {len(self._outbox)} waiting)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def track(self, event: str, **fields: Unpack[Fields]) -> bool:
        """Report that something happened, now unless ``event_time`` says when.

        Returns at once: true, if it will be sent. Within a middleware, ``session`` is the visitor's
        unless stated; ``session=None`` says that this is not about whoever asks.
        """
        return self._enter(self._written(event, fields))

    def attach(
        self,
        session: str | None = None,
        *,
        cart: Label = None,
        checkout: Label = None,
        order: Label = None,
        lead: Label = None,
    ) -> bool:
        """Say which visit a cart, checkout, order or lead belongs to, before a redirect drops it.

        Returns at once: true, if it will be sent. Where there is no visit, nothing is.
        """
        visitor = current_visitor()
        session = session or (visitor.session if visitor else None)
        refs = {"cart": cart, "checkout": checkout, "order": order, "lead": lead}
        named = {kind: str(label) for kind, label in refs.items() if label is not None}
        if session is None or not named:
            return False
        body = {"session": session, "refs": named, "event_source_id": self._pixel}
        return self._enter(write(ATTACH, "attach", body))

    def send(self, event: str, *, timeout: float | None = None, **fields: Unpack[Fields]) -> Result:
        """Report, and wait until the event is on the gateway's disk: what became of it.

        Tries again within *timeout* seconds (``Limits.timeout``), then raises :class:`NotTaken`. To
        call again later is safe, if the ``event_id`` is stated.
        """
        item = self._written(event, fields)
        if isinstance(item, Result):
            return item
        if capture(item):
            return Result(event, item.event_id, "captured")
        return self._exchange(item, self._envelope.around([item]), timeout).results[0]

    def consent(
        self, *, timeout: float | None = None, **decision: Unpack[Decision]
    ) -> Mapping[str, Any]:
        """Tell what somebody decided later, and wait until it is in force: what it changed.

        Whose: ``session`` or ``user``; without both, the visitor's. Raises :class:`NotTaken`.
        """
        stated: dict[str, Any] = {
            name: value for name, value in decision.items() if value is not None
        }
        visitor = current_visitor()
        if visitor and not {"session", "user"} & decision.keys():
            stated["session"] = visitor.session
        item = write(CONSENT, "consent", stated | {"event_source_id": self._pixel})
        if isinstance(item, Result):
            raise NotTaken(why(item.problems), None, item.problems)
        if capture(item):
            return {}
        return self._exchange(item, item.content, timeout).content

    def flush(self, timeout: float = 10.0) -> bool:
        """Send now what was reported so far; whether all of it had its answer within *timeout*."""
        return not self._courier.is_me and self._outbox.flush(timeout)

    def close(self, timeout: float | None = None) -> None:
        """Send what is left within *timeout* seconds (``Limits.ending``), and tell what could not.

        The end of the process does it by itself. Whatever is reported later is dropped.
        """
        atexit.unregister(self.close)
        _clients.discard(self)
        self._courier.finish(self._limits.ending if timeout is None else timeout)
        if left := self._outbox.clear():
            self._teller.dropped(left, _UNSENT)

    def counts(self) -> dict[str, int]:
        """How many events had which outcome, ``dropped`` included, and how many are ``waiting``."""
        return self._teller.counts() | {"waiting": len(self._outbox)}

    def _written(self, event: str, fields: Mapping[str, Any]) -> Item | Result:
        try:
            return write_event(event, fields, current_visitor(), time.time())
        except Exception as error:  # noqa: BLE001 - a lazy object of the shop's may raise anything
            problem = Problem("unwritable", fix=f"reading it raised {type(error).__name__}")
            return Result(event, None, "rejected", (problem,))

    def _enter(self, item: Item | Result) -> bool:
        if isinstance(item, Result):
            self._teller.unwritten(item)
            return False
        if capture(item):
            return True
        if len(item.content) > self._envelope.room:
            self._teller.dropped([item], _TOO_LARGE)
            return False
        if not self._outbox.put(item):
            self._teller.dropped([item], _CLOSED if self._outbox.is_closed else _FULL)
            return False
        if self._courier.start():
            close_with_child(self.close)
        return True

    def _exchange(self, item: Item, body: bytes, timeout: float | None) -> Answered:
        within = self._limits.timeout if timeout is None else timeout
        return exchange(self._post, item, body, within)


_clients: Final[WeakSet[Client]] = WeakSet()


def _begin_again() -> None:
    for client in list(_clients):
        client._begin()  # noqa: SLF001 - its own class's other half


if hasattr(os, "register_at_fork"):  # not on Windows, which knows no fork
    os.register_at_fork(after_in_child=_begin_again)
