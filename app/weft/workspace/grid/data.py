"""Rows of a data set: CSV with names at its head, one JSON object on each line, or a JSON list of objects."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.workspace.flows.flowfiles import shown

MOST_BYTES, MOST_ROWS = 16 * 1024 * 1024, 10_000
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_TYPED = ("number", "integer", "boolean", "json", "messages", "list")


class Row(NamedTuple):
    """`inputs` are those of the flow; `more` are the other columns, which a score can look at as `row.NAME`."""

    inputs: Mapping[str, Any]
    more: Mapping[str, Any]


def read_rows(path: Path, flow: Flow) -> list[Row]:
    """The rows of a file. Raises `WeftError` (`bad-data`) with the line, also where a run would lack an input."""
    name = shown(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _bad(name, "is larger than 16 MB")
        text = path.read_text("utf-8-sig")
    except OSError as problem:
        raise _bad(name, f"can't be read: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise _bad(name, "isn't UTF-8 text") from None
    return _rows(name, text, flow, objects=path.suffix in (".jsonl", ".ndjson", ".json"))


def rows_of_text(text: str, flow: Flow, name: str = "What was pasted") -> list[Row]:
    """The rows of a text that is CSV, JSON lines or a JSON list: it is told by how it begins. Raises as `read_rows`."""
    if len(text) > MOST_BYTES:
        raise _bad(name, "is larger than 16 MB")
    return _rows(name, text.removeprefix("\ufeff"), flow, objects=text.lstrip()[:1] in ("{", "["))


def _rows(name: str, text: str, flow: Flow, *, objects: bool) -> list[Row]:
    found = _objects(name, text) if objects else _table(name, text, flow)
    if not found or len(found) > MOST_ROWS:
        raise _bad(name, "has no rows" if not found else f"has more than {MOST_ROWS:,} rows")
    needed = {each for each, declared in flow.inputs.items() if not declared.has_default}
    made: list[Row] = []
    for line, row in found:
        if missing := sorted(needed - row.keys()):
            raise _bad(name, f"lacks the input {missing[0]!r} in line {line}")
        inputs = {each: value for each, value in row.items() if each in flow.inputs}
        made.append(Row(inputs, {each: value for each, value in row.items() if each not in inputs}))
    return made


def _objects(name: str, text: str) -> list[tuple[int, dict[str, Any]]]:
    if text.lstrip().startswith("["):
        return _listed(name, text)
    found: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise _bad(name, f"isn't JSON in line {number} ({problem})") from None
        if not isinstance(value, dict):
            raise _bad(name, f"has no JSON object in line {number}")
        found.append((number, cast("dict[str, Any]", value)))
    return found


def _listed(name: str, text: str) -> list[tuple[int, dict[str, Any]]]:
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as problem:
        line = text[: getattr(problem, "pos", 0)].count("\n") + 1
        raise _bad(name, f"isn't JSON in line {line} ({problem})") from None
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise _bad(name, f"has no JSON object as item {number}")
    return [*enumerate(values, 1)]


def _table(name: str, text: str, flow: Flow) -> list[tuple[int, dict[str, Any]]]:
    tabs = "\t" in text.partition("\n")[0] and "," not in text.partition("\n")[0]
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter="\t" if tabs else ",", restkey="", strict=True)
    found: list[tuple[int, dict[str, Any]]] = []
    try:
        if flow.inputs and flow.inputs.keys().isdisjoint(reader.fieldnames or ()):
            raise _bad(
                name, f"has no column named after an input of the flow ({', '.join([*flow.inputs][:5])})"
            )
        for row in reader:
            line = reader.line_num
            if any(row.get("") or ()):
                raise _bad(name, f"has more cells than names in line {line}: put text with a comma in quotes")
            cells = {column: value for column, value in row.items() if column and isinstance(value, str)}
            found.append(
                (line, {column: _typed(name, line, column, cells[column], flow) for column in cells})
            )
    except csv.Error as problem:
        why = "a quote is never closed" if "unexpected end" in str(problem) else str(problem)
        raise _bad(name, f"isn't CSV in line {reader.reader.line_num} ({why})") from None
    return found


def _typed(name: str, line: int, column: str, text: str, flow: Flow) -> Any:
    kind = flow.inputs[column].type if column in flow.inputs else "text"
    if not kind.startswith(_TYPED):
        return text
    try:
        return json.loads(text.lower() if kind == "boolean" else text)
    except (ValueError, RecursionError):
        raise _bad(name, f"has no {kind} for {column!r} in line {line}: {text[:60]!r}") from None


def _bad(name: str, why: str) -> WeftError:
    hint = "Give CSV with the inputs' names in its first line, or JSON lines (.jsonl): an object on each."
    return WeftError(
        f"{name!r} {why}." if "/" in name or "." in name else f"{name} {why}.", code="bad-data", hint=hint
    )
