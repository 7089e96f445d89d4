"""The forms of the two cards at the flow's edge: what goes in and what comes out."""

from typing import Any

from weft.model.flow import Flow, FlowInput
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.input_card import InputCard, name_field, type_of
from weft.ui.inspector.rows import ButtonRow, Choices, FieldRow, TextRow
from weft.ui.inspector.values import json_value, shown, typed


def inputs_form(flow: Flow, edits: Edits) -> list[SectionRow]:
    """The flow's inputs: each with its name, type, default, description."""

    def add() -> None:
        name = _free("input", flow.inputs)
        edits.now([{"op": "set-input", "name": name, "input": {"type": "text"}}], f"Add input {name}")

    rows: list[Any] = [InputCard(flow, name, declared, edits).row() for name, declared in flow.inputs.items()]
    if not rows:
        rows.append(
            TextRow(key="inputs/none", text="This flow takes no inputs. Nodes reach an input as inputs.name.")
        )
    rows.append(ButtonRow(key="inputs/add", label="Add input", on_click=add))
    return [SectionRow(key="inputs", rows=rows)]


def outputs_form(flow: Flow, sources: Choices, edits: Edits) -> list[SectionRow]:
    """The flow's outputs: each a name and the port it takes its value from."""

    def add() -> None:
        free = [
            ref for ref, _ in sources if ref not in flow.outputs.values() and not ref.startswith("inputs.")
        ]
        ref = free[-1] if free else sources[-1][0]
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
                    name_field(f"{key}/name", "output", name, flow.outputs, edits),
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


def _free(stem: str, taken: Any) -> str:
    return next(
        name for i in range(1, len(taken) + 2) if (name := stem if i == 1 else f"{stem}_{i}") not in taken
    )


def parse_input(text: str, declared: FlowInput) -> Any:
    """The value of a flow's input as typed for a run; raises `ValueError` with a sentence."""
    port_type = type_of(declared)
    if declared.choices:
        return next((choice for choice in declared.choices if str(choice) == text), text)
    value = json_value(text) if port_type.kind in ("json", "messages") else typed(text, port_type)
    if complaint := port_type.complaint(value):
        raise ValueError(f"{complaint[0].upper()}{complaint[1:]}.")
    return value


def input_text(value: Any, declared: FlowInput) -> str:
    """How a value of a flow's input is shown in a field."""
    return shown(value, type_of(declared))
