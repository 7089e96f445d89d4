"""The tools that a prompt's model may call: components and flows, each found by typing, with what is fixed of it and
whether a person is asked first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from weft.catalog.component import Component, Port
from weft.catalog.loader import Catalog
from weft.model.errors import WeftError
from weft.model.flow import Flow, Node
from weft.model.values import unwrap
from weft.ui.inspector.choice_row import choice_row
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import ButtonRow, Choices, FieldRow, TextRow
from weft.ui.inspector.tool_fixed import fixed_rows, of_flow

_KNOWN: WeakKeyDictionary[Catalog, Choices] = WeakKeyDictionary()
_FLOW = "flow:"
MOST = 100
"""Tools shown as cards; more are edited as JSON."""


def tool_choices(catalog: Catalog) -> Choices:
    """The components that can be tools, as they are or with something fixed, by category."""
    found = _KNOWN.get(catalog)
    if found is None:
        usable = [one for one in catalog.components if not one.ports().faults]
        named = [(one.key, f"{one.ui.get('category', 'Components')}: {one.title}") for one in usable]
        found = _KNOWN[catalog] = sorted(named, key=lambda pair: pair[1])
    return found


@dataclass(frozen=True)
class Known:
    """What a form of tools looks up: components and flows by name, and what can be chosen."""

    component: Callable[[str], Component | None]
    flow: Callable[[str], Flow | None]
    components: Choices = ()
    flows: Choices = ()
    models: Sequence[str] = ()


def tools_param_row(node_id: str, node: Node, port: Port, known: Known, edits: Edits) -> GroupRow | None:
    """A card for each tool, and the choice of one more; None for a value of another shape, or to be edited as JSON."""
    value: Any = node.params.get(port.name, [])
    if f"{node_id}/{port.name}" in edits.raw or not isinstance(value, list):
        return None
    entries = cast("list[Any]", value)
    if len(entries) > MOST or not all(isinstance(entry, str | dict) for entry in entries):
        return None
    given = _Given(node_id, port.name, entries, known, edits)
    key = f"{node_id}/tools/{port.name}"
    raw = ButtonRow(
        key=f"{key}/raw",
        label="Edit as JSON",
        symbol="pencil",
        on_click=lambda: edits.write_raw(f"{node_id}/{port.name}"),
    )
    help_row = [TextRow(key=f"{key}/help", text=port.help)] if not entries else []
    rows = [*help_row, *given.cards(key), given.another(key), raw]
    return GroupRow(key=key, style="list", title=port.name, rows=rows)


class _Given:
    def __init__(self, node_id: str, port: str, entries: list[Any], known: Known, edits: Edits) -> None:
        self._node, self._port, self._entries, self._edits = node_id, port, entries, edits
        self._known = known
        flows = [(_FLOW + slug, f"Flow: {name or slug}") for slug, name in known.flows]
        self._choices = [*known.components, *flows]

    def cards(self, key: str) -> list[GroupRow]:
        return [self._card(f"{key}/{place}", place, entry) for place, entry in enumerate(self._entries)]

    def another(self, key: str) -> Any:
        """The choice that adds one."""

        def add(chosen: str) -> None:
            self._edits.now(self._set([*self._entries, _named(chosen)]), f"Give {self._node} a tool")

        placeholder = "Find a component or a flow…"
        return choice_row(f"{key}/add/{len(self._entries)}", "Add a tool", placeholder, self._choices, add)

    def _card(self, key: str, place: int, entry: Any) -> GroupRow:
        said = _said(entry)
        chosen = _choice(entry, dict(self._choices))

        def choose(other: str) -> Changes:
            kept = {name: value for name, value in said.items() if name == "ask"}
            return self._put(place, _named(other, kept)) if other else []

        def ask(on: bool) -> Changes:
            rest = {name: value for name, value in said.items() if name != "ask"}
            rest = rest or cast("dict[str, Any]", _named(chosen, {}, whole=True))
            return self._put(place, _plain({**rest, "ask": True} if on else rest))

        labels = self._choices if chosen in dict(self._choices) else [*self._choices, (chosen, chosen)]
        which = self._edits.field(f"{key}/which", chosen, choose, f"Choose tool {place + 1} of {self._node}")
        allow = self._edits.field(
            f"{key}/ask", bool(said.get("ask")), cast("Callable[[Any], Changes]", ask), "Ask before a call"
        )
        rows: list[Any] = [
            FieldRow(**which, control="select", label=f"Tool {place + 1}", hide_label=True, choices=labels),
            FieldRow(**allow, control="switch", label="Ask a person before each call"),
        ]
        rows += self._fixed(f"{key}/fixed", place, said or cast("dict[str, Any]", _named(chosen, whole=True)))
        title = f"Tool {place + 1}"
        rest = [*self._entries[:place], *self._entries[place + 1 :]]
        return GroupRow(
            key=key,
            title=f"{title}: {known}" if isinstance(known := said.get("name"), str) else title,
            rows=rows,
            remove=f"Remove {title.lower()}",
            on_remove=lambda: self._edits.now(self._set(rest), f"Take a tool from {self._node}"),
        )

    def _fixed(self, key: str, place: int, said: dict[str, Any]) -> list[Any]:
        """What is fixed of the tool; nothing for one that isn't there."""
        params: Any = said.get("params", {})
        if not isinstance(params, dict):
            return []
        fixed = cast("dict[str, Any]", params)

        def put(values: Mapping[str, Any]) -> Changes:
            rest = {name: value for name, value in said.items() if name != "params"}
            return self._put(place, _plain({**rest, "params": dict(values)} if values else rest))

        inputs, known = self._inputs(said, fixed), self._known
        if inputs is None:
            return []
        return fixed_rows(key, fixed, inputs, known.models, known.flows, put, self._edits)

    def _inputs(self, said: Mapping[str, Any], fixed: Mapping[str, Any]) -> Sequence[Port] | None:
        """The tool's inputs; None where it isn't there."""
        if "flow" in said:
            try:
                flow = self._known.flow(str(said["flow"]))
            except WeftError:
                return None  # what is wrong with it is among the problems
            return None if flow is None else of_flow(flow)
        component = self._known.component(str(said.get("component", "")))
        if component is None:
            return None
        return component.ports({name: unwrap(value) for name, value in fixed.items()}).inputs

    def _put(self, place: int, entry: Any) -> Changes:
        return self._set([*self._entries[:place], entry, *self._entries[place + 1 :]])

    def _set(self, entries: list[Any]) -> Changes:
        if not entries:
            return [{"op": "unset-param", "node": self._node, "name": self._port}]
        return [{"op": "set-param", "node": self._node, "name": self._port, "value": entries}]


def _named(chosen: str, more: Mapping[str, Any] | None = None, *, whole: bool = False) -> Any:
    """The entry that a choice means."""
    name = chosen.removeprefix(_FLOW)
    entry = {"flow" if chosen.startswith(_FLOW) else "component": name, **(more or {})}
    return entry if whole else _plain(entry)


def _plain(entry: dict[str, Any]) -> Any:
    """A component and nothing else is its name."""
    return entry["component"] if entry.keys() == {"component"} else entry


def _said(entry: Any) -> dict[str, Any]:
    return {} if isinstance(entry, str) else cast("dict[str, Any]", entry)


def _choice(entry: Any, known: Mapping[str, str]) -> str:
    if isinstance(entry, str):
        return entry if entry in known or _FLOW + entry not in known else _FLOW + entry
    said = cast("Mapping[str, Any]", entry)
    return _FLOW + str(said["flow"]) if "flow" in said else str(said.get("component", ""))
