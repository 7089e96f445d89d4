"""Cancelled in every state: new steps stop, running ones end, and nothing is left."""

from pathlib import Path

from tests.faults.cancelling import cancel_at_random


async def test_runs_cancelled_at_random_moments_end_and_leave_nothing(tmp_path: Path) -> None:
    figures = await cancel_at_random(tmp_path, 90, seed=4)
    assert figures.wrong == []
    assert figures.cancelled > 40
