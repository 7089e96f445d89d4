"""`python -m tests.soak [--scale 0.1] [P1 P4 ...]`: the promises, tested for long, with their figures."""

import argparse
import logging
import sys

from tests.soak import books, hostile, loads, owning, storing
from tests.soak.table import keep

MODULES = (storing, owning, hostile, loads, books)
"""Whoever has promises to test long names the module here: importing it enters them into the table."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("promises", nargs="*", metavar="P", help="Only these, such as P1 P4.")
    parser.add_argument("--scale", type=float, default=1.0, help="How much of the whole: 0.1 is a tenth.")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # what is provoked is said by the thousand
    return 0 if keep(options.promises, options.scale) else 1


if __name__ == "__main__":
    sys.exit(main())
