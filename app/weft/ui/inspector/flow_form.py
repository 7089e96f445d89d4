"""The form of the flow itself, shown while nothing is selected: its name, its defaults, its state."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from weft.model.flow import Flow
from weft.ui.inspector.budget import budget_row
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.rows import FieldRow
from weft.ui.inspector.values import count, json_value, seconds
from weft.ui.models import label


def flow_form(flow: Flow, models: Sequence[str], model_hint: str, edits: Edits) -> list[SectionRow]:
    """What is true of the whole flow. `model_hint` says which model answers when none is set here."""
    return [
        SectionRow(key="flow/about", rows=_about(flow, edits)),
        SectionRow(
            key="flow/defaults",
            title="Defaults of all nodes",
            rows=_defaults(flow, models, model_hint, edits),
        ),
        SectionRow(key="flow/budget", title="Budget of a run", rows=[_budget(flow, edits)]),
        SectionRow(
            key="flow/state",
            title="State",
            rows=[_state(flow, edits)],
            folds=True,
            open=bool(flow.state),
            summary=f"{len(flow.state)} set" if flow.state else "",
        ),
    ]


def _about(flow: Flow, edits: Edits) -> list[Any]:
    def name(text: str) -> Changes:
        return [{"op": "set-name", "name": text.strip()}]

    def description(text: str) -> Changes:
        return [{"op": "set-description", "description": text}]

    return [
        FieldRow(**edits.field("flow/name", flow.name, name, "Name the flow"), label="Name"),
        FieldRow(
            **edits.field("flow/description", flow.description, description, "Describe the flow"),
            label="Description",
            control="multiline",
            placeholder="What it does, for whoever opens it next",
        ),
    ]


def _budget(flow: Flow, edits: Edits) -> GroupRow:
    def budget(limits: dict[str, Any]) -> Changes:
        written = flow.defaults.model_dump(exclude_defaults=True, exclude={"budget"})
        return [{"op": "set-defaults", "defaults": written | ({"budget": limits} if limits else {})}]

    return budget_row(flow.defaults.budget, "flow/defaults/budget", "a run", edits, budget)


def _defaults(flow: Flow, models: Sequence[str], model_hint: str, edits: Edits) -> list[Any]:
    def field(name: str, label: str, read: Callable[[str], Any], **more: Any) -> FieldRow:
        value = getattr(flow.defaults, name)

        def change(text: str) -> Changes:
            written = flow.defaults.model_dump(exclude_defaults=True)
            written[name] = read(text) if text.strip() else None
            return [{"op": "set-defaults", "defaults": written}]

        shown = "" if value is None else str(value)
        return FieldRow(
            **edits.field(f"flow/defaults/{name}", shown, change, f"Set the default {label.lower()}"),
            label=label,
            **more,
        )

    return [
        field(
            "model",
            "Model",
            str,
            control="combo",
            choices=[(model, label(model)) for model in models],
            placeholder=model_hint,
        ),
        field(
            "system", "System message", str, control="multiline", placeholder="You are a helpful assistant."
        ),
        GroupRow(
            key="flow/defaults/limits",
            style="pair",
            rows=[
                field("timeout", "Timeout", seconds, badge="seconds"),
                field("retries", "Retries", count, placeholder="when useful"),
            ],
        ),
    ]


def _state(flow: Flow, edits: Edits) -> FieldRow:
    def change(text: str) -> Changes:
        state: Any = (
            json_value(text, 'Write a JSON object, for example {"notes": []}.') if text.strip() else {}
        )
        if not isinstance(state, dict):
            raise ValueError('The state is a JSON object, for example {"notes": []}.')
        return [{"op": "set-state", "state": state}]

    shown = json.dumps(flow.state, ensure_ascii=False, indent=2) if flow.state else ""
    return FieldRow(
        **edits.field("flow/state/value", shown, change, "Set the state"),
        label="Value at the start of a run",
        control="multiline",
        mono=True,
        placeholder="{}",
        help="Read it in prompts as {{state.name}}; nodes write it with “Save to the state”.",
    )
