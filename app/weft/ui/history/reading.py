"""A value, read a page at a time: as text, as a tree, as a table. The page never gets more of it than it shows."""

import json
from functools import cached_property
from itertools import islice
from typing import Any, Literal, cast

View = Literal["text", "markdown", "tree", "table", "picture"]
PAGE = 64 * 1024
"""Characters of a text that are sent at once."""
MOST_ROWS, MOST_COLUMNS, MOST_CHILDREN = 200, 40, 200
MOST_COPIED = 2_000_000
"""Characters that are copied into the clipboard at most; more is downloaded."""
CELL = 160
_PICTURES = ("data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;")
MOST_PICTURE = 6_000_000
"""Characters of a picture that is written as a text."""
_MARKS = ("# ", "## ", "### ", "* ", "- ", "1. ", "> ", "```", "| ")


class Reading:
    """One value and what is known of it. Nothing is worked out that nobody asks for."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._sorted: tuple[str, bool, list[int]] | None = None

    @cached_property
    def text(self) -> str:
        """A text as it is, all else as JSON."""
        return (
            self.value
            if isinstance(self.value, str)
            else json.dumps(self.value, ensure_ascii=False, indent=2)
        )

    @cached_property
    def data(self) -> Any:
        """The value, or what its text says as JSON."""
        if isinstance(self.value, str) and self.value[:1] in "{[" and len(self.value) <= MOST_COPIED:
            try:
                return json.loads(self.value)
            except (ValueError, RecursionError):
                return self.value
        return self.value

    @cached_property
    def views(self) -> list[View]:
        """The ways to look at it, the best first."""
        if is_picture(self.value):
            return ["picture", "text"]
        if is_rows(self.data):
            return ["table", "tree", "text"]
        if isinstance(self.data, dict | list):
            return ["tree", "text"]
        if isinstance(self.value, str):
            marked = any(line.startswith(_MARKS) for line in self.value[:PAGE].splitlines()[:400])
            return ["markdown", "text"] if marked or "**" in self.value[:PAGE] else ["text", "markdown"]
        return ["text"]

    # --- text ---

    def page(self, start: int, length: int = PAGE) -> str:
        return self.text[max(0, start) : max(0, start) + max(0, min(length, PAGE))]

    def find(self, words: str, after: int = -1, *, back: bool = False) -> dict[str, int]:
        """The next place of these words past `after`, round at the end; `at` -1 if there is none. Places count
        characters; `number` says which of `count` it is."""
        text, wanted = self.text.casefold(), words.casefold()
        same = len(text) == len(self.text)  # a few letters change their length when their case is folded
        if not same:
            text, wanted = self.text, words
        count = text.count(wanted) if wanted else 0
        if not count:
            return {"at": -1, "number": 0, "count": 0}
        at = text.rfind(wanted, 0, max(0, after)) if back else text.find(wanted, after + 1)
        if at < 0:
            at = text.rfind(wanted) if back else text.find(wanted)
        return {"at": at, "number": text.count(wanted, 0, at) + 1, "count": count}

    # --- tree ---

    def children(self, path: list[str | int], start: int = 0) -> list[dict[str, Any]]:
        """What stands directly in a part of the value, at most `MOST_CHILDREN` past `start`."""
        part = self.at(path)
        start = max(0, start)
        if isinstance(part, dict):
            pairs: Any = cast("dict[str, Any]", part).items()
        elif isinstance(part, list):
            pairs = enumerate(cast("list[Any]", part))
        else:
            return []
        return [node(key, value) for key, value in islice(pairs, start, start + MOST_CHILDREN)]

    def at(self, path: list[str | int]) -> Any:
        """A part of the value. `KeyError` for none."""
        part = self.data
        for key in path:
            if isinstance(part, dict):
                part = cast("dict[str, Any]", part)[str(key)]
            elif isinstance(part, list) and isinstance(key, int) and 0 <= key < len(cast("list[Any]", part)):
                part = cast("list[Any]", part)[key]
            else:
                raise KeyError(key)
        return part

    # --- table ---

    @cached_property
    def columns(self) -> list[str]:
        """Keys of the first rows, in the order they come."""
        rows = cast("list[dict[str, Any]]", self.data[:MOST_ROWS])
        return list(islice(dict.fromkeys(key for row in rows for key in row), MOST_COLUMNS))

    def rows(self, start: int, *, sort: str = "", down: bool = False) -> list[list[str]]:
        """The cells of some rows, each with its number in front."""
        data = cast("list[dict[str, Any]]", self.data)
        order = self._order(sort, down) if sort else range(len(data))
        start = max(0, start)
        return [
            [str(at), *(cell(_in(data[at], name)) for name in self.columns)]
            for at in islice(order, start, start + MOST_ROWS)
        ]

    def _order(self, sort: str, down: bool) -> list[int]:
        if self._sorted is None or self._sorted[:2] != (sort, down):
            data = cast("list[dict[str, Any]]", self.data)
            order = sorted(range(len(data)), key=lambda at: _rank(_in(data[at], sort)), reverse=down)
            self._sorted = (sort, down, order)
        return self._sorted[2]


def about(value: Any) -> dict[str, Any]:
    """What a list of values says of one: its kind, how large it is, how it begins."""
    if isinstance(value, str):
        kind = "picture" if is_picture(value) else "text"
        size = f"{len(value):,} characters" if len(value) > CELL else ""
        return {"kind": kind, "size": size, "preview": "" if kind == "picture" else cell(value)}
    if isinstance(value, list):
        count = len(cast("list[Any]", value))
        kind = "table" if is_rows(value) else "list"
        return {
            "kind": kind,
            "size": f"{count:,} {'item' if count == 1 else 'items'}",
            "preview": cell(value),
        }
    if isinstance(value, dict):
        count = len(cast("dict[str, Any]", value))
        return {
            "kind": "object",
            "size": f"{count:,} {'key' if count == 1 else 'keys'}",
            "preview": cell(value),
        }
    return {"kind": _word(value), "size": "", "preview": cell(value)}


def node(key: str | int, value: Any) -> dict[str, Any]:
    """A line of a tree."""
    many = len(cast("list[Any]", value)) if isinstance(value, dict | list) else 0
    return {
        "key": key,
        "kind": "object" if isinstance(value, dict) else "list" if isinstance(value, list) else _word(value),
        "count": many,
        "preview": cell(value),
    }


def cell(value: Any, most: int = CELL) -> str:
    """A value on a short line."""
    if value is None:
        return ""
    if isinstance(value, str):
        flat = " ".join(value[: 2 * most].split())
        return flat if len(flat) <= most and len(value) <= 2 * most else f"{flat[: most - 1]}…"
    if isinstance(value, dict):
        parts: Any = (f"{key}: {cell(one, 24)}" for key, one in cast("dict[str, Any]", value).items())
        return cell("{" + ", ".join(islice(parts, 8)) + "}", most)
    if isinstance(value, list):
        return cell("[" + ", ".join(cell(one, 24) for one in islice(cast("list[Any]", value), 8)) + "]", most)
    return json.dumps(value)


def is_rows(value: Any) -> bool:
    """Whether it is a list of objects."""
    if not isinstance(value, list) or not value:
        return False
    first = cast("list[Any]", value)[:MOST_ROWS]
    return all(isinstance(one, dict) and one != {} for one in first)


def is_picture(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_PICTURES) and len(value) <= MOST_PICTURE


def _in(row: Any, name: str) -> Any:
    return cast("dict[str, Any]", row).get(name) if isinstance(row, dict) else row if not name else None


def _word(value: Any) -> str:
    if value is None:
        return "null"
    return "boolean" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"


def _rank(value: Any) -> tuple[int, float, str]:
    """Nothing before numbers, numbers before texts, texts before all else."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, bool | int | float):
        return (1, float(value), "")
    return (2, 0.0, value.casefold()) if isinstance(value, str) else (3, 0.0, cell(value))
