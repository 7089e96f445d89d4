"""A flow read through for its sheet: its nodes, the tools of its prompts, and the flows inside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from weft.catalog import Catalog
from weft.catalog.kinds import LIVE
from weft.model import Flow, Node, WeftError, from_json
from weft.model.values import FileRef, SecretRef, unwrap
from weft.workspace.trust.ports import ANY_FLOW, ANY_TOOL, Given, note_file, note_model, note_plain
from weft.workspace.trust.sheet import Found

DEEPEST = 32
_AS_WRITTEN = ("flow", "tool")
"""Kinds of ports whose values are taken as the document holds them."""


@dataclass
class Reader:
    catalog: Catalog
    found: Found = field(default_factory=Found)
    named: dict[str, Flow] = field(default_factory=dict[str, Flow])
    seen: set[str] = field(default_factory=set[str])

    def flow(self, flow: Flow, path: str, depth: int) -> None:
        """Each flow once, however often it is run: what it does is the same everywhere."""
        if flow.hash in self.seen:
            return
        self.seen.add(flow.hash)
        for declared in flow.inputs.values():
            self._references(declared.default, f"{path}inputs")
        for node_id, node in flow.nodes.items():
            if not node.options.disabled:
                self._node(flow, node, path + node_id, depth)

    def _node(self, flow: Flow, node: Node, path: str, depth: int) -> None:
        self._references(node.params, path)
        self._references(node.options.default, path)
        self._component(flow, node.component, node.params, frozenset(node.inputs), path, depth)

    def _component(
        self, flow: Flow, key: str, params: Mapping[str, Any], wired: frozenset[str], path: str, depth: int
    ) -> None:
        component = self.catalog.get(key)
        if component is None:
            self.found.note("components", key, path, "not known here")
            return
        origin = "" if component.origin in ("", "stock") else f"from the {component.origin}"
        self.found.note("components", component.key, path, origin)
        for section, names in component.reach.own.items():
            for name in names:
                self.found.note(section, name, path)
        given = Given(component, params, wired, path)
        given = Given(component, {name: self._meant(given, name) for name in params}, wired, path)
        for name in dict.fromkeys((*(port.name for port in component.inputs), *params)):
            match given.kind(name):
                case "model":
                    note_model(self.found, given, name, flow.defaults.model or "")
                case "file":
                    note_file(self.found, given, name)
                case "flow":
                    self._nested(given.value(name), path, depth, wired=name in wired)
                case "tool":
                    self._tools(flow, given.value(name), path, depth, wired=name in wired)
                case _:
                    note_plain(self.found, given, name)

    def _meant(self, given: Given, name: str) -> Any:
        """The param as a step would get it."""
        value = given.params[name]
        return value if given.kind(name) in _AS_WRITTEN else unwrap(value)

    # --- tools ---

    def _tools(self, flow: Flow, value: Any, path: str, depth: int, *, wired: bool) -> None:
        if wired:
            self.found.note("tools", ANY_TOOL, path)
        entries = cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
        for entry in entries:
            said = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {"component": entry}
            name, as_flow = said.get("component"), said.get("flow")
            if isinstance(entry, str) and self.catalog.get(entry) is None:
                name, as_flow = None, entry if self._flow_called(entry) is not None else None
            asks = "asks a person first" if said.get("ask") is True else ""
            if isinstance(name, str):
                self.found.note("tools", name, path, asks)
                self._component_as_tool(flow, name, said, path, depth)
            elif isinstance(as_flow, str):
                self.found.note("tools", as_flow, path, asks)
                self._nested(as_flow, path, depth, wired=False)
            else:
                unread = (
                    f"{entry} (not known here)" if isinstance(entry, str) else "a tool that can't be read"
                )
                self.found.note("tools", unread, path)

    def _component_as_tool(
        self, flow: Flow, key: str, said: Mapping[str, Any], path: str, depth: int
    ) -> None:
        """What isn't fixed in its params, a model writes while it runs."""
        params = said.get("params")
        fixed = cast("dict[str, Any]", params) if isinstance(params, dict) else {}
        component, allowed = self.catalog.get(key), said.get("arguments")
        names = component.ports({name: unwrap(value) for name, value in fixed.items()}) if component else None
        written = frozenset(
            port.name
            for port in (names.inputs if names else ())
            if port.name not in fixed
            and (port.type.item or port.type).kind not in LIVE
            and (not isinstance(allowed, list) or port.name in allowed)
        )
        self._component(flow, key, fixed, written, f"{path}/{key}", depth + 1)

    # --- flows inside ---

    def _nested(self, value: Any, path: str, depth: int, *, wired: bool) -> None:
        if wired:
            self.found.note("flows", ANY_FLOW, path)
            return
        inner: Flow | None = None
        if isinstance(value, str) and value:
            inner = self._flow_called(value)
            self.found.note("flows", value, path, "" if inner else "not known here")
            if inner is not None:
                self.named[value] = inner
        elif isinstance(value, dict):
            inner = _written(cast("dict[str, Any]", value))
            if inner is None:
                self.found.note("flows", "a flow that can't be read", path)
        if inner is not None and depth < DEEPEST:
            self.flow(inner, f"{path}/", depth + 1)
        elif inner is not None:
            self.found.note("flows", "flows nested deeper than is looked at", path)

    def _flow_called(self, name: str) -> Flow | None:
        try:
            return self.catalog.flows(name)
        except WeftError:
            return None

    def _references(self, value: Any, path: str) -> None:
        for one in _wrapped(value):
            if isinstance(one, SecretRef):
                self.found.note("secrets", one.name, path)
            else:
                self.found.note("files", one.path, path)


def _written(value: dict[str, Any]) -> Flow | None:
    try:
        return from_json(value)
    except WeftError:
        return None


def _wrapped(value: Any) -> Iterator[SecretRef | FileRef]:
    """The secrets and files that stand anywhere in a document's value; in a flow written in place, that flow's own."""
    left: list[Any] = [unwrap(value)]
    while left:
        one = left.pop()
        if isinstance(one, SecretRef | FileRef):
            yield one
        elif isinstance(one, list):
            left += cast("list[Any]", one)
        elif isinstance(one, dict):
            left += cast("dict[str, Any]", one).values()
