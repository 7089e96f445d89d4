"""The forms of the two cards at the flow's edge: what goes in and what comes out."""

from typing import Any

from weft.catalog.kinds import PLAIN, PortType
from weft.model.flow import Flow, FlowInput
from weft.model.refs import is_id
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.rows import ButtonRow, Choices, FieldRow, GroupRow, SectionRow, TextRow
from weft.ui.inspector.values import json_value, shown, typed

TYPES = (*PLAIN, *(f"list[{kind}]" for kind in PLAIN))


def inputs_form(flow: Flow, edits: Edits) -> list[SectionRow]:
    """The flow's inputs: each with its name, type, default, description."""

    def add() -> None:
        name = _free("input", flow.inputs)
        edits.now([{"op": "set-input", "name": name, "input": {"type": "text"}}], f"Add input {name}")

    rows: list[Any] = [_input(flow, name, declared, edits) for name, declared in flow.inputs.items()]
    if not rows:
        rows.append(
            TextRow(key="inputs/none", text="This flow takes no inputs. Nodes reach an input as inputs.name.")
        )
    rows.append(ButtonRow(key="inputs/add", label="Add input", on_click=add))
    return [SectionRow(key="inputs", rows=rows)]


def outputs_form(flow: Flow, sources: Choices, edits: Edits) -> list[SectionRow]:
    """The flow's outputs: each a name and the port it takes its value from."""

    def add() -> None:
        taken = set(flow.outputs.values())
        ref = next(
            (ref for ref, _ in reversed(sources) if ref not in taken and not ref.startswith("inputs.")), ""
        )
        name = _free(ref.partition(".")[0] or "output", flow.outputs)
        edits.now([{"op": "set-output", "name": name, "ref": ref}], f"Add output {name}")

    rows: list[Any] = [_output(flow, name, ref, sources, edits) for name, ref in flow.outputs.items()]
    if not rows:
        rows.append(
            TextRow(
                key="outputs/none",
                text="No outputs are named: a run gives the answer of every node that nothing else uses.",
            )
        )
    if sources:
        rows.append(ButtonRow(key="outputs/add", label="Add output", on_click=add))
    return [SectionRow(key="outputs", rows=rows)]


def _input(flow: Flow, name: str, declared: FlowInput, edits: Edits) -> GroupRow:
    port_type = _type(declared.type)
    written: dict[str, Any] = declared.model_dump(exclude_unset=True)

    def changed(**values: Any) -> Changes:
        kept = {key: value for key, value in {**written, **values}.items() if value is not None}
        return [{"op": "set-input", "name": name, "input": kept}]

    def retype(text: str) -> Changes:
        default = declared.default if declared.has_default else None
        fits = default is None or not _type(text).complaint(default)
        return changed(type=text, default=default if fits else None)

    def default(text: str | bool) -> Changes:
        value = text if isinstance(text, bool) else typed(text, port_type) if text else None
        if value is not None and (complaint := port_type.complaint(value)):
            raise ValueError(f"{complaint[0].upper()}{complaint[1:]}.")
        return changed(default=value)

    def choices(text: str) -> Changes:
        values = [typed(line.strip(), port_type) for line in text.split("\n") if line.strip()]
        return changed(choices=values or None)

    label = f"Change input {name}"
    key = f"inputs/{name}"
    has_default = declared.has_default
    rows: list[Any] = [
        GroupRow(
            key=f"{key}/pair",
            style="pair",
            rows=[
                _name(f"{key}/name", "input", name, flow.inputs, edits),
                FieldRow(
                    **edits.field(f"{key}/type", declared.type, retype, label),
                    label="Type",
                    control="select",
                    choices=[(kind, kind) for kind in dict.fromkeys((*TYPES, declared.type))],
                ),
            ],
        ),
        FieldRow(
            **edits.field(f"{key}/default", _default(declared, port_type, has_default), default, label),
            label="Default",
            control="switch" if port_type.kind == "boolean" else "multiline",
            placeholder="none: it must be given for each run",
            mono=port_type.kind in ("json", "list", "messages"),
        ),
        FieldRow(
            **edits.field(
                f"{key}/description",
                declared.description,
                lambda text: changed(description=text or None),
                label,
            ),
            label="Description",
            control="multiline",
        ),
    ]
    if port_type.kind in ("text", "number", "integer"):
        rows.append(
            FieldRow(
                **edits.field(f"{key}/choices", "\n".join(map(str, declared.choices)), choices, label),
                label="Choices",
                badge="one a line",
                control="multiline",
                placeholder="any value",
            )
        )
    if port_type.kind == "text" and not declared.choices:
        rows.append(
            FieldRow(
                **edits.field(
                    f"{key}/multiline", declared.multiline, lambda on: changed(multiline=on or None), label
                ),
                label="Several lines",
                control="switch",
            )
        )
    return GroupRow(
        key=key,
        title=name,
        rows=rows,
        remove=f"Remove input {name}",
        on_remove=lambda: edits.now([{"op": "remove-input", "name": name}], f"Remove input {name}"),
    )


def _output(flow: Flow, name: str, ref: str, sources: Choices, edits: Edits) -> GroupRow:
    def source(text: str) -> Changes:
        return [{"op": "set-output", "name": name, "ref": text}]

    key = f"outputs/{name}"
    known = dict(sources)
    choices = [*sources] if ref in known else [(ref, f"{ref} (missing)"), *sources]
    return GroupRow(
        key=key,
        title=name,
        rows=[
            GroupRow(
                key=f"{key}/pair",
                style="pair",
                rows=[
                    _name(f"{key}/name", "output", name, flow.outputs, edits),
                    FieldRow(
                        **edits.field(f"{key}/ref", ref, source, f"Change output {name}"),
                        label="From",
                        control="select",
                        choices=choices,
                        mono=True,
                    ),
                ],
            )
        ],
        remove=f"Remove output {name}",
        on_remove=lambda: edits.now([{"op": "remove-output", "name": name}], f"Remove output {name}"),
    )


def _name(key: str, what: str, name: str, taken: Any, edits: Edits) -> FieldRow:
    def rename(text: str) -> Changes:
        if text == name:
            return []
        if not is_id(text):
            raise ValueError("Write a small letter, then small letters, digits or _.")
        if text in taken:
            raise ValueError(f"There is an {what} {text!r} already.")
        return [{"op": f"rename-{what}", "name": name, "to": text}]

    return FieldRow(**edits.field(key, name, rename, f"Rename {what} {name}"), label="Name", mono=True)


def _default(declared: FlowInput, port_type: PortType, has_default: bool) -> str | bool:
    if port_type.kind == "boolean":
        return bool(declared.default) if has_default else False
    return shown(declared.default, port_type) if has_default else ""


def _type(text: str) -> PortType:
    try:
        return PortType.parse(text)
    except ValueError:
        return PortType("any")


def _free(stem: str, taken: Any) -> str:
    return next(
        name for i in range(1, len(taken) + 2) if (name := stem if i == 1 else f"{stem}_{i}") not in taken
    )


def parse_input(text: str, declared: FlowInput) -> Any:
    """The value of a flow's input as typed for a run; raises `ValueError` with a sentence."""
    port_type = _type(declared.type)
    if declared.choices:
        return next((choice for choice in declared.choices if str(choice) == text), text)
    value = json_value(text) if port_type.kind in ("json", "messages") else typed(text, port_type)
    if complaint := port_type.complaint(value):
        raise ValueError(f"{complaint[0].upper()}{complaint[1:]}.")
    return value


def input_text(value: Any, declared: FlowInput) -> str:
    """How a value of a flow's input is shown in a field."""
    return shown(value, _type(declared.type))
