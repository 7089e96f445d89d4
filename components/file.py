"""A text file of the workspace, in its folder `files/`, and what lies in a folder there. Where a path may lead is
decided before it comes here; what begins with a dot, and links, are neither listed nor deleted."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from weft import WeftError, component

LARGEST = 5_000_000
MOST_NAMES = 10_000


class Result(TypedDict):
    output: Annotated[Any, "The text; of a list the names; of delete whether it was there"]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    match params.get("action"):
        case "list":
            output: Any = Annotated[list[str], "The files in the folder, with all below it, in order"]
        case "delete":
            output = Annotated[bool, "Whether it was there"]
        case _:
            output = Annotated[str, "The file's text"]
    return {"outputs": {"output": output}}


@component(
    ports=ports,
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
    path: Annotated[Path, "The file, or a folder to list, inside the workspace's folder `files`"],
    action: Annotated[
        Literal["read", "write", "append", "list", "delete"], "What to do with it; a folder is only listed"
    ] = "read",
    text: Annotated[str, "What to write"] = "",
) -> Result:
    """Read, write, list or delete text files of the workspace."""
    return {"output": _done(path, action, text)}


def _done(path: Path, action: str, text: str) -> Any:
    try:
        if action == "list":
            return _names(path)
        if action == "delete":
            return _deleted(path)
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


def _names(folder: Path) -> list[str]:
    """Plain files, by their path from the folder."""
    if folder.is_file():
        raise _failed(folder, "file-error", "it is no folder", "Name the folder that it is in.")
    if not folder.exists():
        raise _failed(folder, "no-file", "it isn't there", "Put it into the workspace's folder `files`.")
    found: list[str] = []
    for inside, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(inside, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                found.append(path.relative_to(folder).as_posix())
        if len(found) > MOST_NAMES:
            raise _failed(
                folder, "too-large", f"it holds more than {MOST_NAMES:,} files", "Name a folder inside it."
            )
    return sorted(found)


def _deleted(path: Path) -> bool:
    if path.is_dir():
        raise _failed(path, "file-error", "it is a folder", "Name a file in it: folders aren't deleted.")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise _failed(path, "file-error", "it is no plain file", "Delete it by hand.")
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


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
