"""``make oracle``: how the decoders of consent strings compare with the IAB's own libraries.

Exit 0 when nothing was granted that should not be and nothing was read differently, else 1.
"""

import sys

from rich.console import Console

from tests.oracle.answers import GPP, TCF, compare


def main() -> int:
    """Print one line for each library."""
    tallies = [compare(oracle) for oracle in (TCF, GPP)]
    for tally in tallies:
        Console(soft_wrap=True).print(str(tally), highlight=False)
    return int(any(tally.granted or tally.differ for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
