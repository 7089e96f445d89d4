"""What tools add to the estimate of a prompt: the model is told of them each time, asked again after every round of
calls with all that was said before, and a flow that it calls asks models of its own."""

import json
from collections.abc import Iterator
from typing import Any, cast

from weft.catalog import Catalog, Component
from weft.engine.tools import tool
from weft.model import Flow, Node
from weft.model.errors import StepFailed, WeftError
from weft.providers.estimating import about_tokens
from weft.workspace.foreseeing.estimated import Range

RESULT = Range(10, 150, 1000)
"""Tokens that a tool gives, as long as nobody has seen it."""
_USUAL = 2
"""Calls of the model that are likely: one that calls tools, and one that answers."""


class ToolRounds:
    """Of one node. Falsy for one without tools."""

    def __init__(self, node: Node, component: Component, catalog: Catalog) -> None:
        self._given: list[Any] = []
        for port in component.inputs:
            if (port.type.item or port.type).kind == "tool":
                value: Any = node.params.get(port.name)
                self._given += (
                    cast("list[Any]", value) if isinstance(value, list) else [value] if value else []
                )
        self._rounds = _number(node, component, "rounds", 8)
        self.most = _number(node, component, "calls", 32)
        """Calls of tools it may make in all."""
        self._catalog = catalog

    def __bool__(self) -> bool:
        return bool(self._given)

    def asks(self, attempts: int) -> Range:
        """How often the model is asked."""
        return Range(1, _USUAL, self._rounds + max(attempts, 1))

    def sent(self, composed: Range, answered: Range, asks: Range) -> Range:
        """The tokens of what is sent each time, on average, where `composed` is what the first of them is."""
        told = self._told()
        between = answered.plus(RESULT)
        return Range(
            *(
                first + told + grows * max(times - 1, 0) / 2
                for first, grows, times in zip(composed, between, asks, strict=True)
            )
        )

    def flows(self) -> Iterator[tuple[str, Flow]]:
        """The flows that the model may call."""
        for entry in self._given:
            said = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {"component": entry}
            name = said.get("flow", said.get("component"))
            if not isinstance(name, str) or ("flow" not in said and self._catalog.get(name) is not None):
                continue
            try:
                flow = self._catalog.flows(name)
            except WeftError:
                continue  # which is a problem of the flow, and said there
            if flow is not None:
                yield name, flow

    def _told(self) -> int:
        """The tokens in which the tools are described."""
        count = 0
        for entry in self._given:
            try:
                made = tool(entry, self._catalog)
            except StepFailed:
                continue  # which is a problem of the flow, and said there
            count += about_tokens(json.dumps([made.name, made.description, dict(made.schema)], default=str))
        return count


def _number(node: Node, component: Component, name: str, otherwise: int) -> int:
    value: Any = node.params.get(name)
    if value is None:
        value = next((port.default for port in component.inputs if port.name == name), None)
    return value if type(value) is int and value >= 0 else otherwise
