"""Decisions: pure functions, no I/O, no clock, no environment, no randomness, no logging."""
