"""A flow again and again, until a condition holds.

After a round, each output of the flow goes to its input of the same name for the next round; what a round didn't give
stays as it was. The flow's inputs are ports: what they get is for the first round, and for all if no output has that
name. `round` gets the number of the round, counted from 0, if the flow has that input.

The rounds share one state: the first starts with the flow's, each other with what the one before left, and a node
with `otherwise: previous` finds its answer of the round before. So a flow of an agent's step goes on like an agent.

`until` is asked after each round, over the flow's outputs and inputs by name (an output wins over the input of that
name, and inputs are those the round was given). Any other name in it is a port.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from weft import Condition, Context, Flow, WeftError, component

ROUND = "round"


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """The flow's inputs but `round`, what else `until` names, the flow's outputs and `rounds`."""
    flow, problems = params.get("flow"), dict[str, str]()
    most = params.get("at_most", 10)
    if type(most) is int and most < 1:
        problems["at_most"] = f"It must do at least one round, not {most}."
    if not isinstance(flow, Flow):
        return {"outputs": {"rounds": int}, "problems": problems}
    outputs = dict.fromkeys(flow.outputs or flow.sinks(), Any)
    if "rounds" in outputs:
        problems["flow"] = (
            "The flow has an output 'rounds', which is what this step calls their number: rename it."
        )
    inputs: dict[str, Any] = {name: given for name, given in flow.inputs.items() if name != ROUND}
    until = params.get("until")
    condition = Condition(until if isinstance(until, str) else "")
    if condition.reads_state:
        problems["until"] = "It can't read the state: let the flow give what it needs as an output."
    for name, must in condition.names.items():
        if name not in outputs and name not in (*inputs, ROUND, "rounds"):
            inputs[name] = Any if must else Any | None
    return {"inputs": inputs, "outputs": {**outputs, "rounds": int}, "problems": problems}


@component(
    ports=ports,
    ui={
        "title": "Repeat",
        "category": "Flows",
        "icon": "repeat",
        "color": "#f59e0b",
        "at_most": {"counts": "rounds"},
    },
)
async def repeat(
    flow: Annotated[Flow, "What to do in each round: the name of a flow of this workspace, or a flow"],
    until: Annotated[Condition, "When to stop, such as score >= 8: over the flow's outputs and inputs"],
    ctx: Context,
    at_most: Annotated[int, "The most rounds"] = 10,
    at_limit: Annotated[
        Literal["give", "fail"],
        "If it still doesn't hold after the last round: give that round's outputs, or fail",
    ] = "give",
    **inputs: Any,
) -> dict[str, Any]:
    """Run a flow until a condition holds; each round's outputs are the next one's inputs of the same name."""
    given = {name: value for name, value in inputs.items() if name in flow.inputs}
    outputs: dict[str, Any] = {}
    for number in range(max(at_most, 1)):
        if ROUND in flow.inputs:
            given[ROUND] = number
        ctx.progress(number, max(at_most, 1))
        outputs = await ctx.run(flow, given, item=number, session="rounds")
        found = {ROUND: number, "rounds": number + 1, **inputs, **_defaults(flow), **given, **outputs}
        if until(found):
            return {**outputs, "rounds": number + 1}
        given |= {name: value for name, value in outputs.items() if name in flow.inputs}
    if at_limit == "fail":
        raise WeftError(
            f"After {at_most} rounds this still doesn't hold: {until.text[:200]}",
            code="not-reached",
            hint="Allow more rounds, or look at what each of them gave.",
            retryable=False,
        )
    return {**outputs, "rounds": max(at_most, 1)}


def _defaults(flow: Flow) -> dict[str, Any]:
    return {name: given.default for name, given in flow.inputs.items() if given.has_default}
