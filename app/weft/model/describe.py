"""A change in words, as the end of "Can't ..." and the start of an undo label."""

from __future__ import annotations

from weft.model.changes import Edit, Restore, Within

_WORDS: dict[str, str] = {
    "add-node": "add node {id!r}",
    "remove-node": "remove node {id!r}",
    "rename-node": "rename node {id!r} to {to!r}",
    "set-component": "make {node!r} a {component!r}",
    "set-title": "title node {node!r}",
    "set-param": "set {name!r} of {node!r}",
    "unset-param": "unset {name!r} of {node!r}",
    "connect": "connect {ref!r} to '{node}.{port}'",
    "disconnect": "disconnect {ref!r} from '{node}.{port}'",
    "reorder": "reorder '{node}.{port}'",
    "set-after": "set what {node!r} comes after",
    "set-options": "set the options of {node!r}",
    "set-input": "set input {name!r}",
    "remove-input": "remove input {name!r}",
    "rename-input": "rename input {name!r} to {to!r}",
    "set-output": "set output {name!r} to {ref!r}",
    "remove-output": "remove output {name!r}",
    "rename-output": "rename output {name!r} to {to!r}",
    "set-state": "set the state",
    "set-defaults": "set the defaults",
    "set-name": "rename the flow",
    "set-description": "describe the flow",
    "set-note": "set note {id!r}",
    "set-frame": "set frame {id!r}",
    "move": "move {moved}",
}
_LONGEST = 60


def describe(change: Edit) -> str:
    """What the change does, in a few words."""
    if isinstance(change, Restore):
        return f"restore '{'.'.join(change.path)[:_LONGEST]}'"
    if isinstance(change, Within):
        return f"change the flow in {_short(change.node)!r}"
    words = {name: _short(value) for name, value in change.__dict__.items()}
    positions = change.__dict__.get("positions", {})
    words["moved"] = repr(_short(next(iter(positions)))) if len(positions) == 1 else f"{len(positions)} nodes"
    return _WORDS[words["op"]].format(**words)


def _short(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
