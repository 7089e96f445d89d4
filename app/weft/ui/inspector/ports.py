"""One row for each input port of a node: typed in by hand, or taken from another step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from weft.catalog.component import Component, Port
from weft.catalog.kinds import PortType
from weft.model.flow import Flow, Node
from weft.ui.inspector.control import UNSET, control_of, needs_mono, placeholder_of, shown_in
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.flow_param import FlowOf, flow_row
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.listed import form_of, listed_row
from weft.ui.inspector.model_row import chain_of, model_row
from weft.ui.inspector.prompt_row import PromptRow
from weft.ui.inspector.prompt_row import known as known_holes
from weft.ui.inspector.rows import ButtonRow, Choices, FieldRow, WireRow
from weft.ui.inspector.schema_row import schema_row
from weft.ui.inspector.settings_row import settings_row
from weft.ui.inspector.sight import Sight
from weft.ui.inspector.tools_param import Known, tools_param_row
from weft.ui.inspector.values import shown, typed

TYPED_LIVE = {"model": "Model", "secret": "Secret name", "flow": "Flow", "file": "File"}


@dataclass(frozen=True)
class Surroundings:
    """What a form needs to know besides its node."""

    flow: Flow
    titles: Callable[[str], str]  # node id -> what to call it
    sources: Callable[[PortType], Choices]  # references that fit and close no cycle
    models: Sequence[str]
    flows: Choices
    jump: Callable[[str], Any]
    hints: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the component's `ui` says of its ports, by name."""
    flow_of: FlowOf = lambda slug: None
    component_of: Callable[[str], Component | None] = lambda key: None
    inputs: Sequence[Port] = ()
    declared: Sequence[str] = ()
    type_of: Callable[[str], str] = lambda ref: "any"
    sight: Sight | None = None
    """Where to look up what the node will see."""
    components: Choices = ()
    """Those that a model can be given as tools."""
    tools: Callable[[str], Any] | None = None
    """The row of what can be done with the node."""
    go: Callable[[str, str], Any] = lambda kind, ref: None
    """To where a piece of a message comes from."""
    seldom: frozenset[str] | None = None
    """Ports among "More inputs" when the node was chosen: they stay there while one types into them."""


def port_row(node_id: str, node: Node, port: Port, around: Surroundings, edits: Edits) -> Any:
    """How this port is shown: its wires if it has some or can have nothing else, a form or a control otherwise."""
    if port.name in node.inputs or _only_wired(port):
        return _wires(node_id, node, port, around, edits)
    if port.type.kind == "flow":
        return flow_row(node_id, node, port, around.flows, around.flow_of, edits, around.go)
    hints: Any = around.hints.get(port.name)
    if _says(hints, "schema"):
        return schema_row(node_id, node, port, edits)
    if port.type.item is not None and port.type.item.kind == "tool":
        known = Known(around.component_of, around.flow_of, around.components, around.flows, around.models)
        row = tools_param_row(node_id, node, port, known, edits)
        return row or _as_json(node_id, node, port, around, edits)
    if model := _says(hints, "settings_of") and str(hints["settings_of"]):
        chain = chain_of(node, model) or [around.flow.defaults.model or ""]
        row = settings_row(node_id, node, port, chain, edits)
        return row or _as_json(node_id, node, port, around, edits)
    if form_of(hints):
        made = listed_row(node_id, node, port, hints, around.flow, edits)
        return made or _as_json(node_id, node, port, around, edits)
    row = _control(node_id, node, port, around, edits)
    if port.type.kind == "model" and isinstance(row, FieldRow):
        return model_row(node_id, node, row, port.name, around.models, edits)
    return row


def _says(hints: Any, name: str) -> bool:
    return isinstance(hints, Mapping) and bool(cast("Mapping[str, Any]", hints).get(name))


def badge(port: Port) -> str:
    """Type of a port, and whether it must be filled."""
    return f"{port.type} · required" if port.required else str(port.type)


def asked_for(node: Node, port: Port, hints: Mapping[str, Any]) -> bool:
    """Whether a port means anything with the other params as they are: `"if": {"kind": ["form"]}` in its hints."""
    hint: Any = hints.get(port.name)
    if not isinstance(hint, Mapping) or "if" not in hint:
        return True
    conditions = cast("Mapping[str, Sequence[Any]]", hint["if"])
    if port.name in node.params or port.name in node.inputs:
        return True
    return all(node.params.get(name) in values for name, values in conditions.items())


def _as_json(node_id: str, node: Node, port: Port, around: Surroundings, edits: Edits) -> GroupRow:
    """The JSON of a value that has a form, with the way back to it."""
    rows: list[Any] = [_control(node_id, node, port, around, edits)]
    if f"{node_id}/{port.name}" in edits.raw:
        back = ButtonRow(
            key=f"{node_id}/form/{port.name}",
            label="Edit in a form",
            symbol="pencil",
            on_click=lambda: edits.write_raw(f"{node_id}/{port.name}", raw=False),
        )
        rows.append(back)
    return GroupRow(key=f"{node_id}/json/{port.name}", style="list", rows=rows)


def _only_wired(port: Port) -> bool:
    return port.many and port.type.item is not None and port.type.item.kind == "messages"


def _wires(node_id: str, node: Node, port: Port, around: Surroundings, edits: Edits) -> WireRow:
    value = node.inputs.get(port.name, [])
    refs = (value,) if isinstance(value, str) else tuple(value)

    def connect(ref: str) -> None:
        change = {"op": "connect", "node": node_id, "port": port.name, "ref": ref, "many": port.many}
        edits.now([change], f"Connect {ref} to {node_id}.{port.name}")

    def disconnect(ref: str) -> None:
        edits.now(
            [{"op": "disconnect", "node": node_id, "port": port.name, "ref": ref}],
            f"Disconnect {ref} from {node_id}.{port.name}",
        )

    def reorder(order: list[str]) -> None:
        edits.now(
            [{"op": "reorder", "node": node_id, "port": port.name, "refs": order}],
            f"Reorder {node_id}.{port.name}",
        )

    open_for_more = port.many or not refs
    return WireRow(
        key=f"{node_id}/wire/{port.name}",
        label=port.name,
        dot=port.type.kind,
        badge=badge(port),
        help="" if refs else port.help,
        refs=refs,
        titles=tuple(around.titles(ref.partition(".")[0]) for ref in refs),
        empty="Nothing connected.",
        sources=[pair for pair in around.sources(port.type) if pair[0] not in refs] if open_for_more else (),
        on_pick=connect,
        on_disconnect=disconnect,
        on_reorder=reorder if port.many else None,
        on_jump=lambda ref: around.jump(ref.partition(".")[0]),
    )


def _control(
    node_id: str, node: Node, port: Port, around: Surroundings, edits: Edits
) -> FieldRow | PromptRow:
    def unset() -> Changes:
        return [{"op": "unset-param", "node": node_id, "name": port.name}] if port.name in node.params else []

    def set_to(value: Any) -> Changes:
        return [{"op": "set-param", "node": node_id, "name": port.name, "value": value}]

    def from_text(text: str | bool) -> Changes:
        if isinstance(text, bool):
            return set_to(text)
        if text == UNSET:
            return unset()
        if port.choices:
            return set_to(next(choice for choice in port.choices if str(choice) == text))
        return set_to(typed(text, port.type))

    def pick(ref: str) -> None:
        change = {"op": "connect", "node": node_id, "port": port.name, "ref": ref, "many": port.many}
        edits.now([change], f"Connect {ref} to {node_id}.{port.name}")

    if port.type.kind == "template":
        return _prompt(node_id, node, port, around, edits, set_to, unset, pick)
    value = node.params.get(port.name)
    control, choices = control_of(port, value, around.models, around.flows)
    text = shown_in(control, value, port)
    key = f"{node_id}/param/{port.name}"
    return FieldRow(
        **edits.field(key, text, from_text, f"Set {port.name} of {node_id}"),
        control=control,
        label=port.name,
        badge=badge(port),
        help=port.help,
        placeholder=placeholder_of(port, control),
        choices=choices,
        mono=needs_mono(port, text),
        tall=port.multiline and port.type.kind in ("template", "text"),
        dot=port.type.kind,
        sources=() if port.type.kind in TYPED_LIVE else around.sources(port.type),
        on_pick=pick,
        reset=default_of(node, port),
        on_reset=lambda: edits.now(unset(), f"Reset {port.name} of {node_id}"),
    )


def _prompt(
    node_id: str,
    node: Node,
    port: Port,
    around: Surroundings,
    edits: Edits,
    set_to: Callable[[Any], Changes],
    unset: Callable[[], Changes],
    pick: Callable[[str], None],
) -> PromptRow:
    key, label = f"{node_id}/param/{port.name}", f"Set {port.name} of {node_id}"
    sources = around.sources(port.type)
    field = edits.field(key, _text(node, port), lambda text: set_to(text) if text else unset(), label)

    def wire(text: str, name: str, ref: str) -> None:
        connect = {"op": "connect", "node": node_id, "port": name, "ref": ref, "many": False}
        edits.now([*set_to(text), connect], f"Take {ref} into {port.name} of {node_id}")

    sight = around.sight
    seen = sight.seen(node_id) if sight is not None and sight.looks(key) else None
    text = _text(node, port)
    return PromptRow(
        **field,
        label=port.name,
        on_wire=wire,
        on_pick=pick,
        on_reset=lambda: edits.now(unset(), f"Reset {port.name} of {node_id}"),
        on_large=lambda large: sight.look(key, on=large) if sight is not None else None,
        on_jump=around.go,
        badge=badge(port),
        help=port.help,
        placeholder=placeholder_of(port, "multiline"),
        dot=port.type.kind,
        reset=default_of(node, port),
        sources=sources,
        known=known_holes(
            around.flow, node_id, node, around.inputs, around.declared, text,
            around.sources(ANY), around.titles, around.type_of,
        ),
        seen=seen,
    )  # fmt: skip


ANY = PortType("any")


def _text(node: Node, port: Port) -> str:
    value = node.params.get(port.name)
    return value if isinstance(value, str) else shown(value, port.type)


def default_of(node: Node, port: Port) -> str:
    """What stands there once a param is reset, in a few words; "" where there is nothing to reset."""
    if port.name not in node.params or port.required:
        return ""
    text = shown(port.default, port.type) if port.default is not None else ""
    return text if 0 < len(text) <= 60 else f"{text[:60]}…" if text else "nothing"
