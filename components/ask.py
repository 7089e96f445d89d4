"""A question to a person: the run waits for the answer.

`approve` has two ways on, of which one is taken: `approved` and `declined`, each with the value that was shown. The
others go on with the answer: the edited value, the option chosen, the form as a whole and field by field.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from weft import Context, Template, component

KINDS = ("approve", "edit", "choose", "form")


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    match params.get("kind", "approve"):
        case "approve":
            return {
                "outputs": {
                    "approved": Annotated[
                        Any, "The value, if it was approved; the question if there was none"
                    ],
                    "declined": Annotated[Any, "The same, if it was declined"],
                    "remark": Annotated[str, "What the person had to say about it"],
                }
            }
        case "form":
            return {"outputs": {"output": Annotated[dict[str, Any], "The whole form"], **_fields(params)}}
        case "edit":
            return {"outputs": {"output": Annotated[Any, "The value as the person left it"]}}
        case "choose":
            return {"outputs": {"output": Annotated[Any, "The option chosen"]}}
        case kind:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {str(kind)[:60]!r}")


@component(
    ports=ports,
    ui={
        "title": "Ask",
        "category": "Logic",
        "icon": "person",
        "color": "#ec4899",
        "question": {"multiline": True},
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


def _fields(params: Mapping[str, Any]) -> dict[str, Any]:
    """The types of a form's fields. Raises `ValueError` for a field that can't be a port beside the others."""
    fields = params.get("fields", {})
    if not isinstance(fields, dict):
        raise ValueError(f"fields must be an object, not {str(fields)[:60]!r}")
    found: dict[str, Any] = {}
    for name, given in cast("dict[str, Any]", fields).items():
        kind = cast("dict[str, Any]", given).get("type", "text") if isinstance(given, dict) else given
        if name == "output":
            raise ValueError("a field can't be called 'output': that is the whole form")
        if not isinstance(kind, str):
            raise ValueError(f'the field {name!r} has no type: write "text", or {{"type": "text"}}')
        found[name] = kind
    return found
