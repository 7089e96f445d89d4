"""A flow as a value: one of the workspace, chosen; or one written in place, summed up, and edited as JSON."""

from collections.abc import Callable
from typing import Any, cast

from weft.catalog.component import Port
from weft.model.errors import WeftError
from weft.model.flow import Flow, Node
from weft.model.text import from_json
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.inner_row import InnerRow
from weft.ui.inspector.rows import ButtonRow, Choices, FieldRow, LinkRow, TextRow
from weft.ui.inspector.values import json_value, loosely

IN_PLACE = "\0in-place"
FlowOf = Callable[[str], Flow | None]


def flow_row(
    node_id: str,
    node: Node,
    port: Port,
    flows: Choices,
    known: FlowOf,
    edits: Edits,
    go: Callable[[str, str], Any],
) -> GroupRow:
    """The choice of a flow and what it takes and gives, or the flow that is written in place and the way into it."""
    value, key = node.params.get(port.name), f"{node_id}/flow/{port.name}"
    inline = isinstance(value, dict)
    title = f"{port.name} · required" if port.required else port.name
    rows: list[Any] = [_choice(node_id, port, value, flows, edits)]
    if inline:
        rows += _in_place(key, node_id, port, cast("dict[str, Any]", value), edits, go)
    elif isinstance(value, str) and value:
        flow = known(value)
        if flow is None:
            rows.append(TextRow(key=f"{key}/missing", text=f"There is no flow {value!r}.", tone="warning"))
        else:
            rows.append(TextRow(key=f"{key}/summary", text=summary(flow)))
            rows.append(LinkRow(key=f"{key}/open", label="Open this flow", url=f"/flows/{value}"))
    elif port.help:
        rows.append(TextRow(key=f"{key}/help", text=port.help))
    return GroupRow(key=key, style="list", title=title, rows=rows)


def summary(flow: Flow) -> str:
    """What a flow takes and gives, in a line or two."""
    count = len(flow.nodes)
    takes = ", ".join(flow.inputs) or "nothing"
    gives = ", ".join(flow.outputs or flow.sinks()) or "nothing"
    return f"Takes {takes}. Gives {gives}. {count} {'node' if count == 1 else 'nodes'}."


def read_flow_text(text: str) -> Any:
    """A flow written as JSON. Raises `ValueError` with what is wrong."""
    value = json_value(text, "A flow is a JSON object, as in a flow file.")
    try:
        from_json(value)
    except WeftError as error:
        raise ValueError(f"{error.message} {error.hint}".strip()) from None
    return value


def _choice(node_id: str, port: Port, value: Any, flows: Choices, edits: Edits) -> FieldRow:
    def choose(slug: str) -> Changes:
        if slug == IN_PLACE:
            return []
        if not slug:
            return [{"op": "unset-param", "node": node_id, "name": port.name}] if value is not None else []
        return [{"op": "set-param", "node": node_id, "name": port.name, "value": slug}]

    inline = isinstance(value, dict)
    choices = [("", "Choose a flow…"), *((slug, name or slug) for slug, name in flows)]
    if inline:
        choices.insert(1, (IN_PLACE, "Written in place"))
    elif value and value not in dict(flows):
        choices.append((str(value), f"{value}"))
    shown = IN_PLACE if inline else str(value or "")
    edit = edits.field(f"{node_id}/param/{port.name}", shown, choose, f"Choose the flow of {node_id}")
    return FieldRow(**edit, control="select", label=port.name, hide_label=True, choices=choices)


def _in_place(
    key: str, node_id: str, port: Port, value: dict[str, Any], edits: Edits, go: Callable[[str, str], Any]
) -> list[Any]:
    try:
        flow = from_json(value)
    except WeftError as error:
        told: Any = TextRow(key=f"{key}/wrong", text=error.message, hint=error.hint, tone="error")
    else:
        text = f"{flow.name}: {summary(flow)}" if flow.name else summary(flow)
        told = InnerRow(key=f"{key}/inner", flow=flow, text=text, on_open=lambda: go("inside", node_id))
    raw = f"{node_id}/{port.name}" in edits.raw
    rows: list[Any] = [told]
    if raw:

        def change(text: str) -> Changes:
            return [{"op": "set-param", "node": node_id, "name": port.name, "value": read_flow_text(text)}]

        edit = edits.field(f"{key}/json", loosely(value), change, f"Set {port.name} of {node_id}")
        rows.append(FieldRow(**edit, control="multiline", label="As JSON", mono=True, tall=True))
    rows.append(
        ButtonRow(
            key=f"{key}/raw/{raw}",
            label="Hide the JSON" if raw else "As JSON",
            symbol="pencil",
            on_click=lambda: edits.write_raw(f"{node_id}/{port.name}", raw=not raw),
        )
    )
    return rows
