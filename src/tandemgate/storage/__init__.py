"""Ledgers: one in memory, to read and to test against, and one on SQLite."""
