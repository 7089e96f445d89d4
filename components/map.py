"""A flow for each item of a list.

The item goes to the flow's input `item`, else to its only input, or its only required one; its number, counted from
0, to `index` if the flow has that input. The flow's other inputs are ports, and the same for every item. Each item's
run has a state of its own, new from the flow's. The list of results is in the order of the items, whoever came first.

When an item fails:
    fail     the others are cancelled, and the step fails with that item's failure
    skip     it is left out of the results
    collect  it is there as {"error": {"code", "message", "hint"}}, so that results and items stay side by side
In both of the last, `errors` lists them: {"index", "code", "message", "hint"}. An item whose flow took none of its
outputs, as one that a branch in it let go, is left out, and with `collect` it is null.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

from weft import Context, Flow, WeftError, component

ITEM, INDEX = "item", "index"


class Results(TypedDict):
    output: Annotated[
        list[Any], "The results, in the order of the items: each the flow's one output, or all by name"
    ]
    errors: Annotated[list[Any], "The items that failed: index, code, message, hint"]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the flow that are the same for all items."""
    flow, items, problems = params.get("flow"), params.get("items"), dict[str, str]()
    if items is not None and not isinstance(items, list):
        problems["items"] = f"The items must be a list, not {type(items).__name__}."
    if isinstance(at_once := params.get("at_once"), int) and at_once < 1:
        problems["at_once"] = f"At least one item must be done at once, not {at_once}."
    if not isinstance(flow, Flow):
        return {"problems": problems}
    taking = item_input(flow)
    if taking is None:
        problems["flow"] = (
            "The flow must take the item: call one of its inputs 'item', or let one alone be required."
        )
    others = {name: given for name, given in flow.inputs.items() if name not in (taking, INDEX)}
    return {"inputs": others, "problems": problems}


@component(ports=ports, ui={"title": "Map", "category": "Flows", "icon": "checklist", "color": "#f59e0b"})
async def map(
    flow: Annotated[Flow, "What to do with each item: the name of a flow of this workspace, or a flow"],
    items: Annotated[list[Any] | dict[str, Any], "The items: a JSON list"],
    ctx: Context,
    at_once: Annotated[int, "How many items at once"] = 8,
    on_item_error: Annotated[
        Literal["fail", "skip", "collect"], "When an item fails: fail, leave it out, or put its error there"
    ] = "fail",
    **inputs: Any,
) -> Results:
    """Run a flow for each item of a list, some at once; the results are in the order of the items."""
    if not isinstance(items, list):
        raise WeftError(
            f"The items are {_called(items)}, not a list.",
            code="wrong-type",
            hint="Connect an output that gives a JSON list.",
            retryable=False,
        )
    work = _Work(flow, items, ctx, on_item_error, inputs)
    ctx.progress(0, len(items))
    if len(items) == 1:
        await work.do(0)
    elif items:
        await work.all(max(1, min(at_once, len(items))))
    return work.results()


class _Work:
    """The items being done. What isn't begun costs nothing, what is done its result."""

    def __init__(
        self, flow: Flow, items: list[Any], ctx: Context, on_error: str, inputs: dict[str, Any]
    ) -> None:
        taking = item_input(flow)
        if taking is None:
            raise WeftError("The flow has no input that takes the item.", code="bad-param", retryable=False)
        self.flow, self.items, self.ctx, self.on_error = flow, items, ctx, on_error
        self.taking = taking
        self.numbered = INDEX in flow.inputs and taking != INDEX
        self.inputs = {name: value for name, value in inputs.items() if name in flow.inputs}
        self.single = len(flow.outputs or flow.sinks()) == 1
        self.done: dict[int, Any] = {}
        self.errors: dict[int, dict[str, Any]] = {}
        self.count = 0

    async def all(self, at_once: int) -> None:
        """So many at once, each taking the next when it has done one."""
        numbers = iter(range(len(self.items)))

        async def work() -> None:
            for number in numbers:
                await self.do(number)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(work())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def do(self, number: int) -> None:
        given = {**self.inputs, self.taking: self.items[number]}
        if self.numbered:
            given[INDEX] = number
        try:
            outputs = await self.ctx.run(self.flow, given, item=number)
        except WeftError as failed:
            self.fail(number, failed)
        else:
            if outputs:
                self.done[number] = next(iter(outputs.values())) if self.single else outputs
        self.count += 1
        self.ctx.progress(self.count, len(self.items))

    def fail(self, number: int, failed: WeftError) -> None:
        refused = failed.code == "limit-exceeded" and getattr(failed, "node", None) is None
        if refused:  # not this item is at fault: they are too many
            raise failed
        if self.on_error == "fail":
            raise WeftError(
                f"Item {number} failed: {failed.message}",
                code=failed.code,
                hint=failed.hint,
                retryable=failed.retryable,
            ) from None
        self.errors[number] = {"code": failed.code, "message": failed.message, "hint": failed.hint}

    def results(self) -> Results:
        numbers = range(len(self.items)) if self.on_error == "collect" else sorted(self.done)
        return {
            "output": [
                {"error": self.errors[one]} if one in self.errors else self.done.get(one) for one in numbers
            ],
            "errors": [{"index": one, **self.errors[one]} for one in sorted(self.errors)],
        }


def item_input(flow: Flow) -> str | None:
    """The input that takes the item; None if it can't be told."""
    if ITEM in flow.inputs:
        return ITEM
    names = [name for name in flow.inputs if name != INDEX]
    required = [name for name in names if not flow.inputs[name].has_default]
    one = required if len(names) > 1 else names
    return one[0] if len(one) == 1 else None


def _called(items: Any) -> str:
    return {str: "a text", dict: "an object", int: "a number", float: "a number", bool: "true or false"}.get(
        type(items), "nothing"
    )
