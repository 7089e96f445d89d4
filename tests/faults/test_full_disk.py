"""A full disk: edits stay in memory, whoever edits is told, and everything is kept once there is room."""

from pathlib import Path

from tests.faults.filling_disk import sweep


def test_no_edit_is_lost_at_whichever_size_the_disk_is_full(tmp_path: Path) -> None:
    full, wrong = sweep(tmp_path, range(0, 14, 2))
    assert wrong == []
    assert full >= 4
