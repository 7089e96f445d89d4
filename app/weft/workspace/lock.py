"""One server for a workspace: a lock that goes with its process, however that ends.

`.weft/server.lock` names the process for people; the lock itself is the system's, on the open file. Where the file
system has no locks, the name is believed as long as the process it names is alive.
"""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from weft.model.errors import WeftError
from weft.runs import owner
from weft.runs.record import now

NAME = "server.lock"


@dataclass(frozen=True)
class Holder:
    """Who serves the workspace. `owner` tells the process from a later one of the same number."""

    pid: int
    host: str
    url: str
    since: str
    owner: str

    def __str__(self) -> str:
        where = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"process {self.pid}{where}, at {self.url}, since {self.since}"


class Served(WeftError):
    """Another process serves this workspace."""

    def __init__(self, root: Path, holder: Holder | None) -> None:
        who = f": {holder}" if holder else ""
        super().__init__(
            f"The workspace {str(root)!r} is served already{who}.",
            code="workspace-served",
            hint="Use that one, or stop it first; 'weft serve --read-only' looks on beside it.",
            retryable=False,
        )
        self.holder = holder


@contextlib.contextmanager
def held(folder: Path, url: str) -> Generator[None]:
    """Hold the workspace's lock; `folder` is its `.weft`. Raises `Served` if another process has it."""
    path = folder / NAME
    with open(path, "a+", encoding="utf-8") as file:
        if not _locked(file, path):
            raise Served(folder.parent, holder(folder))
        mine = Holder(os.getpid(), socket.gethostname(), url, now(), owner.this_process())
        try:
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), json.dumps(asdict(mine)).encode())
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, str(path)) from exc  # a full disk names no file
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # the lock goes with the process, whatever is written there
                os.ftruncate(file.fileno(), 0)


def holder(folder: Path) -> Holder | None:
    """Who is named in the lock; None if nobody is, or it can't be read."""
    try:
        return Holder(**json.loads((folder / NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def server_of(folder: Path) -> Holder | None:
    """The process that serves the workspace now; None when no process does."""
    path = folder / NAME
    try:
        with open(path, "r+", encoding="utf-8") as file:
            return None if _locked(file, path) else holder(folder)
    except OSError:
        return None


def _locked(file: IO[str], path: Path) -> bool:
    """Take the lock if nobody has it. It goes when the file is closed, or the process ends."""
    if sys.platform == "win32":
        import msvcrt

        try:
            file.seek(1 << 20)  # past the name, which others may read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        named = holder(path.parent)
        return named is None or (named.host == socket.gethostname() and not owner.alive(named.owner))
    return True
