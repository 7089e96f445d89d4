"""When: days, times, and how long ago, as persons write them."""

from datetime import UTC, datetime, timedelta

import pytest

from weft.model.errors import WeftError
from weft.runs.moments import length, moment

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", "2026-05-04T10:00:00.000Z"),
        (" 90 S ", "2026-05-04T11:58:30.000Z"),
        ("1.5d", "2026-05-03T00:00:00.000Z"),
        ("2w", "2026-04-20T12:00:00.000Z"),
        ("2026-05-04T09:30:00.125Z", "2026-05-04T09:30:00.125Z"),
        ("2026-05-04T09:30+02:00", "2026-05-04T07:30:00.000Z"),
    ],
)
def test_a_moment_is_recorded_in_utc(text: str, expected: str) -> None:
    assert moment(text, NOON) == expected


def test_a_day_begins_where_the_machine_is() -> None:
    here = datetime(2026, 5, 4).astimezone(UTC)
    assert moment("2026-05-04") == here.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_more_than_time_has_is_refused() -> None:
    with pytest.raises(WeftError, match="is no time"):
        moment("999999w", NOON)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2 fortnights", "-3d", "2026-13-01", "9" * 40, "h", "\x00"]
)
def test_anything_else_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(WeftError, match="is no time") as refused:
        moment(text, NOON)
    assert "2026-05-04" in refused.value.hint
    with pytest.raises(WeftError, match="is no length of time"):
        length(text)


def test_lengths() -> None:
    assert length("30d") == timedelta(days=30)
    assert length("0.5h") == timedelta(minutes=30)
