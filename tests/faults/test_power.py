"""Losing power loses nothing that was acknowledged, and leaves every file whole, the old or the new."""

from pathlib import Path

import pytest
from tests.faults.losing_power import lost, worked
from tests.faults.recording_os import RecordingOs

from weft.runs.store import values
from weft.runs.store.values import Values
from weft.workspace import atomic


def test_no_acknowledged_commit_is_lost_with_the_power(tmp_path: Path) -> None:
    recording = worked(tmp_path)
    wrong = [
        found
        for number, image in enumerate(recording.images(150, 1))
        for found in lost(image, tmp_path, number)
    ]
    assert wrong == []


def test_the_simulation_sees_commits_that_are_not_synced(tmp_path: Path) -> None:
    """As they were with `synchronous=NORMAL`, which is why it isn't used."""
    recording = worked(tmp_path, "NORMAL")
    wrong = [
        found
        for number, image in enumerate(recording.images(60, 2))
        for found in lost(image, tmp_path, number)
    ]
    assert [found for found in wrong if found.endswith("is lost")]


def test_a_flow_file_is_the_old_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = RecordingOs()
    monkeypatch.setattr(atomic, "os", recording)
    path = tmp_path / "flow.json"
    texts = [f"revision {number} " * 300 for number in range(12)]
    for number, text in enumerate(texts):
        atomic.write(path, text, expected=atomic.ABSENT if number == 0 else None)
        recording.said(number)
    for files, said in recording.images(300, 3, {}):
        newest = said[-1] if said else -1
        assert files.get(str(path), b"").decode() in ["", *texts][newest + 1 :][:2]


def test_a_large_value_is_whole_before_a_row_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = RecordingOs()
    monkeypatch.setattr(values, "os", recording)
    store = Values(tmp_path / "values")
    for number in range(10):
        recording.said(store.put(f"{number}" * 1000))
    for files, said in recording.images(200, 4, {}):
        whole = {Path(path).name for path, content in files.items() if b"never" not in content}
        assert set(said) <= whole
