"""Power loss: what could be on the disk if the power went, at every moment of a program's life.

SQLite is given a file system of ours (a VFS, https://www.sqlite.org/vfs.html) that passes everything on to the real one
and writes down each write, truncation, sync and deletion. From that any disk can be made that a power loss may leave:
what was synced is there; of what was written since, each piece is there, or not, or half.
"""

import ctypes as c
import ctypes.util
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512


@dataclass
class Operation:
    """`kind` is write, truncate, sync, delete; `mark` is something the program said, such as an acknowledgement."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""
    said: Any = None


@dataclass
class Recording:
    operations: list[Operation] = field(default_factory=list[Operation])

    def mark(self, said: Any) -> None:
        """The program has told somebody this."""
        self.operations.append(Operation("mark", said=said))

    def images(self, count: int, seed: int) -> Iterator["Image"]:
        """Disks after a power loss at moments chosen at random."""
        chance = random.Random(seed)
        for _ in range(count):
            yield self.image(chance.randrange(1, len(self.operations) + 1), chance)

    def image(self, moment: int, chance: random.Random) -> "Image":
        files: dict[str, _File] = {}
        said: list[Any] = []
        for operation in self.operations[:moment]:
            if operation.kind == "mark":
                said.append(operation.said)
                continue
            file = files.setdefault(operation.path, _File())
            if operation.kind == "sync" and file.synced is None:
                for other in files.values():  # the first sync of a new file syncs its folder too
                    other.folder_synced()
            file.happen(operation)
        return Image({path: file.after_loss(chance) for path, file in files.items()}, said)


@dataclass
class Image:
    """The files as they are found, by path (None: there is none), and what had been said by then."""

    files: dict[str, bytes | None]
    said: list[Any]

    def write(self, folder: Path, name: str) -> Path:
        """Put them into a folder, under another name for the database."""
        for path, content in self.files.items():
            suffix = Path(path).name.removeprefix("weft.db")
            if content is not None and suffix in ("", "-wal", "-journal"):
                (folder / f"{name}{suffix}").write_bytes(content)
        return folder / name


class _File:
    """What is certain to be on the disk, and what isn't yet."""

    def __init__(self) -> None:
        self.synced: bytearray | None = None
        self.pending: list[Operation] = []

    def happen(self, operation: Operation) -> None:
        self.pending.append(operation)
        if operation.kind == "sync":
            for one in self.pending:
                self.synced = _applied(self.synced, one)
            self.pending.clear()

    def folder_synced(self) -> None:
        """Which names there are is certain now: deletions are."""
        for index in reversed(range(len(self.pending))):
            if self.pending[index].kind == "delete":
                self.synced, self.pending = None, self.pending[index + 1 :]
                return

    def after_loss(self, chance: random.Random) -> bytes | None:
        content = None if self.synced is None else bytearray(self.synced)
        share = chance.choice((0.0, 0.3, 0.5, 0.9, 1.0))  # how much of it the disk had taken by itself
        for one in self.pending:
            if chance.random() < share:
                content = _applied(content, _torn(one, chance))
        return None if content is None else bytes(content)


def _torn(operation: Operation, chance: random.Random) -> Operation:
    """A write may be cut between two sectors."""
    if operation.kind != "write" or len(operation.data) <= SECTOR or chance.random() < 0.7:
        return operation
    end = SECTOR * chance.randrange(1, len(operation.data) // SECTOR + 1)
    return Operation("write", operation.path, operation.offset, operation.data[:end])


def _applied(content: bytearray | None, operation: Operation) -> bytearray | None:
    match operation.kind:
        case "write":
            content = bytearray() if content is None else content
            end = operation.offset + len(operation.data)
            content.extend(bytes(max(0, end - len(content))))
            content[operation.offset : end] = operation.data
        case "truncate":
            content = (content or bytearray())[: operation.offset]
        case "delete":
            content = None
        case _:
            pass
    return content


# --- the file system ---


class _IoMethods(c.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [("iVersion", c.c_int)] + [
        (name, c.c_void_p)
        for name in (
            *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock"),
            *("xCheckReservedLock", "xFileControl", "xSectorSize", "xDeviceCharacteristics"),
            *("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap", "xFetch", "xUnfetch"),
        )
    ]


class _File3(c.Structure):
    """sqlite3_file: the first word of every open file."""

    _fields_ = [("pMethods", c.POINTER(_IoMethods))]


class _Vfs(c.Structure):
    """sqlite3_vfs, version 3."""


_Vfs._fields_ = [
    ("iVersion", c.c_int),
    ("szOsFile", c.c_int),
    ("mxPathname", c.c_int),
    ("pNext", c.POINTER(_Vfs)),
    ("zName", c.c_char_p),
    ("pAppData", c.c_void_p),
] + [
    (name, c.c_void_p)
    for name in (
        *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose"),
        *("xRandomness", "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64"),
        *("xSetSystemCall", "xGetSystemCall", "xNextSystemCall"),
    )
]

# The name as an address, for SQLite keeps it as long as the file is open.
_OPEN = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_void_p, c.c_void_p, c.c_int, c.POINTER(c.c_int))
_DELETE = c.CFUNCTYPE(c.c_int, c.POINTER(_Vfs), c.c_char_p, c.c_int)
_WRITE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
_TRUNCATE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
_SYNC = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)


class _Recorder:
    """The real file system with four of its functions listened to. Everything it made is kept alive by it."""

    def __init__(self, lib: Any, recording: Recording) -> None:
        self.lib, self.recording = lib, recording
        lib.sqlite3_vfs_find.restype = c.POINTER(_Vfs)
        self.real = lib.sqlite3_vfs_find(None)
        self.ours = _Vfs()
        c.memmove(c.byref(self.ours), self.real, c.sizeof(_Vfs))
        self.ours.zName, self.ours.pNext = b"recording", None
        self.paths: dict[int, str] = {}
        self.methods: dict[int, _IoMethods] = {}
        self.open_ = _OPEN(self.real.contents.xOpen)
        self.delete_ = _DELETE(self.real.contents.xDelete)
        self.kept: list[Any] = [_OPEN(self._open), _DELETE(self._delete)]
        self.ours.xOpen = c.cast(self.kept[0], c.c_void_p)
        self.ours.xDelete = c.cast(self.kept[1], c.c_void_p)

    def _open(self, vfs: Any, name: int | None, file: int, flags: int, out: Any) -> int:
        code = self.open_(self.real, name, file, flags, out)
        if code == 0 and name:
            self.paths[file] = c.string_at(name).decode()
            head = c.cast(file, c.POINTER(_File3))
            head.contents.pMethods = c.pointer(self._listening(head.contents.pMethods.contents))
        return code

    def _listening(self, real: _IoMethods) -> _IoMethods:
        """The methods of a file, those that change it listened to. One set for each set of the real ones."""
        key = c.addressof(real)
        if key not in self.methods:
            ours = _IoMethods()
            c.memmove(c.byref(ours), c.byref(real), c.sizeof(_IoMethods))
            write, truncate, sync = _WRITE(real.xWrite), _TRUNCATE(real.xTruncate), _SYNC(real.xSync)

            def on_write(file: int, data: int, size: int, offset: int) -> int:
                self._note("write", file, offset, c.string_at(data, size))
                return write(file, data, size, offset)

            def on_truncate(file: int, size: int) -> int:
                self._note("truncate", file, size)
                return truncate(file, size)

            def on_sync(file: int, flags: int) -> int:
                code = sync(file, flags)
                self._note("sync", file)
                return code

            callbacks = (_WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync))
            self.kept += [write, truncate, sync, *callbacks]
            names = ("xWrite", "xTruncate", "xSync")
            for name, callback in zip(names, callbacks, strict=True):
                setattr(ours, name, c.cast(callback, c.c_void_p).value)
            self.methods[key] = ours
        return self.methods[key]

    def _delete(self, vfs: Any, name: bytes, sync: int) -> int:
        code = self.delete_(self.real, name, sync)
        self.recording.operations.append(Operation("delete", name.decode()))
        if sync:
            self.recording.operations.append(Operation("sync", name.decode()))
        return code

    def _note(self, kind: str, file: int, offset: int = 0, data: bytes = b"") -> None:
        self.recording.operations.append(Operation(kind, self.paths[file], offset, data))


_alive: list[_Recorder] = []  # SQLite may hold on to what it was given


@contextmanager
def recorded() -> Iterator[Recording]:
    """Record what every database that is opened meanwhile does to its files."""
    lib = c.CDLL(ctypes.util.find_library("sqlite3") or "libsqlite3.so.0")
    recording = Recording()
    recorder = _Recorder(lib, recording)
    _alive.append(recorder)
    assert lib.sqlite3_vfs_register(c.byref(recorder.ours), 1) == 0
    try:
        yield recording
    finally:
        lib.sqlite3_vfs_unregister(c.byref(recorder.ours))
