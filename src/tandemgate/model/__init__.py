"""Frozen words that everything else is said in. No behaviour, no third-party imports."""
