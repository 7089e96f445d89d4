"""How lengths of time are written."""

import pytest

from weft.ui.figures import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.005, "5.0 ms"),
        (0.406, "406 ms"),
        (0.999, "1.0 s"),
        (59.9, "59.9 s"),
        (59.97, "1 min 0 s"),
        (125.4, "2 min 5 s"),
        (4320, "1 h 12 min"),
    ],
)
def test_a_time_is_written_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words
