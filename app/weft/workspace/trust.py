"""What a flow can do, told from its document alone: the sheet a person reads before they let one from elsewhere run.

Nothing is run, opened or resolved for it: the catalog says what each node's ports hold, the params say what is in
them. What isn't known before the run, an address made of a template or a file that comes over an edge, is said to be so;
it is never left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlsplit

from weft.catalog import Catalog, Component
from weft.model import Flow, Node, WeftError, from_json
from weft.model.values import FileRef, SecretRef, unwrap

DEEPEST = 32
MOST_NAMED = 20
MOST_USES = 500
LONGEST = 200
ADDRESSES = ("url", "base_url", "address", "endpoint", "server", "host")
"""Ports by these names hold an address."""
CODE = ("code", "script")
MODELS = ("candidates", "models")
"""Ports by these names hold lists of models."""
ANY_HOST = "any host, known only while it runs"
ANY_FILE = "any file in 'files', known only while it runs"
ANY_MODEL = "any model, known only while it runs"
ANY_FLOW = "a flow that it is given while it runs"
OTHERS_MODEL = "the model chosen for the run"
WRITES = ("write", "append", "delete")
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that is used: its name, by which nodes (their paths), and what there is to say of it."""

    name: str
    nodes: tuple[str, ...] = ()
    note: str = ""

    def json(self) -> dict[str, Any]:
        return {"name": self.name, "nodes": list(self.nodes), "note": self.note}


@dataclass(frozen=True)
class Sheet:
    """What a flow can do, flows inside it included. `cost` is a sentence, "" where nobody estimated it."""

    name: str
    hash: str
    components: tuple[Use, ...] = ()
    tools: tuple[Use, ...] = ()
    hosts: tuple[Use, ...] = ()
    files: tuple[Use, ...] = ()
    secrets: tuple[Use, ...] = ()
    code: tuple[Use, ...] = ()
    """The name is the code itself."""
    models: tuple[Use, ...] = ()
    flows: tuple[Use, ...] = ()
    """Flows of the workspace that it runs, by slug."""
    cost: str = ""

    def sections(self) -> list[tuple[str, tuple[Use, ...]]]:
        """All of it under headings, in the order in which a person should read; those with nothing in them too."""
        return [
            ("Code", self.code),
            ("Secrets", self.secrets),
            ("Hosts", self.hosts),
            ("Files", self.files),
            ("Tools", self.tools),
            ("Models", self.models),
            ("Flows", self.flows),
            ("Components", self.components),
        ]

    def json(self) -> dict[str, Any]:
        found = {title.lower(): [use.json() for use in uses] for title, uses in self.sections()}
        return {"name": self.name, "hash": self.hash, **found, "cost": self.cost}

    def with_cost(self, sentence: str) -> "Sheet":
        return replace(self, cost=sentence)


def sheet(flow: Flow, catalog: Catalog) -> Sheet:
    """What this flow can do here. Never raises for what the flow holds, and opens nothing."""
    reader = _Reader(catalog)
    reader.flow(flow, "", 0)
    sections: dict[str, Any] = {section: reader.uses(section) for section in _SECTIONS}
    return Sheet(name=flow.name[:LONGEST], hash=flow.hash, **sections)


def nested(flow: Flow, catalog: Catalog) -> dict[str, Flow]:
    """The workspace's flows that running this one would run too, by slug, at any depth."""
    reader = _Reader(catalog)
    reader.flow(flow, "", 0)
    return reader.named


_SECTIONS = ("components", "tools", "hosts", "files", "secrets", "code", "models", "flows")


@dataclass
class _Reader:
    catalog: Catalog
    found: dict[str, dict[str, tuple[list[str], str]]] = field(
        default_factory=lambda: {section: {} for section in _SECTIONS}
    )
    named: dict[str, Flow] = field(default_factory=dict[str, Flow])
    seen: set[str] = field(default_factory=set[str])

    def uses(self, section: str) -> tuple[Use, ...]:
        entries = self.found[section]
        told = [_use(name, nodes, note) for name, (nodes, note) in list(entries.items())[:MOST_USES]]
        if len(entries) > MOST_USES:
            told.append(Use(f"and {len(entries) - MOST_USES:,} more"))
        return tuple(told)

    def note(self, section: str, name: str, path: str, note: str = "") -> None:
        key = name if section == "code" else _short(name)
        nodes, before = self.found[section].setdefault(key, ([], note))
        if len(nodes) <= MOST_NAMED and path not in nodes:
            nodes.append(path)
        if note and note not in before:
            self.found[section][key] = nodes, f"{before}, {note}" if before else note

    def flow(self, flow: Flow, path: str, depth: int) -> None:
        """Each flow once, however often it is run: what it does is the same everywhere."""
        if flow.hash in self.seen:
            return
        self.seen.add(flow.hash)
        for value in [one.default for one in flow.inputs.values()]:
            self._wrapped(value, f"{path}inputs")
        for node_id, node in flow.nodes.items():
            if not node.options.disabled:
                self._node(flow, node, path + node_id, depth)

    def _node(self, flow: Flow, node: Node, path: str, depth: int) -> None:
        component = self.catalog.get(node.component)
        self._wrapped(node.params, path)
        self._wrapped(node.options.default, path)
        if component is None:
            self.note("components", node.component, path, "not known here")
            return
        origin = "" if component.origin in ("", "stock") else f"from the {component.origin}"
        self.note("components", component.key, path, origin)
        if component.name == "expand":
            self.note("tools", "expand", path, "adds steps that are written while it runs")
        for name in {*(port.name for port in component.inputs), *node.params}:
            self._port(flow, node, component, name, path, depth)

    def _port(self, flow: Flow, node: Node, component: Component, name: str, path: str, depth: int) -> None:
        port = next((one for one in component.inputs if one.name == name), None)
        kind = (port.type.item or port.type).kind if port else "any"
        wired, value = name in node.inputs, node.params.get(name)
        match kind:
            case "model":
                self._model(flow, value, path, wired=wired)
            case "file":
                self._file(node, value, path, wired=wired)
            case "flow":
                self._nested(value, path, depth, wired=wired)
            case _:
                self._by_name(name, value, path, wired=wired)

    def _by_name(self, name: str, value: Any, path: str, *, wired: bool) -> None:
        """What only the name of a port tells, and an address wherever it stands."""
        if name in ADDRESSES:
            if wired:
                self.note("hosts", ANY_HOST, path)
            elif isinstance(value, str) and value:
                self.note("hosts", host(value), path)
            return
        if name == "tools":
            self._tools(value, path, wired=wired)
        elif name in CODE:
            if wired:
                self.note("code", "code that it is given while it runs", path)
            elif isinstance(value, str) and value:
                self.note("code", value, path)
        elif name in MODELS:
            for one in _texts(value):
                self.note("models", one, path)
            if wired:
                self.note("models", ANY_MODEL, path)
        elif isinstance(value, str) and _ADDRESS.match(value):
            self.note("hosts", host(value), path)

    def _tools(self, value: Any, path: str, *, wired: bool) -> None:
        if wired:
            self.note("tools", "any tool, known only while it runs", path)
        for one in cast("list[Any]", value) if isinstance(value, list) else []:
            entry = cast("Mapping[str, Any]", one) if isinstance(one, dict) else {"tool": one}
            names = [named for named in entry.values() if isinstance(named, str)]
            for named in names[:1]:
                asks = "asks a person first" if entry.get("ask") is True else ""
                self.note("tools", named, path, asks)
                self._as_flow(named, path)

    def _as_flow(self, name: str, path: str) -> None:
        """A tool may be a flow of the workspace."""
        inner = None if self.catalog.get(name) else self.catalog.flows(name)
        if inner is not None:
            self.named[name] = inner
            self.note("flows", name, path)
            self.flow(inner, f"{path}/", 1)

    def _model(self, flow: Flow, value: Any, path: str, *, wired: bool) -> None:
        if wired:
            self.note("models", ANY_MODEL, path)
            return
        named = value if isinstance(value, str) and value else flow.defaults.model or OTHERS_MODEL
        self.note("models", named, path)

    def _file(self, node: Node, value: Any, path: str, *, wired: bool) -> None:
        written = "written" if node.params.get("action") in WRITES or node.params.get("write") else ""
        if "action" in node.inputs:
            written = "perhaps written"
        if wired:
            self.note("files", ANY_FILE, path, written)
        elif isinstance(value, str) and value:
            self.note("files", ANY_FILE if "{{" in value else value, path, written)
        elif isinstance(value, dict):
            for one in _wrapped(value):
                if isinstance(one, FileRef):
                    self.note("files", one.path, path, written)

    def _nested(self, value: Any, path: str, depth: int, *, wired: bool) -> None:
        if wired:
            self.note("flows", ANY_FLOW, path)
            return
        inner: Flow | None = None
        if isinstance(value, str) and value:
            inner = self.catalog.flows(value)
            self.note("flows", value, path, "" if inner else "not known here")
            if inner is not None:
                self.named[value] = inner
        elif isinstance(value, dict):
            inner = _written(cast("dict[str, Any]", value))
            if inner is None:
                self.note("flows", "a flow that can't be read", path)
        if inner is not None and depth < DEEPEST:
            self.flow(inner, f"{path}/", depth + 1)
        elif inner is not None:
            self.note("flows", "flows nested deeper than is looked at", path)

    def _wrapped(self, value: Any, path: str) -> None:
        for one in _wrapped(value):
            if isinstance(one, SecretRef):
                self.note("secrets", one.name, path)
            else:
                self.note("files", one.path, path)


def host(address: str) -> str:
    """Who an address would ask, as far as it can be told before templates are filled in."""
    text = address.strip()
    try:
        place = urlsplit(text)
        asked = place.netloc
    except ValueError:
        return f"an address that can't be read: {_short(text)}"
    if "{{" in text and ("{{" in asked or not asked):
        return ANY_HOST
    if not asked:
        return f"an address that can't be read: {_short(text)}"
    return asked.lower() if _HOST.fullmatch(asked) else f"an address that hides its host: {_short(text)}"


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


def _texts(value: Any) -> list[str]:
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, str) and one]


def _use(name: str, nodes: list[str], note: str) -> Use:
    shown = tuple(nodes[:MOST_NAMED]) + (("…",) if len(nodes) > MOST_NAMED else ())
    return Use(name, tuple(_short(one) for one in shown), note)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
