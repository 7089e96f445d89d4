"""A flow as one step of another: a file of the workspace, or one written in place."""

from collections.abc import Mapping
from typing import Annotated, Any

from weft import Context, Flow, component


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The flow's inputs and outputs; a flow that isn't known yet has none."""
    flow = params.get("flow")
    if not isinstance(flow, Flow):
        return {"outputs": {}}
    return {"inputs": flow.inputs, "outputs": dict.fromkeys(flow.outputs or flow.sinks(), Any)}


@component(
    ports=ports, ui={"title": "Subtask", "category": "Flows", "icon": "account_tree", "color": "#f59e0b"}
)
async def subtask(
    flow: Annotated[Flow, "The name of a flow of this workspace, or a flow"], ctx: Context, **inputs: Any
) -> dict[str, Any]:
    """Run a flow as one step; its inputs and outputs are the ports. Its state is its own, new each time."""
    # A condition of this node (`when`) may bring names of its own.
    return await ctx.run(flow, {name: value for name, value in inputs.items() if name in flow.inputs})
