"""What every test runs under: hypothesis finds the same examples on every machine."""

from hypothesis import settings

# Found counterexamples become rows in an example table, so a run needs no memory of the last one;
# a deadline would fail on a busy machine rather than on a wrong answer.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("ci")
