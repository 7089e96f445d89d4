"""Whether the messages of a component can be shown before anything runs."""

from typing import Any

from weft.catalog.component import Component


def why_not(component: Component) -> str:
    """Why a component's messages can't be shown beforehand, as a sentence; "" if they can."""
    if not model_port(component):
        return "It asks no model. This is what it gets:"
    if any((port.type.item or port.type).kind == "flow" for port in component.inputs):
        return f"{component.title} runs flows, whose nodes are looked at one by one. This is what it gets:"
    hints: Any = component.ui.get(model_port(component)) or {}
    if not component.pure and hints.get("asked") != "first":
        return (
            f"What {component.title} writes to its model isn't known beforehand: it may do other things first. "
            "This is what it gets:"
        )
    return ""


def model_port(component: Component) -> str:
    """The port that takes the model; "" if there is none."""
    return next((port.name for port in component.inputs if port.type.kind == "model"), "")
