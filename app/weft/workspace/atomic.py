"""Replacing a file so that a reader, or a power cut, sees the old text or the new one, never half of one."""

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from weft import faults
from weft.model.errors import Conflict, ReadOnly, WeftError
from weft.workspace.flows.flowfiles import shown

ABSENT = ""
"""The digest of a file that isn't there."""


def write(path: Path, text: str, *, expected: str | None = None) -> str:
    """Put `text` at `path` whole and durably; the digest of what is there now.

    `expected` is the digest that the caller last saw (`ABSENT`: no file yet); another one there is a `Conflict`.
    The file's mode and owner stay. What can't be written is a `ReadOnly`, with the old file untouched.
    """
    data = text.encode()
    if is_device(path):
        return _pour(path, data)
    before = _stat(path)
    path = path.resolve()
    refuse_read_only(path)
    _expect(path, expected)
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        _fill(temporary, data, before)
        _expect(path, expected)
        faults.point("before_rename")
        _place(temporary, path, new=expected == ABSENT)
    except FileExistsError:
        raise _changed(path) from None
    except OSError as problem:
        raise unwritable(path, problem) from problem
    finally:
        with suppress(OSError):
            temporary.unlink()
    return digest_of(data)


def digest(path: Path) -> str:
    """The SHA-256 of the file's bytes, `ABSENT` when there is no file."""
    try:
        return digest_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def refuse_read_only(path: Path) -> None:
    """Raise `ReadOnly` when `path`, or the folder it would be made in, is marked as not to be written.

    The mark is honoured for the administrator too, whom the system itself would let through.
    """
    if is_device(path):
        return
    if path.is_dir():
        raise ReadOnly(f"{shown(path)!r} is a folder.", code="read-only", hint="Name a file in it.")
    if path.exists() and not _writable(path):
        raise ReadOnly(
            f"{shown(path)!r} is read-only.",
            code="read-only",
            hint="Make it writable, or save under another name.",
        )
    folder = path.parent
    if not folder.is_dir():
        raise ReadOnly(
            f"{shown(path)!r} can't be written: there is no folder {shown(folder)!r}.",
            code="read-only",
            hint="Make the folder first, or write elsewhere.",
        )
    if not _writable(folder):
        raise ReadOnly(
            f"{shown(path)!r} can't be written: its folder is read-only.",
            code="read-only",
            hint="Make the folder writable, or write elsewhere.",
        )


def is_device(path: Path) -> bool:
    """Whether there is something at `path` that is written to and not replaced: a device, a pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def unwritable(path: Path, problem: OSError) -> WeftError:
    """The sentence for an operating system's refusal to write `path`."""
    return ReadOnly(
        f"{shown(path)!r} can't be written: {problem.strerror or problem}.",
        code="read-only",
        hint="Make room or make it writable, or write elsewhere.",
    )


def _writable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o222) and os.access(path, os.W_OK)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise unwritable(path, problem) from problem


def _expect(path: Path, expected: str | None) -> None:
    if expected is not None and digest(path) != expected:
        raise _changed(path)


def _changed(path: Path) -> Conflict:
    return Conflict(
        f"{shown(path)!r} was changed on disk by someone else.",
        code="conflict",
        hint="Read it again, or save under another name.",
    )


def _pour(path: Path, data: bytes) -> str:
    """Into what is no regular file (a device, a pipe): putting a file in its place would take it away."""
    try:
        path.write_bytes(data)
    except OSError as problem:
        raise unwritable(path, problem) from problem
    return digest_of(data)


def _fill(temporary: Path, data: bytes, like: os.stat_result | None) -> None:
    # Not tempfile: its 0600 would hide a shared file from the others.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(descriptor, "wb") as file:
        if like is not None:
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
            with suppress(PermissionError):
                os.fchown(descriptor, like.st_uid, like.st_gid)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _place(temporary: Path, path: Path, *, new: bool) -> None:
    if new:
        _link(temporary, path)
    else:
        os.replace(temporary, path)
    faults.point("after_rename")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _link(temporary: Path, path: Path) -> None:
    """Unlike a rename, fails when another got there first."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: make the name ours, then fill it
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        os.replace(temporary, path)
