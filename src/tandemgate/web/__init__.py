"""HTTP: the intake, the JSON API, health and metrics."""
