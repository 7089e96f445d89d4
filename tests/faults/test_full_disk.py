"""A full disk: edits stay in memory, whoever edits is told, and everything is kept once there is room."""

from pathlib import Path

from tests.faults.filling_disk import sweep
from tests.faults.full_runs import sweep as sweep_runs


def test_no_edit_is_lost_at_whichever_size_the_disk_is_full(tmp_path: Path) -> None:
    full, wrong = sweep(tmp_path, range(0, 14, 2))
    assert wrong == []
    assert full >= 4


def test_a_run_pauses_while_the_disk_is_full_and_loses_nothing(tmp_path: Path) -> None:
    full, wrong = sweep_runs(tmp_path, range(0, 12, 2))
    assert wrong == []
    assert full >= 3
