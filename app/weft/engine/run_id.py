"""Names of runs: short, and sorted as the runs were started."""

from __future__ import annotations

import secrets
import time
from typing import Final

_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 without letters that look like digits, in the order of their values (D. Crockford)."""
_PAIRS: Final = [high + low for high in _DIGITS for low in _DIGITS]


def new_run_id() -> str:
    """Nine digits of milliseconds since 1970, five of chance: `01j9z3k8q4c7m2`."""
    number = time.time_ns() // 1_000_000 << 25 | secrets.randbits(25)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(60, -1, -10)])
