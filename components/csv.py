"""Rows from a CSV text or file, and a CSV text from rows."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import csv as codec
import io
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from weft import WeftError, component

LARGEST = 5_000_000  # bytes
MOST_CELLS = 2_000_000
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")


class Result(TypedDict):
    rows: NotRequired[Annotated[list[Any], "The rows, each an object by column"]]
    columns: NotRequired[Annotated[list[Any], "The names of the columns"]]
    text: NotRequired[Annotated[str, "The CSV"]]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    writing = params.get("action") == "write"
    rows = {
        "rows": Annotated[list[Any], "The rows, each an object by column"],
        "columns": Annotated[list[Any], "Their names"],
    }
    outputs: dict[str, Any] = {"text": Annotated[str, "The CSV"]} if writing else rows
    return {"outputs": outputs}


@component(
    pure=True,
    ports=ports,
    ui={
        "title": "CSV",
        "category": "Data",
        "icon": "table",
        "color": "#12b47f",
        "text": {"multiline": True, "if": {"action": ["read"]}},
        "file": {"if": {"action": ["read"]}},
        "header": {"if": {"action": ["read"]}},
        "types": {"if": {"action": ["read"]}},
        "rows": {"if": {"action": ["write"]}},
        "columns": {"items": "Column", "if": {"action": ["write"]}},
    },
    reach={"file": "file"},
)
def csv(
    action: Annotated[Literal["read", "write"], "Rows from a CSV, or a CSV from rows"] = "read",
    text: Annotated[str, "The CSV to read"] = "",
    file: Annotated[Path | None, "Or the file it is in, inside the folder `files`"] = None,
    rows: Annotated[list[Any], "The rows to write: objects by column, or lists"] = [],  # noqa: B006
    columns: Annotated[list[str], "Which columns to write, in order; empty: all"] = [],  # noqa: B006
    delimiter: Annotated[
        Literal["auto", "comma", "semicolon", "tab", "bar"], "What stands between two cells"
    ] = "auto",
    header: Annotated[
        bool, "Whether the first row names the columns; if not, they are called a, b, ..."
    ] = True,
    types: Annotated[bool, "Read numbers, true and false as such, and an empty cell as nothing"] = True,
) -> Result:
    """Read a CSV as rows, or write rows as a CSV."""
    if action == "write":
        return {"text": _written(rows, columns, DELIMITERS.get(delimiter, ","))}
    whole = _content(file) if file is not None else text.removeprefix("\ufeff")
    lines = _cells(whole, DELIMITERS.get(delimiter) or _guessed(whole))
    if not lines:
        return {"rows": [], "columns": []}
    names = _names(lines[0]) if header else [_letter(place) for place in range(max(map(len, lines)))]
    found: list[Any] = []
    for number, line in enumerate(lines[1:] if header else lines, 2 if header else 1):
        if len(line) > len(names):
            raise _wrong(
                f"row {number} has {len(line)} cells, and there are {len(names)} columns",
                "Correct that row, or choose another `delimiter`.",
            )
        cells = [*line, *[""] * (len(names) - len(line))]
        found.append({name: _value(cell) if types else cell for name, cell in zip(names, cells, strict=True)})
    return {"rows": found, "columns": [*names]}


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except OSError as error:
        why = f"{error.strerror or error}".lower()
        raise _wrong(f"the file {file.name!r} can't be read: {why}", "Look at its name.") from None
    if len(raw) > LARGEST:
        raise _wrong(f"the file {file.name!r} has more than {LARGEST:,} bytes", "Use a smaller one.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(f"the file {file.name!r} is no text in UTF-8", "Save it as UTF-8.") from None


def _cells(text: str, delimiter: str) -> list[list[str]]:
    lines: list[list[str]] = []
    cells = 0
    try:
        for line in codec.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if not any(line):
                continue
            lines.append(line)
            cells += len(line)
            if cells > MOST_CELLS:
                raise _wrong(f"it has more than {MOST_CELLS:,} cells", "Use a smaller one.")
    except codec.Error as error:
        raise _wrong(f"row {len(lines) + 1}: {error}", "Look at the quotes in that row.") from None
    return lines


def _guessed(text: str) -> str:
    """What stands most often between the cells of the first row, outside quotes."""
    first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    return max(DELIMITERS.values(), key=first.count)


def _names(line: list[str]) -> list[str]:
    names: list[str] = []
    for place, cell in enumerate(line):
        name = cell.strip() or _letter(place)
        if name in names:
            raise _wrong(f"two columns are called {name[:60]!r}", "Rename one, or set `header` to false.")
        names.append(name)
    return names


def _letter(place: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    name = chr(ord("a") + place % 26)
    return name if place < 26 else _letter(place // 26 - 1) + name


def _value(cell: str) -> Any:
    """A number only where it would be written the same again: 007 and +1 are texts."""
    plain = cell.strip()
    if plain == "":
        return None
    if plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    if found := NUMBER.fullmatch(plain):
        number = float(plain) if found[2] or found[3] else int(plain)
        return number if math.isfinite(number) else cell
    return cell


def _written(rows: list[Any], columns: list[str], delimiter: str) -> str:
    objects = [row for row in rows if isinstance(row, dict)]
    names = columns or list(dict.fromkeys(str(name) for row in objects for name in row))
    out = io.StringIO(newline="")
    writer = codec.writer(out, delimiter=delimiter, lineterminator="\n")
    if names:
        writer.writerow(names)
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            writer.writerow([_cell(row.get(name)) for name in names])
        elif isinstance(row, list) and not objects:
            writer.writerow([_cell(value) for value in row])
        else:
            raise _wrong(
                f"row {number} is no object by column as the others", "Give objects, or lists alone."
            )
    return out.getvalue()


def _cell(value: Any) -> str:
    """A text that a spreadsheet would take for a formula gets a ' in front, so that opening the file does nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return json.dumps(value, ensure_ascii=False)


def _wrong(why: str, hint: str) -> WeftError:
    return WeftError(f"The CSV can't be used: {why}.", code="bad-csv", hint=hint, retryable=False)
