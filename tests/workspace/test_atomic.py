"""Replacing a file: whole, durable, never over somebody else's change, never where it must not."""

import os
from pathlib import Path

import pytest

from weft.model import Conflict, ReadOnly
from weft.workspace import atomic


def test_the_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path):
    path = tmp_path / "essay.json"
    path.write_text("old")
    digest = atomic.write(path, "new\n")
    assert path.read_text() == "new\n"
    assert digest == atomic.digest(path)
    assert os.listdir(tmp_path) == ["essay.json"]


def test_mode_and_identity_of_the_folder_entry_stay(tmp_path: Path):
    path = tmp_path / "shared.json"
    path.write_text("old")
    path.chmod(0o664)
    atomic.write(path, "new")
    assert path.stat().st_mode & 0o777 == 0o664


def test_a_new_file_follows_the_umask(tmp_path: Path):
    before = os.umask(0o027)
    try:
        atomic.write(tmp_path / "a.json", "x", expected=atomic.ABSENT)
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640


def test_writing_through_a_link_replaces_what_it_leads_to(tmp_path: Path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    atomic.write(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_change_by_somebody_else_is_a_conflict(tmp_path: Path):
    path = tmp_path / "a.json"
    seen = atomic.write(path, "mine")
    path.write_text("theirs")
    with pytest.raises(Conflict, match="was changed on disk by someone else"):
        atomic.write(path, "mine again", expected=seen)
    assert path.read_text() == "theirs"


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text("theirs")
    with pytest.raises(Conflict):
        atomic.write(path, "mine", expected=atomic.ABSENT)
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "a.json").chmod(0o444), "is read-only."),
        (lambda folder: folder.chmod(0o555), "can't be written: its folder is read-only."),
    ],
    ids=["file", "folder"],
)
def test_what_is_marked_read_only_is_left_alone_even_by_the_administrator(
    tmp_path: Path, spoil, sentence: str
):
    folder = tmp_path / "flows"
    folder.mkdir()
    path = folder / "a.json"
    path.write_text("old")
    spoil(folder)
    try:
        with pytest.raises(ReadOnly) as refused:
            atomic.write(path, "new")
    finally:
        folder.chmod(0o755)
    assert refused.value.message == f"{str(path)!r} {sentence}"
    assert path.read_text() == "old"


def test_a_folder_that_is_a_file_is_named(tmp_path: Path):
    (tmp_path / "flows").write_text("no folder")
    with pytest.raises(ReadOnly, match="there is no folder"):
        atomic.write(tmp_path / "flows" / "a.json", "new")


def test_a_system_that_refuses_is_quoted():
    with pytest.raises(ReadOnly, match="can't be written"):
        atomic.write(Path("/proc/weft.json"), "new")


def test_a_device_is_written_to_and_not_replaced():
    atomic.write(Path("/dev/null"), "new")
    assert Path("/dev/null").is_char_device()


def test_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(ReadOnly, match="is a folder"):
        atomic.write(tmp_path, "new")
    assert tmp_path.is_dir()
