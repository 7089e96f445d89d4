"""Events as batches of text, each with a checksum that is verified when it is read again."""

import json
import zlib
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from weft.engine.events import Event, plain_data
from weft.model.errors import WeftError

LARGE: Final = 256 * 1024
"""Characters of a batch's data from which on it is divided; one event with so much has it put away as a file."""
MOST: Final = 512
"""Events in a batch, at most: who looks for an event needn't look further back for its batch."""


class Batch(NamedTuple):
    """Events of a run that follow one another. `heads` is a list of [kind, path, at] as JSON, `data` the list of their
    data; where `value` names a file instead, the batch is of one event, and the file holds its data."""

    first: int
    last: int
    value: str | None
    heads: str
    data: str | None
    checksum: int

    def named(self, run_id: str) -> str:
        numbers = f"event {self.first}" if self.first == self.last else f"events {self.first} to {self.last}"
        return f"{numbers} of the run {run_id}"


def encode(run_id: str, events: Sequence[Event], put: Callable[[str], str] | None = None) -> list[Batch]:
    """Events that are numbered in a row as text. `put` puts a large text away and names it.

    Raises WeftError (`not-plain`) for data that is no JSON."""
    if len(events) <= MOST:
        return _encoded(run_id, events, put)
    parts = (events[at : at + MOST] for at in range(0, len(events), MOST))
    return [batch for part in parts for batch in _encoded(run_id, part, put)]


def _encoded(run_id: str, events: Sequence[Event], put: Callable[[str], str] | None) -> list[Batch]:
    _, kinds, paths, times, said = zip(*events, strict=True)
    heads = _json([*zip(kinds, paths, times, strict=True)])
    try:
        data = _json(said)
    except (TypeError, ValueError):
        # A rare value: the gate turns it into JSON, or says which it is and why not.
        plain = [plain_data(event, f"event {event.seq} of the run") for event in events]
        data = dump(plain)
    first, last = events[0].seq, events[-1].seq
    if put is None or len(data) < LARGE:
        return [Batch(first, last, None, heads, data, sum_of(run_id, first, last, heads, data))]
    if len(events) == 1:
        _, kind, path, at, _ = events[0]
        text = data[1:-1]
        return [Batch(first, last, put(text), heads, None, sum_of_one(run_id, first, kind, path, at, text))]
    half = len(events) // 2
    return [*_encoded(run_id, events[:half], put), *_encoded(run_id, events[half:], put)]


def decode(run_id: str, batch: Batch, text: str | None, after: int = 0, where: str = "") -> list[Event]:
    """The events of a batch numbered past `after`; `text` is its data, or what is in its file. Raises WeftError
    (`damaged`) if it isn't what was written."""
    first, last, value, heads, data, total = batch
    found: list[list[Any]] = []
    said: list[Any] = []
    held = False
    try:
        found = json.loads(heads)
        if value is None:
            held = text is not None and checksum(_summed(run_id, first, last, heads, text)) == total
            said = json.loads(text or "")
        else:
            ((kind, path, at),) = found
            held = data is None and sum_of_one(run_id, first, kind, path, at, text or "") == total
            said = [json.loads(text or "")]
    except (TypeError, ValueError):
        held = False  # no JSON, or none of the right form
    if not held or not last - first + 1 == len(found) == len(said):
        raise damaged(batch.named(run_id), where)
    events = (
        Event(seq, kind, path, float(at), each)
        for seq, ((kind, path, at), each) in enumerate(zip(found, said, strict=True), first)
    )
    return list(islice(events, max(0, after + 1 - first), None))


def sum_of(run_id: str, first: int, last: int, heads: str, data: str) -> int:
    return zlib.crc32(_summed(run_id, first, last, heads, data).encode())


def sum_of_one(run_id: str, seq: int, kind: str, path: str, at: float, data: str) -> int:
    """The sum of a batch whose data is in a file: over that too."""
    return checksum(f"{run_id}\x1f{seq}\x1f{kind}\x1f{path}\x1f{float(at)!r}\x1f{data}")


def _summed(run_id: str, first: int, last: int, heads: str, data: str) -> str:
    return f"{run_id}\x1f{first}\x1f{last}\x1f{heads}\x1f{data}"


def _json(value: Any) -> str:
    """As `dump`, several times as fast for much at once. It doesn't refuse NaN: what looks like it is looked at."""
    text = to_json(value)
    if (b"N" in text and b"NaN" in text) or (b"I" in text and b"Infinity" in text):
        return dump(value)
    return text.decode()


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
