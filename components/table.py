"""Rows from rows, as one would in a spreadsheet. Done in this order, each only if asked for: join, where, group, sort,
columns, first.

Rows are plain objects, in plain Python: what flows carry is a few thousand rows at most, and the libraries for more
weigh more than all of Weft.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, TypedDict

from weft import Condition, WeftError, component

MOST = 200_000
ROW = "row"


class Result(TypedDict):
    rows: Annotated[list[Any], "The rows, each an object by column"]
    count: Annotated[int, "How many there are"]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """What `where` names beside `row` is an input."""
    where, problems = params.get("where"), dict[str, str]()
    condition = Condition(where if isinstance(where, str) else "")
    if condition.reads_state:
        problems["where"] = "It can't read the state: wire what it needs."
    totals = params.get("totals")
    for name, said in totals.items() if isinstance(totals, dict) else ():
        if wrong := _bad_total(said):
            problems["totals"] = f"{str(name)[:60]!r} {wrong}"
    inputs = {name: Any if must else Any | None for name, must in condition.names.items() if name != ROW}
    return {"inputs": inputs, "problems": problems}


@component(
    pure=True,
    ports=ports,
    ui={
        "title": "Table",
        "category": "Data",
        "icon": "table_view",
        "color": "#12b47f",
        "group_by": {"items": "Column"},
        "sort_by": {"items": "Column"},
        "columns": {"items": "Column"},
    },
)
def table(
    rows: Annotated[list[Any], "The rows: objects by column"],
    other: Annotated[list[Any], "Rows to join: their columns are added"] = [],  # noqa: B006
    on: Annotated[str, "The column that both have, or one of each: id = customer"] = "",
    join: Annotated[
        Literal["inner", "left"], "What a row has that nothing is joined to: no place, or nothing more"
    ] = "inner",
    where: Annotated[
        Condition | None, "Which rows to keep, such as row.price > 10 and row.name != excluded"
    ] = None,
    group_by: Annotated[list[str], "Columns whose values make a group: one row each"] = [],  # noqa: B006
    totals: Annotated[
        dict[str, Any],
        'What each group tells: {"total": "sum price", "orders": "count"}; sum, mean, min, max, first, list, count',
    ] = {},  # noqa: B006
    sort_by: Annotated[
        list[str], "Columns to sort by, the first one first; with a - in front from large to small"
    ] = [],  # noqa: B006
    columns: Annotated[list[str], "Columns to keep, in order; name = column renames"] = [],  # noqa: B006
    first: Annotated[int, "How many rows to give; 0 is all"] = 0,
    **values: Any,
) -> Result:
    """Filter, sort, join, group rows, and pick columns."""
    found = _objects(rows, "rows")
    if other and not on:
        raise _wrong("there are rows to join, and no column to join them by", "Name it in `on`.")
    if on:
        found = _joined(found, _objects(other, "other"), on, join)
    if where is not None and where.text:
        found = [row for number, row in enumerate(found, 1) if _holds(where, row, values, number)]
    if group_by or totals:
        found = _grouped(found, group_by, totals)
    for name in reversed(sort_by):
        column = _known(name.lstrip("-").strip(), found)
        found = _sorted(found, column, down=name.startswith("-"))
    if columns:
        pairs = [
            (new.strip(), old.strip() or new.strip()) for new, _, old in (c.partition("=") for c in columns)
        ]
        for _, old in pairs:
            _known(old, found)
        found = [{new: row.get(old) for new, old in pairs} for row in found]
    found = found[:first] if first > 0 else found
    return {"rows": found, "count": len(found)}


def _objects(rows: list[Any], port: str) -> list[dict[str, Any]]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise _wrong(
                f"row {number} of `{port}` is no object but {str(row)[:60]!r}", "Give objects by column."
            )
    return [*rows]


def _known(name: str, rows: list[dict[str, Any]]) -> str:
    """The column, which at least one row must have: a wrong name is a failure and not an empty result."""
    if rows and not any(name in row for row in rows):
        there = ", ".join(dict.fromkeys(repr(one) for row in rows[:100] for one in row))
        raise _wrong(f"no row has a column {name[:60]!r}", f"There are {there[:300]}.")
    return name


def _holds(where: Condition, row: dict[str, Any], values: Mapping[str, Any], number: int) -> bool:
    try:
        return bool(where({**values, ROW: row}))
    except WeftError as error:
        raise WeftError(
            f"Row {number}: {error.message}",
            code=error.code,
            hint=error.hint or "Look at that row.",
            retryable=False,
        ) from None


def _joined(
    rows: list[dict[str, Any]], other: list[dict[str, Any]], on: str, how: str
) -> list[dict[str, Any]]:
    mine, _, theirs = (part.strip() for part in on.partition("="))
    theirs = theirs or mine
    _known(mine, rows)
    _known(theirs, other)
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in other:
        by_key.setdefault(_key(row.get(theirs)), []).append(row)
    taken = {name for row in rows for name in row}
    found: list[dict[str, Any]] = []
    for row in rows:
        key = row.get(mine)
        partners = by_key.get(_key(key), []) if key is not None else []
        for partner in partners or ([{}] if how == "left" else []):
            more = {
                f"{name}_2" if name in taken else name: value
                for name, value in partner.items()
                if name != theirs or name not in taken
            }
            found.append({**row, **more})
            if len(found) > MOST:
                raise _wrong(
                    f"the join gives more than {MOST:,} rows", "Join by a column with fewer equal values."
                )
    return found


def _grouped(rows: list[dict[str, Any]], by: list[str], totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in by:
        _known(name, rows)
    groups: dict[str, list[dict[str, Any]]] = {} if by or rows else {"[]": []}
    for row in rows:
        groups.setdefault(_key([row.get(name) for name in by]), []).append(row)
    asked = {name: _total(name, said, rows) for name, said in (totals or {"count": "count"}).items()}
    return [
        {**{name: group[0].get(name) for name in by}, **{name: total(group) for name, total in asked.items()}}
        for group in groups.values()
    ]


_NUMBERS: Mapping[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "mean": lambda numbers: sum(numbers) / len(numbers) if numbers else None,
}
_VALUES: Mapping[str, Callable[[list[Any]], Any]] = {
    "min": lambda values: min(values, key=_rank, default=None),
    "max": lambda values: max(values, key=_rank, default=None),
    "first": lambda values: values[0] if values else None,
    "list": list,
}


def _bad_total(said: Any) -> str:
    what, _, column = said.partition(" ") if isinstance(said, str) else ("", "", "")
    if what == "count" and not column:
        return ""
    if what in {**_NUMBERS, **_VALUES} and column.strip():
        return ""
    return f'is no total: write "count", or one of {", ".join([*_NUMBERS, *_VALUES])} and a column, such as "sum price".'


def _total(name: str, said: Any, rows: list[dict[str, Any]]) -> Callable[[list[dict[str, Any]]], Any]:
    if wrong := _bad_total(said):
        raise _wrong(f"{name[:60]!r} in `totals` {wrong.rstrip('.')}", "Correct it.")
    what, _, column = said.partition(" ")
    column = column.strip()
    if what == "count":
        return len
    _known(column, rows)

    def total(group: list[dict[str, Any]]) -> Any:
        values = [row[column] for row in group if row.get(column) is not None]
        if what in _VALUES:
            return _VALUES[what](values)
        for row in group:
            value = row.get(column)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                place = next(number for number, one in enumerate(rows, 1) if one is row)
                raise _wrong(
                    f"{str(value)[:60]!r} in row {place}, column {column!r}, is no number",
                    f"It can't be in a {what}: leave such rows out with `where`.",
                )
        return _NUMBERS[what](values)

    return total


def _sorted(rows: Iterable[dict[str, Any]], column: str, *, down: bool) -> list[dict[str, Any]]:
    """Numbers, then texts, or the other way; rows without a value at the end, whatever way."""
    there = [row for row in rows if row.get(column) is not None]
    return sorted(there, key=lambda row: _rank(row[column]), reverse=down) + [
        row for row in rows if row.get(column) is None
    ]


def _rank(value: Any) -> tuple[int, Any, str]:
    if isinstance(value, bool):
        return 0, value, ""
    if isinstance(value, int | float):
        return 1, value, ""
    return (2, value.casefold(), value) if isinstance(value, str) else (3, _key(value), "")


def _key(value: Any) -> str:
    """1 and 1.0 are one value, 1 and "1" are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def _wrong(why: str, hint: str) -> WeftError:
    return WeftError(f"The table can't be made: {why}.", code="bad-table", hint=hint, retryable=False)
