"""From one revision of a flow to another as a transaction: how an edit made outside reaches the open editors."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from weft.model.changes import Transaction
from weft.model.edits import apply
from weft.model.flow import Flow
from weft.model.parts import alike
from weft.model.text import to_json

Change = dict[str, Any]

_WHOLE = {
    "name": "set-name",
    "description": "set-description",
    "state": "set-state",
    "defaults": "set-defaults",
}
_EMPTY: dict[str, Any] = {"name": "", "description": "", "state": {}, "defaults": {}}


def difference(old: Flow, new: Flow, *, label: str, source: str) -> Transaction:
    """What makes `old` into `new`, but for keys of the flow itself that Weft doesn't know: no change can name those.

    A node that changed is taken out and put back. That strips references to it from the others, so what is left to do
    is worked out on the flow as it is after that.
    """
    entries = [*_whole(to_json(old), to_json(new)), *_entries(to_json(old), to_json(new))]
    between, _ = apply(old, _transaction(entries))
    rest = [*_wires(to_json(between), to_json(new)), *_drawn(to_json(between), to_json(new))]
    return _transaction([*entries, *rest], label, source)


def _transaction(changes: list[Change], label: str = "", source: str = "") -> Transaction:
    return Transaction.model_validate({"changes": changes, "label": label, "source": source})


def _whole(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key, op in _WHOLE.items():
        value = new.get(key, _EMPTY[key])
        if not alike(value, old.get(key, _EMPTY[key])):
            yield {"op": op, key: value}


def _entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Everything that goes before anything that comes: what is put back keeps its references."""
    stale_inputs, fresh_inputs = _replaced(old.get("inputs", {}), new.get("inputs", {}))
    stale_nodes, fresh_nodes = _replaced(old.get("nodes", {}), new.get("nodes", {}))
    for name in stale_inputs:
        yield {"op": "remove-input", "name": name}
    for name in stale_nodes:
        yield {"op": "remove-node", "id": name}
    for name, (index, value) in fresh_inputs.items():
        yield {"op": "restore", "path": ["inputs", name], "value": value, "index": index}
    for name, (index, value) in fresh_nodes.items():
        yield {"op": "restore", "path": ["nodes", name], "value": value, "index": index}


def _replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], dict[str, tuple[int, Any]]]:
    """The names to take out, and those to put in, each with its place; all of them when their order changed."""
    in_order = [name for name in old if name in new] == [name for name in new if name in old]
    kept = {name for name in old if in_order and name in new and _same(old[name], new[name])}
    fresh = {name: (index, value) for index, (name, value) in enumerate(new.items()) if name not in kept}
    return [name for name in old if name not in kept], fresh


def _same(old: Any, new: Any) -> bool:
    """Equal, and a node's ports in the same order, which comparing dictionaries doesn't see."""
    return alike(old, new) and _ports(old) == _ports(new)


def _ports(value: Any) -> list[str]:
    return list(cast("dict[str, Any]", value).get("inputs", ())) if isinstance(value, dict) else []


def _wires(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """References that were stripped with what they led to, and the outputs."""
    before = old.get("nodes", {})
    for name, node in new.get("nodes", {}).items():
        wired, wanted = before[name].get("inputs", {}), node.get("inputs", {})
        for index, (port, refs) in enumerate(wanted.items()):
            if wired.get(port) != refs:
                yield {
                    "op": "restore",
                    "path": ["nodes", name, "inputs", port],
                    "value": refs,
                    "index": index,
                }
        if before[name].get("after", []) != node.get("after", []):
            yield {"op": "restore", "path": ["nodes", name, "after"], "value": node.get("after", [])}
    stale, fresh = _replaced(old.get("outputs", {}), new.get("outputs", {}))
    for name in stale:
        yield {"op": "remove-output", "name": name}
    for name, (index, ref) in fresh.items():
        yield {"op": "restore", "path": ["outputs", name], "value": ref, "index": index}


def _drawn(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What lies where on the canvas."""
    before, after = old.get("layout", {}), new.get("layout", {})
    for name, place in _changed(before.get("nodes", {}), after.get("nodes", {})):
        yield {"op": "restore", "path": ["layout", "nodes", name], "value": place}
    for kind in ("note", "frame"):
        for name, value in _changed(before.get(f"{kind}s", {}), after.get(f"{kind}s", {})):
            yield {"op": f"set-{kind}", "id": name, kind: value}


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each name with its new value, None where there is none any more."""
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield name, new.get(name)
