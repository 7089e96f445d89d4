"""The row of a port that holds a template: the prompt editor, with what it may complete and what the node will see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui.events import GenericEventArguments

from weft.catalog import template
from weft.catalog.component import Port
from weft.model.flow import Flow, Node
from weft.ui import assets
from weft.ui.elements import Thing, options
from weft.ui.inspector.rows import Choices

assets.modules("weft-prompt", "ui/prompt")

FILTERS = ("default", "trim", "upper", "lower", "json", "length")


class Prompt(Thing):
    """The prompt editor: see `static/ui/prompt.js`."""

    component = assets.component("prompt.js")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.row: PromptRow | None = None
        self.put({"name": name, "value": ""})
        self.mark(name)
        self.on("change", self._changed)
        self.on("wire", self._wired)
        self.on("pick", lambda event: self._now.on_pick(event.args["value"]))
        self.on("reset", lambda: self._now.on_reset(), args=[])
        self.on("large", lambda event: self._now.on_large(bool(event.args["large"])))
        self.on("jump", lambda event: self._now.on_jump(event.args["kind"], event.args["ref"]))

    @property
    def value(self) -> str:
        return self.prop("value")

    @property
    def _now(self) -> "PromptRow":
        assert self.row is not None
        return self.row

    def _changed(self, event: GenericEventArguments) -> None:
        if self._takes(event):
            self._now.on_change(event.args["value"])

    def _wired(self, event: GenericEventArguments) -> None:
        if self._takes(event):
            self._now.on_wire(event.args["value"], event.args["name"], event.args["ref"])

    def _takes(self, event: GenericEventArguments) -> bool:
        """Whether what was typed is about the text as it is. If not, both go back to the person."""
        args, now = event.args, self._now.value
        if args["base"] != now and args["value"] != now:
            self.put({"ack": args["seq"]})
            return False
        self.put({"value": args["value"], "ack": args["seq"]}, send=False)
        return True

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop(name) for name in ("label", "value", "error", "help", "badge")]


@dataclass(frozen=True, kw_only=True)
class PromptRow:
    """`known` is what can stand in a hole (see `known`), `seen` what the node will see, while it is looked at."""

    key: str
    label: str
    value: str
    on_change: Callable[[str], Any]
    on_wire: Callable[[str, str, str], Any]
    on_pick: Callable[[str], Any]
    on_reset: Callable[[], Any]
    on_large: Callable[[bool], Any]
    on_jump: Callable[[str, str], Any]
    badge: str = ""
    help: str = ""
    error: str = ""
    placeholder: str = ""
    dot: str = ""
    reset: str = ""
    sources: Choices = ()
    known: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seen: Mapping[str, Any] | None = None
    locked: bool = False

    def make(self) -> "PromptWidget":
        return PromptWidget(self)


class PromptWidget:
    def __init__(self, row: PromptRow) -> None:
        self.element = Prompt(row.key)

    def show(self, row: PromptRow) -> None:
        self.element.row = row
        self.element.put(
            {
                "label": row.label,
                "value": row.value,
                "badge": row.badge,
                "help": row.help,
                "error": row.error,
                "placeholder": row.placeholder,
                "dot": row.dot,
                "reset": row.reset,
                "picks": options(row.sources),
                "known": dict(row.known),
                "seen": row.seen,
                "locked": row.locked,
            }
        )


def known(
    flow: Flow,
    node_id: str,
    node: Node,
    ports: Sequence[Port],
    declared: Sequence[str],
    text: str,
    sources: Choices,
    titles: Callable[[str], str],
    types: Callable[[str], str],
) -> dict[str, Any]:
    """What can stand in a hole of this text: the node's inputs, what could be wired in, the state, the filters; and
    what is wrong with the holes that stand there."""
    asked = template.names(text)
    inputs = [port for port in ports if port.name not in declared or port.name in node.inputs]
    holes = [port for port in inputs if port.name not in declared]
    taken = {port.name for port in ports} | set(asked)
    return {
        "ports": [
            {"name": port.name, "filled": _filled(node, port), "told": _told(node, port, titles)}
            for port in inputs
        ],
        "sources": [
            {
                "ref": ref,
                "name": _name(ref, taken, declared),
                "label": _label(ref, titles),
                "type": types(ref),
            }
            for ref, _ in sources
            if not _wired_as_input(node, ref, holes)
        ],
        "state": state_paths(flow, node_id),
        "filters": list(FILTERS),
        "problems": [
            {"position": _utf16(text, problem.position), "message": problem.message}
            for problem in template.problems(text)
        ],
        "of": text,
    }


def state_paths(flow: Flow, node_id: str) -> list[str]:
    """The places of the state that are known before the node runs: those the flow begins with, and what others save."""
    found: list[str] = []

    def walk(value: Any, path: str) -> None:
        if path:
            found.append(path)
        if isinstance(value, dict):
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                walk(item, f"{path}.{key}" if path else str(key))  # pyright: ignore[reportUnknownArgumentType]

    walk(dict(flow.state), "")
    for name, other in flow.nodes.items():
        saves: Any = other.params.get("save")
        if name != node_id and isinstance(saves, dict):
            found += [str(path).removeprefix("state.") for path in saves]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return list(dict.fromkeys(found))[:200]


def _filled(node: Node, port: Port) -> bool:
    return bool(node.inputs.get(port.name)) or port.name in node.params


def _told(node: Node, port: Port, titles: Callable[[str], str]) -> str:
    if port.name in node.inputs:
        names = ", ".join(_label(ref, titles) for ref in node.refs(port.name))
        return f"{port.name}, from {names}" if names else f"{port.name}, wired to nothing"
    if port.name in node.params:
        return f"{port.name}, as typed in below"
    return f"{port.name}, which nothing fills yet"


def _wired_as_input(node: Node, ref: str, inputs: Sequence[Port]) -> bool:
    return any(ref in node.refs(port.name) for port in inputs if port.name in node.inputs)


def _label(ref: str, titles: Callable[[str], str]) -> str:
    node, _, port = ref.partition(".")
    if node == "inputs":
        return f"Input {port}"
    return f"{titles(node)} · {port}" if port else titles(node)


def _name(ref: str, taken: set[str], declared: Sequence[str]) -> str:
    """The name of the hole for a reference: one that nothing else has."""
    node, _, port = ref.partition(".")
    name = port if node == "inputs" else node if not port or port in ("text", "output") else f"{node}_{port}"
    if name in ("inputs", "outputs", "state", "secrets"):
        name = f"{name}_value"
    if name not in taken and name not in declared:
        return name
    return next(free for number in range(2, 1000) if (free := f"{name}_{number}") not in taken)


def _utf16(text: str, position: int) -> int:
    """A place as JavaScript counts it."""
    return len(text[:position].encode("utf-16-le", "surrogatepass")) // 2
