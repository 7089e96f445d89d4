"""Events as rows of text, each with a checksum that is verified when it is read again."""

import json
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.model.plain import to_plain


class Row(NamedTuple):
    seq: int
    kind: str
    path: str
    at: float
    data: str
    checksum: int


def encode(run_id: str, event: Event) -> Row:
    """The event as text. Raises WeftError (`not-plain`) for data that is no JSON."""
    seq, kind, path, at, said = event
    at = float(at)
    try:
        data = dump(said) if said else "{}"
        total = zlib.crc32(_summed(run_id, seq, kind, path, at, data).encode())
    except (TypeError, ValueError):
        # A rare value: the gate turns it into JSON, or says which it is and why not.
        data = dump(to_plain(dict(said), name=f"event {seq} of the run"))
        total = checksum(_summed(run_id, seq, kind, path, at, data))
    return Row(seq, kind, path, at, data, total)


def decode(run_id: str, row: Row) -> Event:
    """The event of a row. Raises WeftError (`damaged`) if it isn't what was written."""
    if checksum(_summed(run_id, *row[:5])) != row.checksum:
        raise damaged(f"event {row.seq} of the run {run_id}")
    return Event(row.seq, row.kind, row.path, row.at, json.loads(row.data))


dump: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode
"""A value as compact JSON. Raises TypeError or ValueError for what is none."""


def checksum(text: str) -> int:
    """CRC-32: finds every single flipped bit, which SQLite's own check doesn't."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def damaged(what: str, where: str = "") -> WeftError:
    return WeftError(
        f"What was recorded is damaged: {what}{f' in {where}' if where else ''} isn't what was written.",
        code="damaged",
        hint="The disk or a program has changed it. 'weft doctor' says what else, 'weft recover' saves what holds.",
        retryable=False,
    )


def _summed(run_id: str, seq: int, kind: str, path: str, at: float, data: str) -> str:
    return f"{run_id}\x1f{seq}\x1f{kind}\x1f{path}\x1f{at!r}\x1f{data}"
