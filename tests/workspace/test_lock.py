"""One server for a workspace: the lock goes with its process, however that ends."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from weft.workspace import lock

HOLDER = """
import sys, time
from pathlib import Path
from weft.workspace import lock
with lock.held(Path(sys.argv[1]), "http://127.0.0.1:8700"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".weft").mkdir()
    return tmp_path / ".weft"


def holding(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_the_second_is_refused_with_the_name_of_the_first(folder: Path) -> None:
    with holding(folder) as child:
        with pytest.raises(lock.Served) as refused, lock.held(folder, "elsewhere"):
            pass
        assert refused.value.message.startswith(
            f"The workspace {str(folder.parent)!r} is served already: process {child.pid}, at http://127.0.0.1:8700, since 2"
        )
        assert "--read-only" in refused.value.hint
        found = lock.server_of(folder)
        assert found is not None
        assert found.pid == child.pid
        child.communicate("")
    assert lock.server_of(folder) is None
    assert lock.holder(folder) is None


def test_a_killed_process_holds_nothing(folder: Path) -> None:
    with holding(folder) as child:
        child.kill()
        child.wait()
    assert lock.holder(folder) is not None  # its name is still there
    assert lock.server_of(folder) is None
    with lock.held(folder, "http://127.0.0.1:1"):
        found = lock.holder(folder)
        assert found is not None
        assert found.url == "http://127.0.0.1:1"


def test_where_there_are_no_locks_a_living_process_is_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    with holding(folder) as child:
        monkeypatch.setattr("fcntl.flock", none)
        with pytest.raises(lock.Served), lock.held(folder, "elsewhere"):
            pass
        child.kill()
        child.wait()
    with lock.held(folder, "mine"):
        assert lock.holder(folder) is not None


def test_a_name_that_cannot_be_read_is_nobody_s(folder: Path) -> None:
    (folder / "server.lock").write_text("{")
    assert lock.holder(folder) is None
    with lock.held(folder, "mine"):
        assert lock.holder(folder) is not None


def test_a_disk_that_is_full_or_read_only_meanwhile_is_no_reason_to_fail_at_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with lock.held(folder, "http://127.0.0.1:1"):
        monkeypatch.setattr(lock.os, "ftruncate", full)
    with (
        pytest.raises(OSError, match=r"No space left.*server\.lock"),
        lock.held(folder, "http://127.0.0.1:2"),
    ):
        pass
    monkeypatch.undo()
    with lock.held(folder, "http://127.0.0.1:3"):
        assert str(lock.holder(folder)).startswith(f"process {os.getpid()}, at http://127.0.0.1:3")
