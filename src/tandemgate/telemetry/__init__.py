"""What operators see of the running gateway: logs by allow-list, and metrics from one table."""

from tandemgate.telemetry.described import METRICS
from tandemgate.telemetry.libraries import libraries_logged
from tandemgate.telemetry.metrics import Seen
from tandemgate.telemetry.observer import Telemetry
from tandemgate.telemetry.requests import Counted

__all__ = ["METRICS", "Counted", "Seen", "Telemetry", "libraries_logged"]
