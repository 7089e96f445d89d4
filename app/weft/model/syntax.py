"""From text to plain data: JSON, read strictly, with what is wrong said in a sentence and placed."""

from __future__ import annotations

import re
from typing import Any

from weft.model.errors import DocumentError, Place
from weft.model.limits import LIMITS, Limits
from weft.model.wide import read

_BOM = b"\xef\xbb\xbf"


def parse(text: str | bytes, *, limits: Limits = LIMITS) -> dict[str, Any]:
    """Read one JSON object. Size and number of values are checked on the text, before anything is built of it."""
    source = _encoded(text, limits)
    if source.startswith(_BOM):
        source = source[len(_BOM) :]
    _check_count(source, limits)
    try:
        data: Any = read(source, _keys)
    except ValueError as error:
        raise _explain(source, str(error)) from None
    if not isinstance(data, dict):
        raise DocumentError(
            f"A flow is a JSON object, and this is {_KINDS[type(data)]}.",
            code="not-a-flow",
            hint='A flow\'s file starts with {"format": 1, ...}.',
            place=Place(1, 1),
        )
    return data  # pyright: ignore[reportUnknownVariableType]


def has_wrapped(text: str | bytes) -> bool:
    """Whether any key or text in it starts with `$`, however written."""
    return (
        ('"$' in text or "\\u0024" in text)
        if isinstance(text, str)
        else (b'"$' in text or b"\\u0024" in text)
    )


def decoded(text: str | bytes) -> str:
    """The text whose places `locate` counts: without the mark some editors put in front."""
    return (
        text.removeprefix("\ufeff")
        if isinstance(text, str)
        else text.removeprefix(_BOM).decode(errors="replace")
    )


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _encoded(text: str | bytes, limits: Limits) -> bytes:
    if len(text) > limits.size:
        raise _too_large(limits)
    if isinstance(text, bytes):
        return text
    try:
        source = text.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"The text has half a character (the lone surrogate U+{ord(text[error.start]):04X}).",
            code="bad-text",
            hint="Write the whole character, or leave it out.",
            place=_place(text[: error.start].encode(errors="replace"), error.start),
        ) from None
    if len(source) > limits.size:
        raise _too_large(limits)
    return source


def _too_large(limits: Limits) -> DocumentError:
    return DocumentError(
        f"The file is larger than {limits.size / 1e6:g} MB, the most a flow may be.",
        code="too-large",
        hint="Keep long texts in files of the workspace, or split the flow into subtasks.",
        place=Place(1, 1),
    )


def _check_count(source: bytes, limits: Limits) -> None:
    """Each value but the first follows a comma or an opening bracket: counting those bounds the number of values."""
    if _openings(source) > limits.values and _openings(_without_texts(source)) > limits.values:
        raise DocumentError(
            f"The document holds more than {limits.values:,} values.",
            code="too-many-values",
            hint="Split the flow into subtasks, or keep its data in a file of the workspace.",
            place=Place(1, 1),
        )


def _openings(source: bytes) -> int:
    return source.count(b",") + source.count(b"[") + source.count(b"{")


def _keys(source: bytes) -> int:
    return _without_texts(source).count(b":")


_UNCOUNTED = bytes(set(range(256)) - set(b'",:[{'))


def _without_texts(source: bytes) -> bytes:
    """What is counted and stands between the texts, if it is JSON: without escaped quotes, every second piece is
    outside of a text. Most texts hold nothing that is counted, and are gone before."""
    unescaped = source.replace(b"\\\\", b"").replace(b'\\"', b"")
    counted = unescaped.translate(None, _UNCOUNTED).replace(b'""', b"")
    return b"".join(counted.split(b'"')[::2])


_AT = re.compile(r"(.*) at line (\d+) column (\d+)", re.DOTALL)

_MEANINGS = {
    "trailing comma": ("there is a comma with nothing after it", "Remove the comma."),
    "key must be a string": ("the key of an object must be text in double quotes", ""),
    "expected `:`": ("a ':' must follow the key", ""),
    "expected `,` or `}`": ("a ',' or the closing '}' is missing", ""),
    "expected `,` or `]`": ("a ',' or the closing ']' is missing", ""),
    "trailing characters": ("something follows the end of the document", "A file holds one flow."),
    "control character": (
        "a text holds a raw control character",
        "Write a new line as \\n, or the text as $lines.",
    ),
    "invalid escape": ("a text has a backslash that starts no known escape", "Write a backslash as \\\\."),
    "invalid number": ("this is no JSON number", ""),
    "number out of range": ("this number has too many digits", "Write it as text."),
    "expected value": ("a value must stand here", ""),
    "expected ident": ("a value must stand here: true, false or null", ""),
    "EOF": ("the text ends before the document does", "Was the file cut off?"),
}


def _explain(source: bytes, message: str) -> DocumentError:
    """The parser's error as ours: its message ends with a line and a column in bytes."""
    found = _AT.fullmatch(message)
    if found is None:
        return DocumentError(f"This isn't JSON: {message}.", code="not-json", place=Place(1, 1))
    what, line, column = found[1], int(found[2]), int(found[3])
    offset = min(_line_start(source, line) + max(column - 1, -1), len(source))
    if what.startswith("Detected duplicate key"):
        offset = _key_before(source, offset)
        return _placed(
            source,
            offset,
            "duplicate-key",
            f"the key {what[23:83]} stands here a second time",
            "Keep one of them.",
        )
    if what.startswith("recursion limit"):
        return _placed(
            source, offset, "too-deep", "lists and objects are nested too deep", "64 levels are the most."
        )
    if "surrogate" in what or "unexpected end of hex escape" in what:
        return _placed(
            source,
            offset,
            "bad-text",
            "a text holds half a character (a lone surrogate)",
            "Write the whole character, or leave it out.",
        )
    if what.startswith("invalid unicode"):
        return _placed(source, offset, "not-text", "these bytes aren't UTF-8", "Save the file as UTF-8.")
    word = re.match(rb"NaN|-?Infinity", source[max(offset - what.startswith("invalid number"), 0) :][:9])
    if word:
        return _placed(
            source, offset, "bad-number", f"{word[0].decode()} is no JSON number", "Write null, or text."
        )
    meaning, hint = next((ours for start, ours in _MEANINGS.items() if what.startswith(start)), (what, ""))
    if source[offset : offset + 1] in (b"/", b"#"):
        hint = "JSON has no comments; use a sticky note or the description."
    return _placed(source, offset, "not-json", meaning, hint)


def _placed(source: bytes, offset: int, code: str, what: str, hint: str) -> DocumentError:
    place = _place(source[:offset], offset)
    return DocumentError(f"{str(place).capitalize()}: {what}.", code=code, hint=hint, place=place)


def _place(before: bytes, offset: int) -> Place:
    """The place behind `before`, its column in characters where the parser counts bytes."""
    line = before[before.rfind(b"\n") + 1 :]
    return Place(before.count(b"\n") + 1, len(line.decode(errors="replace")) + 1)


def _line_start(source: bytes, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = source.find(b"\n", start) + 1
    return start


def _key_before(source: bytes, offset: int) -> int:
    """Where the key starts whose colon stands before `offset`."""
    end = source.rfind(b'"', 0, source.rfind(b":", 0, offset + 1))
    start = source.rfind(b'"', 0, end)
    while start > 0 and _is_escaped(source, start):
        start = source.rfind(b'"', 0, start)
    return max(start, 0)


def _is_escaped(source: bytes, offset: int) -> bool:
    backslashes = len(source[max(offset - 1000, 0) : offset]) - len(
        source[max(offset - 1000, 0) : offset].rstrip(b"\\")
    )
    return backslashes % 2 == 1
