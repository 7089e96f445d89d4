"""From one revision of a flow to another as a transaction: how an edit made outside reaches the open editors."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from weft.model import Flow, to_json
from weft.model.changes import Transaction

_MAPS: tuple[tuple[str, ...], ...] = (("nodes",), ("inputs",), ("outputs",), ("layout", "nodes"))
_WHOLE = {
    "name": "set-name",
    "description": "set-description",
    "state": "set-state",
    "defaults": "set-defaults",
}
_EMPTY: dict[str, Any] = {"name": "", "description": "", "state": {}, "defaults": {}}


def difference(old: Flow, new: Flow, *, label: str, source: str) -> Transaction:
    """What makes `old` into `new`, but for keys that Weft doesn't know: those no change can name."""
    before, after = to_json(old), to_json(new)
    changes: list[dict[str, Any]] = []
    for key, op in _WHOLE.items():
        value = after.get(key, _EMPTY[key])
        if value != before.get(key, _EMPTY[key]):
            changes.append({"op": op, key: value})
    for path in _MAPS:
        changes += _entries(path, _at(before, path), _at(after, path))
    for kind in ("note", "frame"):
        changes += _drawn(kind, _at(before, ("layout", f"{kind}s")), _at(after, ("layout", f"{kind}s")))
    return Transaction.model_validate({"changes": changes, "label": label, "source": source})


def _entries(
    path: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    same_order = [key for key in old if key in new] == [key for key in new if key in old]
    for key in old:
        if key not in new or not same_order:
            yield {"op": "restore", "path": [*path, key], "value": None}
    for index, (key, value) in enumerate(new.items()):
        if not same_order or key not in old or old[key] != value or _order(old[key]) != _order(value):
            change = {"op": "restore", "path": [*path, key], "value": value}
            yield change if path[0] == "layout" else {**change, "index": index}


def _drawn(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield {"op": f"set-{kind}", "id": key, kind: new.get(key)}


def _order(value: Any) -> list[str]:
    """The order of a node's ports, which has meaning and which comparing dictionaries doesn't see."""
    return list(cast("dict[str, Any]", value).get("inputs", ())) if isinstance(value, dict) else []


def _at(plain: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for key in path:
        plain = plain.get(key, {})
    return plain
