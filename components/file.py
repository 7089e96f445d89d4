"""A text file of the workspace, in its folder `files/`. Where a path may lead is decided before it comes here."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from weft import WeftError, component

LARGEST = 5_000_000


@component(
    ui={
        "title": "File",
        "category": "Tools",
        "icon": "description",
        "color": "#0ea5b7",
        "text": {"multiline": True},
    },
    reach={"path": {"written": {"action": ["write", "append", "delete"]}}},
)
def file(
    path: Annotated[Path, "The file, inside the workspace's folder `files`"],
    action: Annotated[Literal["read", "write", "append"], "What to do with it"] = "read",
    text: Annotated[str, "What to write"] = "",
) -> str:
    """Read or write a text file of the workspace; gives its text."""
    try:
        if action == "read":
            return _read(path)
        before = _read(path) if action == "append" and path.exists() else ""
        _write(path, before + text)
        return before + text
    except OSError as error:
        raise _failed(
            path, "file-error", f"{error.strerror or error}".lower(), "Look at the name, and who may use it."
        ) from None


def _read(path: Path) -> str:
    if path.is_dir():
        raise _failed(path, "file-error", "it is a folder", "Name a file in it.")
    if not path.exists():
        raise _failed(path, "no-file", "it isn't there", "Put it into the workspace's folder `files`.")
    if not path.is_file():
        raise _failed(path, "file-error", "it is no plain file", "Name a plain file.")
    with path.open("rb") as opened:
        raw = opened.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise _failed(path, "too-large", f"it has more than {LARGEST:,} bytes", "Use a smaller one.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _failed(path, "no-text", "it is no text in UTF-8", "Save it as UTF-8.") from None


def _write(path: Path, text: str) -> None:
    """All of it or nothing: written beside, then put in place."""
    raw = text.encode()
    if len(raw) > LARGEST:
        raise _failed(path, "too-large", f"it would have more than {LARGEST:,} bytes", "Write less.")
    if path.is_dir():
        raise _failed(path, "file-error", "it is a folder", "Name a file in it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise _failed(
            path, "file-error", "what should be its folder is a file", "Name another folder."
        ) from None
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".weft-")
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(raw)
            opened.flush()
            os.fsync(opened.fileno())
        os.chmod(beside, path.stat().st_mode if path.exists() else 0o644)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _failed(path: Path, code: str, why: str, hint: str) -> WeftError:
    return WeftError(f"The file {path.name!r} can't be used: {why}.", code=code, hint=hint, retryable=False)
