"""One of several ways, by conditions. The ways not taken are skipped, with all that needs them."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from weft import Condition, Context, WeftError, component

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Case(TypedDict):
    name: Annotated[str, "What the way is called: an output port"]
    when: Annotated[str, "Its condition, such as score >= 7; each name in it becomes a port"]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """An output for each case and one for `else`; an input for each name in a condition."""
    inputs: dict[str, bool] = {}
    outputs: dict[str, Any] = {}
    wrong: list[str] = []
    for place, case in enumerate(_listed(params.get("cases")), 1):
        name, when = case.get("name"), case.get("when")
        if said := _bad_name(name, outputs):
            wrong.append(f"Case {place} {said}.")
            continue
        outputs[str(name)] = Any
        condition = Condition(when if isinstance(when, str) else "")
        if condition.problem:
            wrong.append(f"The condition of {name!r} can't be read: {condition.problem}")
        for needed, must in condition.names.items():
            inputs[needed] = inputs.get(needed, False) or must
    if not outputs and not wrong and "cases" in params:
        wrong.append('It needs a case, such as {"name": "good", "when": "score >= 7"}.')
    return {
        "inputs": {name: Any if must else Any | None for name, must in inputs.items() if name != "value"},
        "outputs": {**outputs, "else": Any},
        "problems": {"cases": " ".join(wrong)} if wrong else {},
    }


@component(
    ports=ports,
    ui={
        "title": "Branch",
        "category": "Logic",
        "icon": "call_split",
        "color": "#8b5cf6",
        "cases": {"columns": {"name": "Way", "when": "Condition"}},
    },
)
async def branch(
    cases: Annotated[
        list[Case], "The ways, in order, each with its condition; the first that holds is taken"
    ],
    value: Annotated[Any, "What goes on, along the way that is taken"],
    ctx: Context,
    **values: Any,
) -> dict[str, Any]:
    """Take one of several ways, by conditions; `else` if none holds."""
    known = {**values, "value": value}
    for case in cases:
        if said := _bad_name(case.get("name"), ()):
            raise WeftError(f"A case {said}.", code="bad-param", retryable=False)
        condition = Condition(case["when"])
        if condition(known, ctx.state if condition.reads_state else {}):
            return {case["name"]: value}
    return {"else": value}


def _listed(cases: Any) -> list[Any]:
    """The cases that are some: what isn't is told by the type of the port."""
    return [case for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []


def _bad_name(name: Any, taken: Any) -> str:
    if not isinstance(name, str) or not name:
        return "has no name"
    if name == "else":
        return "can't be called 'else': that is the way when none holds"
    if not NAME.fullmatch(name):
        return f"can't be called {name[:60]!r}: a name has small letters, digits and '_', and starts with a letter"
    return f"is called {name!r} like one before it" if name in taken else ""
