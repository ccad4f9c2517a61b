"""Facts as data, each table with its source."""
