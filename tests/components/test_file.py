"""The `file` component: reading and writing under the workspace's `files/`."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component
from weft.testing import run_flow


@pytest.fixture
def file(stock: Callable[[str], Component]) -> Component:
    return stock("file")


async def use(file: Component, path: Path, **more: Any) -> Any:
    return (await file.call({"path": path, **more}, Alone()))["output"]


async def refused(file: Component, path: Path, **more: Any) -> WeftError:
    with pytest.raises(WeftError) as failed:
        await use(file, path, **more)
    return failed.value


async def test_a_file_is_read(file: Component, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffGrüße\r\n".encode())
    assert await use(file, tmp_path / "a.txt") == "Grüße\r\n"


async def test_a_file_is_written_with_its_folders_and_added_to(file: Component, tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "a.txt"
    assert await use(file, path, action="write", text="one\n") == "one\n"
    assert await use(file, path, action="append", text="two\n") == "one\ntwo\n"
    assert path.read_text() == "one\ntwo\n"
    assert await use(file, path, action="write", text="three") == "three"
    assert path.read_text() == "three"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]
    assert await use(file, tmp_path / "other", action="append", text="x") == "x"


async def test_a_file_keeps_who_may_use_it(file: Component, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0o640)
    await use(file, path, action="write", text="y")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


async def test_what_cannot_be_used_is_told_by_name(file: Component, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"x" * 5_000_001)
    (tmp_path / "plain").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    for name, more, code, why in (
        ("none", {}, "no-file", "it isn't there"),
        ("folder", {}, "file-error", "it is a folder"),
        ("pipe", {}, "file-error", "it is no plain file"),
        ("binary", {}, "no-text", "it is no text in UTF-8"),
        ("large", {}, "too-large", "it has more than 5,000,000 bytes"),
        ("folder", {"action": "write"}, "file-error", "it is a folder"),
        ("plain/under", {"action": "write"}, "file-error", "what should be its folder is a file"),
        (
            "plain",
            {"action": "append", "text": "x" * 5_000_000},
            "too-large",
            "it would have more than 5,000,000 bytes",
        ),
    ):
        failed = await refused(file, tmp_path / name, **more)
        assert (failed.code, failed.retryable) == (code, False)
        assert failed.message == f"The file {Path(name).name!r} can't be used: {why}."
        assert str(tmp_path) not in str(failed)
    assert (tmp_path / "plain").read_text() == "x"


async def test_a_flow_reaches_files_inside_the_folder_and_no_others(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (files / ".hidden").write_text("secret")
    (files / "link.txt").symlink_to(tmp_path / "secret.txt")
    (files / "notes.txt").write_text("notes")
    for path, code in (
        ("notes.txt", None),
        ("files/notes.txt", None),
        ("../secret.txt", "file-outside"),
        (str(tmp_path / "secret.txt"), "file-outside"),
        ("link.txt", "file-outside"),
        (".hidden", "file-outside"),
        ("none.txt", "no-file"),
    ):
        node = {"component": "file", "inputs": {"path": "inputs.path"}}
        flow = {"format": 1, "inputs": {"path": {}}, "outputs": {"text": "it"}, "nodes": {"it": node}}
        result = await run_flow(flow, {"path": path}, files=files)
        assert (result.error or {}).get("code") == code
        assert result.outputs == ({"text": "notes"} if code is None else {})


async def test_a_file_named_in_the_document_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    for value in ({"$file": "notes.txt"}, "notes.txt"):
        flow: dict[str, Any] = {
            "format": 1,
            "nodes": {"it": {"component": "file", "params": {"path": value}}},
        }
        assert (await run_flow(flow, files=tmp_path)).outputs == {"it": "notes"}


async def test_a_folder_is_listed_and_a_file_deleted(file: Component, tmp_path: Path) -> None:
    home = tmp_path / "files"
    (home / "b" / "deep").mkdir(parents=True)
    (home / ".git").mkdir()
    for name in ("c.txt", "b/a.txt", "b/deep/z", ".hidden", ".git/config"):
        (home / name).write_text("x")
    (tmp_path / "secret.txt").write_text("x")
    (home / "b" / "link").symlink_to(tmp_path / "secret.txt")
    (home / "outside").symlink_to(tmp_path)
    assert await use(file, home, action="list") == ["b/a.txt", "b/deep/z", "c.txt"]
    assert await use(file, home / "b", action="list") == ["a.txt", "deep/z"]
    assert await use(file, home / "c.txt", action="delete") is True
    assert await use(file, home / "c.txt", action="delete") is False
    for path, action, said in (
        (home / "b" / "a.txt", "list", "it is no folder"),
        (home / "none", "list", "it isn't there"),
        (home / "b", "delete", "it is a folder"),
        (home / "b" / "link", "delete", "it is no plain file"),
    ):
        assert said in (await refused(file, path, action=action)).message
    assert (tmp_path / "secret.txt").exists()
    assert (home / "b" / "link").is_symlink()


async def test_what_it_gives_has_the_type_of_what_is_done(file: Component, tmp_path: Path) -> None:
    types = {one: str(file.ports({"action": one}).outputs[0].type) for one in ("read", "list", "delete")}
    assert types == {"read": "text", "list": "list[text]", "delete": "boolean"}
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "files" / "notes").mkdir(parents=True)
    result = None
    for action, path, code in (("delete", "../a.txt", "file-outside"), ("list", "notes", None)):
        flow: dict[str, Any] = {
            "format": 1,
            "inputs": {"path": {}},
            "nodes": {
                "it": {"component": "file", "params": {"action": action}, "inputs": {"path": "inputs.path"}}
            },
        }
        result = await run_flow(flow, {"path": path}, files=tmp_path / "files")
        assert (result.error or {}).get("code") == code
    assert result is not None
    assert result.outputs == {"it": []}
    assert (tmp_path / "a.txt").exists()
