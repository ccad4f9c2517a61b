"""Telling people outside: alerts to a webhook."""
