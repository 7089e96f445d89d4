"""Which control a port's value is typed into, and what stands in it."""

from collections.abc import Sequence
from typing import Any

from weft.catalog.ports import Port
from weft.ui.inspector.rows import Choices, Control
from weft.ui.inspector.values import shown
from weft.ui.models import label

UNSET = ""


def control_of(port: Port, value: Any, models: Sequence[str], flows: Choices) -> tuple[Control, Choices]:
    """The control for a port that holds this value, and what can be chosen there."""
    if port.choices:
        default = "" if port.default is None else f" ({port.default})"
        unset = [] if port.required else [(UNSET, f"Default{default}")]
        return "select", [*unset, *((str(choice), str(choice)) for choice in port.choices)]
    match port.type.kind:
        case "boolean":
            return "switch", ()
        case "model":
            return "combo", [(model, label(model)) for model in models]
        case "flow":
            return "combo", flows
        case "template" | "json" | "list" | "messages":
            return "multiline", ()
        case "text" | "any" if port.multiline or port.type.kind == "any":
            return "multiline", ()
        case _ if isinstance(value, str) and "\n" in value:
            return "multiline", ()  # a line would lose its breaks
        case _:
            return "text", ()


def shown_in(control: Control, value: Any, port: Port) -> str | bool:
    """What the control shows of the value; None is one that isn't set."""
    if control == "switch":
        return bool(port.default if value is None else value)
    if control == "select":
        return UNSET if value is None else str(value)
    return shown(value, port.type)


def placeholder_of(port: Port, control: Control) -> str:
    """What an empty control says: what it means, or what to write."""
    if port.required or control in ("select", "switch"):
        word = "prompt" if port.name == "prompt" else "text"
        return f"a {word}, with {{{{names}}}} as inputs" if port.type.kind == "template" else ""
    match port.type.kind:
        case "model":
            return "the flow's model"
        case "secret":
            return "NAME_OF_SECRET"
        case "file":
            return "path in files/"
        case _:
            return shown(port.default, port.type)


def needs_mono(port: Port, text: str | bool) -> bool:
    """Whether what is typed is code rather than words."""
    return port.type.kind in ("json", "expression", "condition", "list", "messages", "flow") or (
        port.type.kind == "any" and str(text)[:1] in ("{", "[")
    )
