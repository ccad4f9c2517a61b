"""Callers in numbers, slow callers, and an operator who stops the gateway in the middle of it."""

from pathlib import Path

import pytest

from tests.faults.crowd import overload, slow_clients, stopped_in_traffic

pytestmark = pytest.mark.e2e


def test_slow_clients_slow_nobody_else(tmp_path: Path) -> None:
    """A botnet of telephones must not cost an order."""
    assert slow_clients(tmp_path, sockets=150, lasting=2.0).wrong == []


def test_overload_is_refused_within_bounded_memory(tmp_path: Path) -> None:
    """A queue without an end takes the machine down, and everything in it."""
    assert overload(tmp_path, senders=6, lasting=2.0).wrong == []


def test_a_stop_in_traffic_leaves_nothing_unknown(tmp_path: Path) -> None:
    """Deployments happen in the middle of the day."""
    assert stopped_in_traffic(tmp_path, rounds=1).wrong == []
