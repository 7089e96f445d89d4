"""Large values as files beside the database, named by what they hold (SHA-256), so that one is written once."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from weft.runs.codec import damaged
from weft.runs.trouble import unwritable

LARGE = 256 * 1024
"""Characters of an event's text from which on it is kept as a file."""


class Values:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, text: str) -> str:
        """The name of the value; it is on the disk, synced, before this returns."""
        content = text.encode()
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        try:
            self._write(path, content)
        except OSError as exc:
            raise unwritable(exc, path.parent) from exc
        return name

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        for folder in (path.parent, self._folder, self._folder.parent):
            _sync(folder)

    def get(self, name: str) -> str:
        """The value of that name. Raises WeftError (`damaged`) if it is gone or changed."""
        try:
            content = self._path(name).read_bytes()
        except OSError:
            raise damaged(f"the value {name[:12]}", str(self._folder)) from None
        if hashlib.sha256(content).hexdigest() != name:
            raise damaged(f"the value {name[:12]}", str(self._folder))
        return content.decode()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _sync(folder: Path) -> None:
    """Make a new name in a folder survive a power loss; where folders can't be opened, the system does so itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
