"""A question to a person: the run waits for the answer.

`approve` has two ways on, of which one is taken: `approved` and `declined`, each with the value that was shown. The
others go on with the answer: the edited value, the option chosen, the form as a whole and field by field.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from weft import Context, Template, component

TYPES = ("text", "number", "integer", "boolean", "json", "messages", "file", "any")


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """The ways on, which depend on `kind`."""
    match params.get("kind", "approve"):
        case "form":
            fields, problems = _fields(params)
            whole = {"output": Annotated[dict[str, Any], "The whole form"]}
            return {"outputs": {**whole, **fields}, "problems": problems}
        case "edit":
            return {"outputs": {"output": Annotated[Any, "The value as the person left it"]}}
        case "choose":
            none = {"choices": "There is nothing to choose: give at least one option."}
            problems = none if params.get("choices") == [] else {}
            return {"outputs": {"output": Annotated[Any, "The option chosen"]}, "problems": problems}
        case _:
            return {
                "outputs": {
                    "approved": Annotated[
                        Any, "The value, if it was approved; the question if there was none"
                    ],
                    "declined": Annotated[Any, "The same, if it was declined"],
                    "remark": Annotated[str, "What the person had to say about it"],
                }
            }


@component(
    ports=ports,
    ui={
        "title": "Ask",
        "category": "Logic",
        "icon": "person",
        "color": "#ec4899",
        "question": {"multiline": True},
        "choices": {"items": "Option", "if": {"kind": ["choose"]}},
        "fields": {"named": "Field", "if": {"kind": ["form"]}},
    },
)
async def ask(
    question: Annotated[Template, "What to ask; each {{name}} becomes a port"],
    ctx: Context,
    kind: Annotated[
        Literal["approve", "edit", "choose", "form"],
        "Approve something, edit a value, choose an option, or fill a form",
    ] = "approve",
    value: Annotated[Any, "Shown with the question; what is approved or edited"] = None,
    choices: Annotated[list[Any], "The options, to choose one"] = [],  # noqa: B006 - never changed
    fields: Annotated[dict[str, Any], 'The fields of the form, such as {"amount": "number"}'] = {},  # noqa: B006
    answer_within: Annotated[float | None, "Seconds a person has; without it, as long as it takes"] = None,
    default: Annotated[Any, "The answer if nobody gives one in time; without it the step fails"] = None,
) -> dict[str, Any]:
    """Ask a person to approve, edit, choose, or fill a form."""
    answer = await ctx.ask(
        question,
        kind=kind,
        value=value,
        choices=choices,
        fields=fields,
        answer_within=answer_within,
        default=default,
    )
    if kind == "approve":
        way = "approved" if answer["approved"] else "declined"
        return {way: question if value is None else value, "remark": answer["remark"]}
    return {"output": answer, **answer} if kind == "form" else {"output": answer}


def _fields(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The types of a form's fields, which are ports beside the whole form, and what is wrong with them."""
    fields = params.get("fields", {})
    if not isinstance(fields, dict):
        return {}, {}  # no object stands there, which is a problem already
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for name, given in cast("dict[str, Any]", fields).items():
        kind = cast("dict[str, Any]", given).get("type", "text") if isinstance(given, dict) else given
        if name == "output":
            wrong.append("A field can't be called 'output': that is the whole form.")
        elif not name.isidentifier() or not name.isascii():
            wrong.append(f"{name!r} is no name of a field: use letters, digits and '_'.")
        elif not isinstance(kind, str) or kind.removeprefix("list[").removesuffix("]") not in TYPES:
            wrong.append(
                f"The field {name!r} has no type: write one of {', '.join(TYPES)}, or a list[...] of one."
            )
        else:
            found[name] = kind
    return found, {"fields": " ".join(wrong)} if wrong else {}
