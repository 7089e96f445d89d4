"""Keys never leave the process in a message: what is known to be one is hidden before it is shown or stored.

`remember` is told each secret as it becomes known; from then on its value is hidden wherever it stands, plain or as a
URL, JSON or base64 writes it. What only looks like a key is hidden in what servers say (`redact`), and where its shape
leaves no doubt also in what is recorded (`scrub`).
"""

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, quote_plus

from pydantic_core import to_json

from weft.model.keys import KEY, holds_key, may_hold_key

HIDDEN = "[hidden key]"
SHORTEST = 6
"""A value with fewer characters isn't hidden: it would be found in any text."""
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_\-*.]{8,}"  # provider keys, also half-masked ones
    r"|\bAIza[0-9A-Za-z_\-]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bey[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-.]{10,}"
    r"|(?i:\b(?:bearer|authorization:)\s+)[^\s\"',;]{6,}"
)
_known: set[str] = set()
_begins: frozenset[str] = frozenset()
"""All that a known value, as it may be written, begins with."""
_longest = 0
_pattern: re.Pattern[str] | None = None
_in_json: re.Pattern[bytes] | None = None
"""Finds in JSON what `_pattern` finds in its texts."""


def remember(key: str) -> None:
    """From now on this value is hidden wherever it is repeated."""
    global _begins, _longest, _pattern, _in_json
    if len(key) < SHORTEST or key in _known:
        return
    _known.add(key)
    forms = {form for value in _known for form in _written(value) if len(form) >= SHORTEST}
    _begins = frozenset(form[:size] for form in forms for size in range(1, len(form)))
    _longest = max(map(len, forms))
    ordered = sorted(forms, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, ordered)))
    _in_json = re.compile(b"|".join(re.escape(to_json(form)[1:-1]) for form in ordered))


def known() -> bool:
    """Whether any value is to be hidden."""
    return bool(_known)


def redact(text: str) -> str:
    """What a server or an exception says, without values that are known and whatever else looks like a key."""
    return _SHAPES.sub(HIDDEN, hide(text))


def hide(text: str) -> str:
    """The text without the values that are known."""
    return text if _pattern is None else _pattern.sub(HIDDEN, text)


def scrub(value: Any) -> Any:
    """Plain JSON without the values that are known, in keys too, and without what is surely a key; the same object if
    there was none."""
    if isinstance(value, str):
        hidden = hide(value)
        return KEY.sub(HIDDEN, hidden) if holds_key(hidden) else hidden
    if isinstance(value, Mapping):
        held = cast("Mapping[str, Any]", value)
        made = {_key(key): scrub(inner) for key, inner in held.items()}
        same = (
            all(a is b for a, b in zip(made.values(), held.values(), strict=True))
            and made.keys() == held.keys()
        )
        return held if same else made
    if isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        cleaned = [scrub(item) for item in items]
        return items if all(a is b for a, b in zip(cleaned, items, strict=True)) else cleaned
    return value


_STREAMS = ("step-output", "step-thought")


class Recorded:
    """Cleans the events of one run, in their order. A value that a stream brings in pieces is hidden as well: the end of
    a piece that a value may begin with is held back until the next shows. What is held when a stream ends isn't shown;
    the step's value has it."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], str] = {}

    def passes(self, kinds: Sequence[str], held: Sequence[Any]) -> bool:
        """Whether there is nothing to hide in events of these kinds that hold this: seen at once for all of them."""
        streams = bool(self._held) or (_pattern is not None and not frozenset(kinds).isdisjoint(_STREAMS))
        return not streams and not _may_hold(held)

    def __call__(self, kind: str, path: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        if kind not in _STREAMS:
            for stream in _STREAMS if self._held else ():
                self._held.pop((stream, path), None)
            return scrub(data) if data and _may_hold(data) else data
        if _pattern is None and not self._held:
            return data
        text = hide(self._held.pop((kind, path), "") + str(data.get("text", "")))
        if begun := _begun(text):
            self._held[kind, path] = text[-begun:]
            text = text[:-begun]
        return {**data, "text": text}


def _may_hold(value: Any) -> bool:
    """Whether something in there may be to hide: seen at once where a value is JSON."""
    try:
        text = to_json(value)
    except (TypeError, ValueError):
        return True
    return may_hold_key(text) or (_in_json is not None and _in_json.search(text) is not None)


def _begun(text: str) -> int:
    """How many characters at the end of the text a hidden value may begin with."""
    return next((size for size in range(min(len(text), _longest - 1), 0, -1) if text[-size:] in _begins), 0)


def _key(key: Any) -> Any:
    return hide(key) if isinstance(key, str) else key


def _written(value: str) -> Iterator[str]:
    """The value in every way that text is written inside other text."""
    yield value
    yield from (quote(value, safe=""), quote(value), quote_plus(value))
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    yield json.dumps(json.dumps(value))[3:-3]
    yield repr(value)[1:-1]
    data = value.encode()
    yield data.hex()
    for before in range(3):  # base64 of something that holds it begins at any of three places
        padded = b"\0" * before + data
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(padded).decode().rstrip("=")
            first = -(-before * 8 // 6)
            last = len(padded) * 8 // 6
            yield whole[first:last]


def clean_logs() -> None:
    """Hide in every log record of this process, with its traceback. For programs that are Weft, not for those that use it."""
    before: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()
    if getattr(before, "weft", False):
        return
    formatter = logging.Formatter()

    def made(*args: Any, **more: Any) -> logging.LogRecord:
        record = before(*args, **more)
        if known():
            record.msg, record.args = redact(record.getMessage()), None
            if record.exc_info and record.exc_info[0] is not None:
                record.exc_text = redact(formatter.formatException(record.exc_info))
        return record

    made.weft = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(made)
