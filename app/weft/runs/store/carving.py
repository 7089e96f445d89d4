"""Rows out of the raw pages of a SQLite file that SQLite itself can't read any more.

Every page that says it is the leaf of a table is read for itself, whatever led to it. After the file format's own
description, https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1. What comes out may be an older version of a
row, or one that was deleted, and is to be believed only if its checksum holds.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

Value = None | int | float | str | bytes
_LEAF = 0x0D
_MAGIC = b"SQLite format 3\x00"
_WAL_HEADER, _FRAME_HEADER = 32, 24
_LONGEST = 64 * 1024 * 1024  # no row of ours is longer: a length that is, is damage
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class Pages:
    """The pages of a database file by number, those of its log after it."""

    def __init__(self, database: Path) -> None:
        self._data = database.read_bytes()
        self.size = _page_size(self._data)
        self.count = len(self._data) // self.size
        self._frames = list(_frames(database.with_name(f"{database.name}-wal"), self.size))

    def get(self, number: int) -> bytes:
        return self._data[(number - 1) * self.size : number * self.size]

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """The newest first: what was written last is in the log."""
        yield from reversed(self._frames)
        for number in range(1, self.count + 1):
            yield number, self.get(number)


def carve(database: Path) -> Iterator[list[Value]]:
    """Each record that can be made out, as its columns."""
    pages = Pages(database)
    for number, page in pages:
        start = 100 if number == 1 else 0
        if len(page) < pages.size or page[start] != _LEAF:
            continue
        (count,) = struct.unpack_from(">H", page, start + 3)
        for index in range(min(count, pages.size // 4)):
            try:
                (offset,) = struct.unpack_from(">H", page, start + 8 + 2 * index)
                yield _record(_payload(page, offset, pages))
            except (struct.error, IndexError, ValueError):
                continue  # not a cell, or not any more


def _payload(page: bytes, offset: int, pages: Pages) -> bytes:
    length, offset = _varint(page, offset)
    _, offset = _varint(page, offset)  # the row's number
    if not 0 < length < _LONGEST:
        raise ValueError("no length of a row")
    most, least = pages.size - 35, (pages.size - 12) * 32 // 255 - 23
    if length <= most:
        return page[offset : offset + length]
    here = least + (length - least) % (pages.size - 4)
    here = here if here <= most else least
    content = page[offset : offset + here]
    (following,) = struct.unpack_from(">I", page, offset + here)
    while following and len(content) < length:
        more = pages.get(following)
        content += more[4:]
        (following,) = struct.unpack_from(">I", more, 0)
    if len(content) < length:
        raise ValueError("cut off")
    return content[:length]


def _record(payload: bytes) -> list[Value]:
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    columns: list[Value] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        columns.append(value)
    return columns


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind in _INTEGERS:
        size = _INTEGERS[kind]
        return int.from_bytes(_cut(payload, at, size), "big", signed=True), at + size
    if kind == 7:
        return struct.unpack(">d", _cut(payload, at, 8))[0], at + 8
    if kind < 12:
        raise ValueError("no kind of a value")
    size = (kind - 12) // 2
    content = _cut(payload, at, size)
    return (content.decode() if kind % 2 else content), at + size


def _cut(payload: bytes, at: int, size: int) -> bytes:
    content = payload[at : at + size]
    if len(content) < size:
        raise ValueError("cut off")
    return content


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def _page_size(data: bytes) -> int:
    if data[:16] == _MAGIC:
        (size,) = struct.unpack_from(">H", data, 16)
        size = 65536 if size == 1 else size
        if size >= 512 and size & (size - 1) == 0:
            return size
    return 4096  # what ours are made with


def _frames(log: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """The pages in the write-ahead log, oldest first."""
    if not log.is_file():
        return
    data = log.read_bytes()
    for at in range(_WAL_HEADER, len(data) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        (number,) = struct.unpack_from(">I", data, at)
        yield number, data[at + _FRAME_HEADER : at + _FRAME_HEADER + size]
