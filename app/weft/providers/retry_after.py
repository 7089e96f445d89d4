"""How long a server asks to wait before the next request."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)(ms|s|m|h|d))")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_COUNTED = ("requests", "tokens")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait: `retry-after-ms`, `retry-after` in seconds or as a date (RFC 9110), else the time after which
    OpenAI's counters begin anew: `x-ratelimit-reset-requests` and `-tokens`, of what is used up. None: it didn't say."""
    waits = (_milliseconds(headers), _seconds(headers), _date(headers, now), _reset(headers))
    return next((max(0.0, wait) for wait in waits if wait is not None), None)


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    wait = _number(headers.get("retry-after-ms"))
    return None if wait is None else wait / 1000


def _seconds(headers: Mapping[str, str]) -> float | None:
    return _number(headers.get("retry-after"))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _date(headers: Mapping[str, str], now: float | None) -> float | None:
    try:
        date = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, date.timestamp() - (time.time() if now is None else now))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _reset(headers: Mapping[str, str]) -> float | None:
    """`6m0s`, `20ms`: of the counters at 0, else of both."""
    resets = {name: _span(headers.get(f"x-ratelimit-reset-{name}", "")) for name in _COUNTED}
    used_up = [name for name in _COUNTED if headers.get(f"x-ratelimit-remaining-{name}") == "0"]
    waits = [wait for name in used_up or _COUNTED if (wait := resets[name]) is not None]
    return max(waits, default=None)


def _span(text: str) -> float | None:
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
