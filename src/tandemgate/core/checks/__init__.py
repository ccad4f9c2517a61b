"""The lines of a test session's checklist, each judged by what its window showed."""
