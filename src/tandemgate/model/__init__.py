"""Frozen words that everything else is said in. No behaviour, no imports from outside the package."""
