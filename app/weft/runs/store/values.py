"""Large values as files beside the database, named by what they hold (SHA-256), so that one is written once."""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from weft import faults
from weft.runs.store.codec import damaged
from weft.runs.store.schema import VALUE_COLUMNS
from weft.runs.store.trouble import unwritable

TEMPORARY = ".new-"


class Values:
    """The folder of large values. `put` is called inside a write transaction of the database, and so is `collect`: the
    lock of the one keeps the other out, in whichever process it is, and no file goes between its being written and
    its row."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sure: set[str] = set()  # names that this process has seen whole and synced

    def put(self, text: str) -> str:
        """The name of the value; it is on the disk, synced, before this returns."""
        content = text.encode()
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if name in self._sure and path.exists():
            return name
        try:
            if self.holds(name):  # written by somebody who may have died before it was certain to last
                self._settle(path)
            else:
                self._write(path, content)
        except OSError as exc:
            raise unwritable(exc, path.parent) from exc
        self._sure.add(name)
        return name

    def holds(self, name: str) -> bool:
        """Whether there is a file of that name with the content of that name."""
        try:
            return hashlib.sha256(self._path(name).read_bytes()).hexdigest() == name
        except OSError:
            return False

    def names(self) -> set[str]:
        """Every value there is, whole or not."""
        return {path.name for path in self._folder.glob("??/*") if not path.name.startswith(".")}

    def orphans(self, db: sqlite3.Connection) -> set[str]:
        """The values that no row names."""
        return self.names() - named(db)

    def collect(self, db: sqlite3.Connection, limit: int = 500) -> int:
        """Remove values that no row names, at most `limit`, and what dead writers left; how many values went."""
        self.sweep()
        return len(self.remove(db, sorted(self.orphans(db))[:limit]))

    def sweep(self) -> None:
        """Remove what dead writers left half done: whoever writes holds the lock that the caller holds now."""
        for left in self._folder.glob(f"??/{TEMPORARY}*"):
            left.unlink(missing_ok=True)

    def remove(self, db: sqlite3.Connection, names: Sequence[str]) -> list[str]:
        """Remove those of the values that no row names; which went. Others that share the transaction may have put
        in or taken out rows by now. What they put in counts, and so does what is committed: if the transaction comes
        to nothing, that is what there is."""
        if not names:
            return []
        with closing(_committed(db)) as committed:
            kept = _named_of(db, names) | _named_of(committed, names)
        gone = [name for name in names if name not in kept]
        for name in gone:
            self._sure.discard(name)
            self._path(name).unlink(missing_ok=True)
            faults.point("while_collecting")
        return gone

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """The bytes of those that are there."""
        found: dict[str, int] = {}
        for name in names:
            with suppress(OSError):
                found[name] = self._path(name).stat().st_size
        return found

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            faults.point("before_value")
            os.replace(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        self._settle(path)
        faults.point("after_value")

    def _settle(self, path: Path) -> None:
        for folder in (path.parent, self._folder, self._folder.parent):
            sync(folder)

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


def named(db: sqlite3.Connection) -> set[str]:
    """The values that the database's rows name."""
    return {
        name
        for table, column in VALUE_COLUMNS
        for (name,) in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")
    }


def _named_of(db: sqlite3.Connection, names: Sequence[str]) -> set[str]:
    """Those of the values that a row names."""
    marks = ", ".join("?" for _ in names)
    return {
        name
        for table, column in VALUE_COLUMNS
        for (name,) in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({marks})", names)
    }


def _committed(db: sqlite3.Connection) -> sqlite3.Connection:
    """A look at the same database that sees nothing of transactions under way, not even its caller's."""
    path = next(file for _, name, file in db.execute("PRAGMA database_list") if name == "main")
    return sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)


def sync(folder: Path) -> None:
    """Make a new name in a folder survive a power loss; where folders can't be opened, the system does so itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
