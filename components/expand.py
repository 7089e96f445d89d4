"""Prompts made from an answer, for this run only: a list of questions, or a plan of prompts that build on each other.

    ["What is near?", "What is missing?"]                       a list of questions, or the same as {"questions": [...]}
    {"nodes": [{"name": "facts", "prompt": "List the facts."},
               {"name": "check", "prompt": "Which are doubtful?", "depends_on": ["facts"]}]}

Each becomes a `prompt` node, named after this one (`adapt_1`, `adapt_2`, ...), and sees `context` first, then what it
depends on. Connect `answers` to the `context` of the node that is to use them: in the place of that edge, it sees each
question with its answer, in order; of a plan, those that nothing else in the plan builds on. Without any, nothing.

What the model wrote is text, whatever stands in it: it is never read as a template, and its names never become ids.
`SCHEMA` is the JSON Schema of what is taken: give it (or a part) as `output` to the prompt that makes the plan, and that
prompt asks again until the answer fits.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, NamedTuple, NoReturn, TypedDict

from weft import Context, Messages, WeftError, component

LIST = {"type": "array", "items": {"type": "string"}}
QUESTIONS = {"type": "object", "required": ["questions"], "properties": {"questions": LIST}}
PLAN = {
    "type": "object",
    "required": ["nodes"],
    "properties": {
        "nodes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "prompt"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 80},
                    "prompt": {"type": "string", "minLength": 1},
                    "depends_on": LIST,
                },
            },
        }
    },
}
SCHEMA: dict[str, Any] = {"anyOf": [LIST, QUESTIONS, PLAN]}
TITLE = 60


class Expanded(TypedDict):
    answers: Annotated[Messages, "Connect it to whoever is to see the new prompts and their answers"]
    context: Annotated[Messages, "What each of them builds on"]
    names: Annotated[list[str], "What the new nodes are called"]


class Part(NamedTuple):
    """One prompt of a plan. `after` are the places of those it builds on."""

    title: str
    prompt: str
    after: tuple[int, ...] = ()


@component(
    ui={"title": "Expand", "category": "Flows", "icon": "hub", "color": "#f59e0b"},
    reach={"model": "model", "tools": ["prompts that are written while it runs"]},
)
async def expand(
    plan: Annotated[
        Any, 'Questions as a JSON list, or a plan: {"nodes": [{"name", "prompt", "depends_on"}]}'
    ],
    ctx: Context,
    context: Annotated[list[Messages], "What each new prompt sees first, in order"] = [],  # noqa: B006 - never changed
    model: Annotated[str, 'Who answers, such as "openai:gpt-4.1-mini"; empty: as the rest of the flow'] = "",
    most: Annotated[int, "The most prompts to add: a longer plan is refused"] = 20,
) -> Expanded:
    """Add prompts to this run: one for each question of a list, or those of a plan."""
    parts = _parts(plan)
    if len(parts) > most:
        _refuse(f"it has {len(parts):,} prompts, and at most {most:,} may be added")
    seen = {place for part in parts for place in part.after}
    ends = [place for place in range(len(parts)) if place not in seen]
    names: tuple[str, ...] = ()
    if parts:
        names = ctx.expand(
            {_id(place): _node(part, bool(context), model) for place, part in enumerate(parts)},
            [{"from": _id(place), "to": "_.answers"} for place in ends],
        )
    return {"answers": [], "context": [message for piece in context for message in piece], "names": [*names]}


def _node(part: Part, context: bool, model: str) -> dict[str, Any]:
    seen = ["_.context"] if context else []
    seen += [_id(place) for place in part.after]
    return {
        "component": "prompt",
        "title": part.title if len(part.title) <= TITLE else part.title[: TITLE - 1] + "…",
        "params": {"model": model} if model else {},
        "values": {"prompt": part.prompt},
        "inputs": {"context": seen} if seen else {},
    }


def _id(place: int) -> str:
    return f"_{place + 1}"


# --- what the plan is ---


def _parts(plan: Any) -> list[Part]:
    if isinstance(plan, str):
        plan = _read(plan)
    _check(plan)
    if isinstance(plan, Mapping) and "nodes" in plan:
        return _planned(plan["nodes"])
    questions = plan["questions"] if isinstance(plan, Mapping) else plan
    asked = dict.fromkeys(question.strip() for question in questions)
    return [Part(" ".join(question.split()), question) for question in asked if question]


def _planned(nodes: list[dict[str, Any]]) -> list[Part]:
    places: dict[str, int] = {}
    for place, node in enumerate(nodes):
        if places.setdefault(node["name"], place) != place:
            _refuse(f"two of its nodes are called {node['name']!r}")
    parts: list[Part] = []
    for node in nodes:
        named = list(dict.fromkeys(node.get("depends_on", ())))
        if unknown := [name for name in named if name not in places]:
            _refuse(f"{node['name']!r} depends on {unknown[0][:80]!r}, which isn't in it")
        parts.append(Part(node["name"], node["prompt"], tuple(places[name] for name in named)))
    try:
        TopologicalSorter({place: part.after for place, part in enumerate(parts)}).prepare()
    except CycleError as error:
        circle = " -> ".join(repr(parts[place].title) for place in reversed(error.args[1][:6]))
        _refuse(f"its nodes wait for each other: {circle}")
    return parts


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        _refuse(
            "it is no JSON", "Wire the prompt's port `data`, and say in its `output` what the JSON must be."
        )


def _check(plan: Any) -> None:
    """Whether it is one of the three forms; what is wrong is said of the form that was meant."""
    from jsonschema import Draft202012Validator

    schema: Any = LIST
    if isinstance(plan, Mapping):
        schema = PLAN if "nodes" in plan else QUESTIONS
    error = next(iter(Draft202012Validator(schema).iter_errors(plan)), None)
    if error is not None:
        place = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in error.path).lstrip(
            "."
        )
        _refuse(f"{place + ': ' if place else ''}{error.message[:300]}")


def _refuse(why: str, hint: str = "") -> NoReturn:
    raise WeftError(
        f"The plan can't be used: {why}.",
        code="bad-plan",
        hint=hint or "Say in the prompt that makes it what it must be, or give it the schema as `output`.",
        retryable=False,
    )
