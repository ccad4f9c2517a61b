"""What the flow needs from the world; adapters live in ``storage``, ``tiktok``, ``telemetry``."""

from tandemgate.ports.browser import Naming, Pairs, Visits, VisitSearch
from tandemgate.ports.decisions import Confirmations, Controls, Keys, Policies, Rights, Vault
from tandemgate.ports.diagnosis import Alerts, Orders, Problems, Quality, Rollups, Trials
from tandemgate.ports.ledger import Admissions, Archive, Ledger
from tandemgate.ports.trouble import (
    IllegalEdge,
    OutOfStep,
    StoreDamaged,
    StoreFull,
    StoreUnavailable,
)
from tandemgate.ports.world import Clock, Notifier, Observer, Sender

__all__ = [
    "Admissions",
    "Alerts",
    "Archive",
    "Clock",
    "Confirmations",
    "Controls",
    "IllegalEdge",
    "Keys",
    "Ledger",
    "Naming",
    "Notifier",
    "Observer",
    "Orders",
    "OutOfStep",
    "Pairs",
    "Policies",
    "Problems",
    "Quality",
    "Rights",
    "Rollups",
    "Sender",
    "StoreDamaged",
    "StoreFull",
    "StoreUnavailable",
    "Trials",
    "Vault",
    "VisitSearch",
    "Visits",
]
