"""Ledgers: the in-memory reference and SQLite, held to one contract."""
