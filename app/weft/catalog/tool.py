"""A tool: a component or a flow that a model may call while it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from weft.catalog.context import Context
from weft.model.fitting import misfit
from weft.model.flow import Flow


@dataclass(frozen=True, slots=True)
class Tool:
    """What the model is told of it, and how it is called. Annotates a port that holds the name of a component or a
    flow in the document, `"http"` or `{"component": "http", "params": {...}, "ask": true}`, and this in a step."""

    name: str
    description: str
    schema: Mapping[str, Any]
    """The JSON Schema of its arguments, an object."""
    ask: bool
    """Whether a person is asked before each call."""
    flow_for: Callable[[Mapping[str, Any]], tuple[Flow, dict[str, Any]]]
    """The flow that makes a call with these arguments, and what that flow is given."""

    def wrong(self, arguments: Mapping[str, Any]) -> str:
        """What in these arguments doesn't fit the schema, as the end of a sentence; "" if all does. Raises `ValueError`
        for a schema that is none."""
        return misfit(self.schema, arguments)

    async def call(self, arguments: Mapping[str, Any], ctx: Context, number: int) -> Any:
        """Call it as a step of the run inside this one: its one output, or all by name. `number` counts the calls of
        a step from 0. The arguments must fit the schema. Raises `StepFailed` if the call fails."""
        flow, inputs = self.flow_for(arguments)
        outputs = await ctx.run(flow, inputs, item=number)
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs
