"""Moments as persons give them: a day, a day and time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from weft.model.errors import WeftError

_AGO = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
HINT = "Give a day (2026-05-04), a time (2026-05-04T09:30), or how long ago: 30m, 2h, 3d, 4w."


def moment(text: str, now: datetime | None = None) -> str:
    """The moment as records have it, in UTC: `2026-05-04T09:30:00.000Z`. A day begins where this machine is, and a
    time without a zone is a time there.

    Raises WeftError (`bad-time`) for anything else."""
    try:
        if found := _AGO.fullmatch(text.strip().lower()):
            return recorded((now or datetime.now(UTC)) - _length(found))
        return recorded(datetime.fromisoformat(text.strip()).astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        raise WeftError(f"{text[:80]!r} is no time.", code="bad-time", hint=HINT, retryable=False) from None


def length(text: str) -> timedelta:
    """How long: `30d`, `12h`. Raises WeftError (`bad-time`) for anything else."""
    if found := _AGO.fullmatch(text.strip().lower()):
        return _length(found)
    raise WeftError(
        f"{text[:80]!r} is no length of time.", code="bad-time", hint="Write 30d, 12h or 4w.", retryable=False
    )


def recorded(when: datetime) -> str:
    """A time as records have it."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _length(found: re.Match[str]) -> timedelta:
    return timedelta(**{_UNITS[found[2]]: float(found[1])})
