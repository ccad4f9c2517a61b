"""The HTTP side described: one table of operations, and what is made of it."""
