"""Report events from a shop's backend: standard library only, and never in the way of checkout.

``Client`` reports; ``ASGIVisitor``, ``WSGIVisitor`` and ``django_visitor`` tell whose request it
is; ``captured_events`` is for tests. Nothing of the gateway is imported. More in docs/client.md.
"""

from tandemgate.client.capture import Captured, captured_events
from tandemgate.client.client import Client
from tandemgate.client.limits import Limits
from tandemgate.client.middleware import ASGIVisitor, WSGIVisitor, django_visitor
from tandemgate.client.results import NotTaken, Problem, Result
from tandemgate.client.visitor import Visitor

__all__ = [
    "ASGIVisitor",
    "Captured",
    "Client",
    "Limits",
    "NotTaken",
    "Problem",
    "Result",
    "Visitor",
    "WSGIVisitor",
    "captured_events",
    "django_visitor",
]
