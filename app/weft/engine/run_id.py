"""Names of runs: short, and sorted as the runs were started."""

from __future__ import annotations

import secrets
import time
from typing import Final

_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 without letters that look like digits, in the order of their values (D. Crockford)."""


def new_run_id() -> str:
    """Nine digits of milliseconds since 1970, five of chance: `01j9z3k8q4c7m2`."""
    return _base32(time.time_ns() // 1_000_000, 9) + _base32(secrets.randbits(25), 5)


def _base32(number: int, length: int) -> str:
    digits = [_DIGITS[number >> (5 * place) & 31] for place in range(length)]
    return "".join(reversed(digits))
