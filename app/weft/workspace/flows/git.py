"""Flows in a git repository: a file as it was in a revision, and telling git how flows are compared and merged.

Git is called where a person asks for it, at the command line or in the tab of changes: with fixed arguments, never
through a shell, and never because a flow was opened.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

from weft.model.errors import DocumentError, NotFound, WeftError
from weft.model.flow import Flow
from weft.model.text import loads
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import in_file, shown

SECONDS = 30.0
ATTRIBUTES = ".gitattributes"
LINE = "flows/*.json diff=weft merge=weft"
CONFIG = {
    "diff.weft.command": "weft git-diff",
    "merge.weft.name": "flows merged by node and param",
    "merge.weft.driver": "weft merge %O %A %B --path %P",
}


class Commit(NamedTuple):
    """A revision in git: its name, who made it, when, and the first line of what was said of it."""

    name: str
    person: str
    time: str
    label: str


def at_revision(path: Path, revision: str) -> Flow | None:
    """The flow in that file as `revision` has it; None if it wasn't there. Raises `WeftError` without git, without a
    repository, and for a revision that there isn't."""
    root = repository(path.parent)
    _git(
        root,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{revision}^{{commit}}",
        no=_unknown(revision),
    )
    name = path.resolve().relative_to(root).as_posix()
    listed = _git(root, "ls-tree", "--full-tree", "--name-only", "-z", revision, "--", name)
    if not listed:
        return None
    data = _git(root, "show", f"{revision}:{name}")
    try:
        return loads(data)
    except DocumentError as problem:
        raise in_file(problem, Path(f"{revision}:{shown(path)}")) from None


def commits(path: Path, most: int) -> list[Commit]:
    """The latest that touched the file, the newest first. Raises `WeftError` as `at_revision` does."""
    root = repository(path.parent)
    name = path.resolve().relative_to(root).as_posix()
    form = "--format=%H%x00%an%x00%aI%x00%s"
    listed = _git(
        root, "--literal-pathspecs", "log", "--no-show-signature", "-n", str(most), form, "--", name
    )
    lines = (line.split("\0") for line in listed.decode("utf-8", "replace").splitlines())
    return [Commit(*line) for line in lines if len(line) == len(Commit._fields)]


def repository(folder: Path) -> Path:
    """The root of the repository that the folder lies in. Raises `NotFound` if it lies in none."""
    none = NotFound(
        f"{shown(folder)!r} is in no git repository.",
        code="no-repository",
        hint="Compare two files instead: weft diff OLD NEW",
    )
    return Path(_git(folder, "rev-parse", "--show-toplevel", no=none).decode().strip()).resolve()


def set_up(folder: Path) -> tuple[Path, bool]:
    """Tell git to compare and merge the flows of this repository by Weft: a line in `.gitattributes`, which is
    committed, and this clone's settings. The file, and whether it was changed."""
    root = repository(folder)
    for key, value in CONFIG.items():
        _git(root, "config", "--local", key, value)
    file = folder.resolve() / ATTRIBUTES
    text = file.read_text("utf-8") if file.exists() else ""
    if LINE in text.splitlines():
        return file, False
    atomic.write(file, text + ("" if not text or text.endswith("\n") else "\n") + LINE + "\n")
    return file, True


def merged_by_line(mine: Path, base: Path, theirs: Path) -> bytes:
    """The text that git itself would leave: with its marks where both changed the same lines."""
    labels = ("-L", "mine", "-L", "base", "-L", "theirs")
    done = _run(mine.parent, "merge-file", "-p", *labels, str(mine), str(base), str(theirs))
    if done.returncode < 0 or done.returncode > 127:
        raise _failed(done)
    return done.stdout


def _git(folder: Path, *arguments: str, no: WeftError | None = None) -> bytes:
    done = _run(folder, *arguments)
    if done.returncode:
        raise no or _failed(done)
    return done.stdout


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        raise NotFound(
            "git isn't installed here.", code="no-git", hint="Compare two files instead: weft diff OLD NEW"
        ) from None
    except subprocess.TimeoutExpired:
        raise WeftError(f"git didn't answer within {SECONDS:g} s.", code="git-failed") from None


def _failed(done: "subprocess.CompletedProcess[bytes]") -> WeftError:
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return WeftError(
        f"git failed: {said[0] if said else f'it ended with {done.returncode}'}", code="git-failed"
    )


def _unknown(revision: str) -> NotFound:
    return NotFound(
        f"The repository has no revision {revision!r}.",
        code="no-revision",
        hint="Such as HEAD, HEAD~3, main, v1.2.",
    )
