"""One of several ways, chosen by a model. The ways not taken are skipped, with all that needs them."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from weft import ChatModel, Context, Template, WeftError, component, providers

ATTEMPTS = 3
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
SYSTEM = "You sort what you are given into one of the cases named there, the one that fits best."
NONE_FITS = "none of the others fits"


class Case(TypedDict):
    name: Annotated[str, "What the way is called: an output port"]
    description: NotRequired[Annotated[str, "What belongs there, for the model to read"]]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """An output for each case, and one for `else` unless it is forbidden."""
    names: list[str] = []
    wrong: list[str] = []
    cases = params.get("cases")
    for place, case in enumerate(cases if isinstance(cases, list) else [], 1):
        name = case.get("name") if isinstance(case, dict) else None
        if said := _bad_name(name, names):
            wrong.append(f"Case {place} {said}.")
        else:
            names.append(str(name))
    if not names and not wrong and "cases" in params:
        wrong.append('It needs a case, such as {"name": "question", "description": "asks for something"}.')
    outputs = [*names, "else"] if params.get("allow_else", True) else names
    problems = {"cases": " ".join(wrong)} if wrong else {}
    return {"outputs": dict.fromkeys(outputs, Any), "problems": problems}


@component(
    ports=ports,
    ui={
        "title": "Classify",
        "category": "Logic",
        "icon": "alt_route",
        "color": "#8b5cf6",
        "question": {"multiline": True},
        "model": {"asked": "first"},
        "cases": {"columns": {"name": "Way", "description": "What belongs there"}},
    },
)
async def classify(
    cases: Annotated[list[Case], "The ways, each with a description for the model"],
    value: Annotated[Any, "What is sorted, and goes on along its way"],
    model: Annotated[ChatModel, 'Who decides, such as "openai:gpt-4.1-mini"'],
    ctx: Context,
    question: Annotated[Template, "What to ask; each {{name}} becomes a port"] = "Which case is this?",
    allow_else: Annotated[bool, "Whether the model may say that no case fits"] = True,
) -> dict[str, Any]:
    """Take one of several ways, chosen by a model; `else` if it says that none fits."""
    names = [case["name"] for case in cases] + (["else"] if allow_else else [])
    if said := next(
        (said for place, name in enumerate(names[: len(cases)]) if (said := _bad_name(name, names[:place]))),
        "",
    ):
        raise WeftError(f"A case {said}.", code="bad-param", retryable=False)
    schema = {"type": "object", "required": ["case"], "properties": {"case": {"enum": names}}}
    asked = _question(question, value, cases, allow_else)
    conversation = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": asked}]
    answer = ""
    for _ in range(ATTEMPTS):
        answer = await _ask(model, conversation, schema, ctx)
        chosen = picked(answer, names)
        if chosen is not None:
            return {chosen: value}
        again = (
            f'That is none of the cases. Answer with JSON alone: {{"case": ...}}, one of {", ".join(names)}.'
        )
        conversation = [
            *conversation[:2],
            {"role": "assistant", "content": answer},
            {"role": "user", "content": again},
        ]
    raise WeftError(
        f"After {ATTEMPTS} attempts the model named none of {', '.join(names)}, but said {answer[:80]!r}.",
        code="invalid-answer",
        hint="Describe the cases better, or choose another model.",
        retryable=False,
    )


def _question(question: str, value: Any, cases: list[Case], allow_else: bool) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    described = [(case["name"], case.get("description", "")) for case in cases]
    lines = [f"- {name}: {text}" if text else f"- {name}" for name, text in described]
    if allow_else:
        lines.append(f"- else: {NONE_FITS}")
    return "\n\n".join(
        [question, shown, "The cases:\n" + "\n".join(lines), 'Answer with JSON alone: {"case": "its name"}.']
    )


def picked(answer: str, names: list[str]) -> str | None:
    """The case in an answer: in the last JSON object that names one, or all the answer says."""
    for found in reversed(re.findall(r"\{[^{}]*\}", answer)):
        try:
            case = json.loads(found).get("case")
        except (ValueError, RecursionError):
            continue
        if case in names:
            return str(case)
    said = answer.strip().strip("\"'`*. \n").lower()
    return said if said in names else None


async def _ask(model: ChatModel, conversation: list[dict[str, str]], schema: Any, ctx: Context) -> str:
    """One answer, shown as it grows. A broken or truncated one is a failure, never an answer."""
    more = {"weft_schema": schema} if providers.accepts_schema(model) else {}
    whole = None
    async for chunk in model.astream(providers.messages(conversation), **more):
        ctx.emit(providers.text(chunk))
        whole = chunk if whole is None else whole + chunk
    if whole is None:
        raise WeftError("The model answered with nothing.", code="empty-answer", retryable=True)
    providers.ensure_complete(whole)
    return providers.text(whole)


def _bad_name(name: Any, taken: list[str]) -> str:
    if not isinstance(name, str) or not name:
        return "has no name"
    if name == "else":
        return "can't be called 'else': that is the way when none fits"
    if not NAME.fullmatch(name):
        return f"can't be called {name[:60]!r}: a name has small letters, digits and '_', and starts with a letter"
    return f"is called {name!r} like one before it" if name in taken else ""
