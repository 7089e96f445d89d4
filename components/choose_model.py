"""Which model a subtask is given: by rules, by a cheap judge, or by a record of which did well where, within a budget.

After the idea of M3, which chooses a model for each subtask from what came of earlier ones, and of AgentTTS, which
divides a budget among subtasks and finds that a small model is often worth more than a large one. Here the record is
kept in the run's state, so runs of one session learn from each other: `rate_model` writes it, `choose_model` reads it.
"""

import re
from typing import Annotated, Any, Literal, TypedDict, cast

from weft import ChatModel, Context, Template, WeftError, component, providers

RECORD = "model_record"


class Chosen(TypedDict):
    model: Annotated[str, "The model's name; wire it to the model of a prompt"]
    why: Annotated[str, "Why this one"]


@component(
    ui={
        "title": "Choose model",
        "category": "Prompts",
        "icon": "alt_route",
        "color": "#5b6cff",
        "candidates": {"items": "Model"},
        "kind": {"record": RECORD},
        "judge": {"if": {"how": ["judge"]}},
        "rules": {"if": {"how": ["rules"]}},
    },
    reach={"candidates": "model", "rules": {"model": {"how": ["rules"]}}},
)
async def choose_model(
    task: Annotated[Template, "What is to be done; each {{name}} becomes a port"],
    candidates: Annotated[list[str], "The models to choose from, the cheapest first"],
    ctx: Context,
    how: Annotated[
        Literal["record", "rules", "judge"],
        "By what did well before, by the rules, or by asking the judge",
    ] = "record",
    rules: Annotated[
        list[dict[str, Any]],
        'Such as {"contains": "code", "model": "..."} or {"longer_than": 2000, "model": "..."}; the first that fits',
    ] = [],  # noqa: B006
    judge: Annotated[ChatModel | None, "A cheap model that says how hard the task is"] = None,
    budget: Annotated[float | None, "Dollars that one call may cost, by the prices here"] = None,
    answer_tokens: Annotated[int, "About how long the answer will be, for the budget"] = 400,
    kind: Annotated[str, "What kind of task it is: each has a record of its own"] = "task",
    good: Annotated[float, "The mean score, from 0 to 1, from which a model is good enough"] = 0.7,
) -> Chosen:
    """Choose the model for a subtask."""
    allowed = _within(candidates, task, budget, answer_tokens, ctx)
    if how == "rules":
        return _by_rules(rules, task, allowed)
    if how == "judge":
        if judge is None:
            raise _wrong("a judge is asked, and there is none", "Give the node a `judge`.")
        return await _by_judge(judge, task, allowed)
    return _by_record(ctx.state.get(f"{RECORD}.{_slug(kind)}", []), allowed, good)


@component(
    ui={
        "title": "Rate model",
        "category": "Prompts",
        "icon": "thumbs_up_down",
        "color": "#5b6cff",
        "kind": {"record": RECORD},
    },
    reach={"model": "nothing"},
)
async def rate_model(
    model: Annotated[str, "The model that answered"],
    score: Annotated[float, "How well it did, from 0 to 1"],
    ctx: Context,
    kind: Annotated[str, "What kind of task it was"] = "task",
) -> dict[str, Any]:
    """Note how well a model did, for `choose_model` in this run and the next of its session."""
    if not 0 <= score <= 1:
        raise _wrong(f"a score is from 0 to 1, and this is {score:g}", "Divide it by the best there can be.")
    path = f"{RECORD}.{_slug(kind)}"
    record = cast("list[dict[str, Any]]", ctx.state.get(path, []))
    if not any(one["model"] == model for one in record):
        record.append({"model": model, "tried": 0, "score": 0.0})
    mine = next(one for one in record if one["model"] == model)
    total = mine["score"] * mine["tried"] + score
    mine["tried"] += 1
    mine["score"] = round(total / mine["tried"], 6)
    ctx.state.set(path, record)
    return mine


def _within(candidates: list[str], task: str, budget: float | None, answer: int, ctx: Context) -> list[str]:
    """The candidates that a call of about this length may cost. One whose price nobody knows can't be within a budget."""
    if not candidates:
        raise _wrong("there is no model to choose from", "Name at least one in `candidates`.")
    for name in candidates:
        providers.parse_chain(name)
    if budget is None:
        return candidates
    costs = {name: providers.about_cost(name, task, answer, ctx) for name in candidates}
    allowed = [name for name, cost in costs.items() if cost is not None and cost <= budget]
    if not allowed:
        known = {name: cost for name, cost in costs.items() if cost is not None}
        least = min(known.values(), default=None)
        need = f"the cheapest needs about ${least:.6f}" if least is not None else "no price is known"
        raise _wrong(f"no candidate fits ${budget:g}: {need}", "Raise the budget, or add a cheaper model.")
    return allowed


def _by_rules(rules: list[dict[str, Any]], task: str, allowed: list[str]) -> Chosen:
    for number, rule in enumerate(rules, 1):
        model = rule.get("model")
        unknown = rule.keys() - {"contains", "longer_than", "model"}
        if not isinstance(model, str) or unknown:
            raise _wrong(f"rule {number} is none", 'Write it such as {"contains": "code", "model": "..."}.')
        word, length = rule.get("contains"), rule.get("longer_than")
        fits = word is None or str(word).lower() in task.lower()
        fits = fits and (length is None or len(task) > length)
        if fits and model in allowed:
            return {"model": model, "why": f"rule {number}"}
    return {"model": allowed[0], "why": "no rule fits: the cheapest"}


async def _by_judge(judge: ChatModel, task: str, allowed: list[str]) -> Chosen:
    """The judge says how hard it is, not whom to ask: its answer can name no model that isn't a candidate."""
    question = (
        "How hard is this task for a language model? Answer with one whole number from 1 (trivial) to 5 (very hard) "
        f"and nothing else.\n\nTask:\n{task[:8000]}"
    )
    answer = await judge.ainvoke(providers.messages([{"role": "user", "content": question}]))
    found = re.search(r"[1-5]", providers.text(answer))
    hard = int(found[0]) if found else 3
    place = round((hard - 1) / 4 * (len(allowed) - 1))
    return {"model": allowed[place], "why": f"the judge finds it {hard} of 5 hard"}


def _by_record(record: Any, allowed: list[str], good: float) -> Chosen:
    """The cheapest that is good enough; else one that wasn't tried yet, the cheapest first; else the best there is."""
    known = {one["model"]: one for one in cast("list[dict[str, Any]]", record) if one["model"] in allowed}
    for name in allowed:
        if name not in known:
            return {"model": name, "why": "not tried yet"}
        if known[name]["score"] >= good:
            return {"model": name, "why": f"the cheapest that is good enough: {_told(known[name])}"}
    best = max(allowed, key=lambda name: known[name]["score"])
    return {"model": best, "why": f"none is good enough, and this is the best: {_told(known[best])}"}


def _told(one: dict[str, Any]) -> str:
    return f"{one['score']:.2f} on average of {one['tried']}"


def _slug(kind: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", kind.lower()).strip("_") or "task"


def _wrong(why: str, hint: str) -> WeftError:
    return WeftError(f"No model can be chosen: {why}.", code="no-choice", hint=hint, retryable=False)
