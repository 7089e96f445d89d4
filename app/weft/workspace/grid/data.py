"""Rows of inputs from a file: CSV with the names of inputs at its head, or one JSON object on each line."""

import csv
import io
import json
from pathlib import Path
from typing import Any, cast

from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.workspace.flowfiles import shown

MOST_BYTES, MOST_ROWS = 16 * 1024 * 1024, 10_000
_TYPED = ("number", "integer", "boolean", "json", "messages", "list")


def read_rows(path: Path, flow: Flow) -> list[dict[str, Any]]:
    """The inputs of each run. Columns that are no inputs of the flow are left out, in case a file says more. Raises
    `WeftError` (`bad-data`) with the line, also where a run would lack an input."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _bad(path, "is larger than 16 MB")
        text = path.read_text("utf-8-sig")
    except OSError as problem:
        raise _bad(path, f"can't be read: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise _bad(path, "isn't UTF-8 text") from None
    rows = _objects(path, text) if path.suffix in (".jsonl", ".ndjson") else _table(path, text, flow)
    if not rows or len(rows) > MOST_ROWS:
        raise _bad(path, "has no rows" if not rows else f"has more than {MOST_ROWS:,} rows")
    needed = {name for name, declared in flow.inputs.items() if not declared.has_default}
    for line, row in rows:
        if missing := sorted(needed - row.keys()):
            raise _bad(path, f"lacks the input {missing[0]!r} in line {line}")
    return [{name: value for name, value in row.items() if name in flow.inputs} for _, row in rows]


def _objects(path: Path, text: str) -> list[tuple[int, dict[str, Any]]]:
    found: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise _bad(path, f"isn't JSON in line {number} ({problem})") from None
        if not isinstance(value, dict):
            raise _bad(path, f"has no JSON object in line {number}")
        found.append((number, cast("dict[str, Any]", value)))
    return found


def _table(path: Path, text: str, flow: Flow) -> list[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if flow.inputs and flow.inputs.keys().isdisjoint(reader.fieldnames or ()):
        raise _bad(path, f"has no column named after an input of the flow ({', '.join([*flow.inputs][:5])})")
    found: list[tuple[int, dict[str, Any]]] = []
    try:
        for row in reader:
            line = reader.line_num
            cells = {name: value for name, value in row.items() if name in flow.inputs and value is not None}
            found.append((line, {name: _typed(path, line, name, text, flow) for name, text in cells.items()}))
    except csv.Error as problem:
        raise _bad(path, f"isn't CSV in line {reader.line_num} ({problem})") from None
    return found


def _typed(path: Path, line: int, name: str, text: str, flow: Flow) -> Any:
    kind = flow.inputs[name].type
    if not kind.startswith(_TYPED):
        return text
    try:
        return json.loads(text.lower() if kind == "boolean" else text)
    except ValueError:
        raise _bad(path, f"has no {kind} for {name!r} in line {line}: {text[:60]!r}") from None


def _bad(path: Path, why: str) -> WeftError:
    hint = (
        "Give a CSV file with the inputs' names in its first line, or a .jsonl file with an object on each."
    )
    return WeftError(f"{shown(path)!r} {why}.", code="bad-data", hint=hint)
