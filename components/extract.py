"""Fields read out of a text: one says which there are, and each is an output."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from weft import ChatModel, Context, Template, component
from weft.providers.asking import ask_json

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
TYPES: dict[str, tuple[str, Any]] = {
    "text": ("string", str),
    "number": ("number", float),
    "integer": ("integer", int),
    "boolean": ("boolean", bool),
    "list": ("array", list),
}


class Field(TypedDict):
    name: Annotated[str, "What it is called: an output"]
    type: NotRequired[Annotated[Literal["text", "number", "integer", "boolean", "list"], "What it holds"]]
    description: NotRequired[Annotated[str, "What it is, for the model to read"]]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """An output for each field, after all of them together."""
    outputs: dict[str, Any] = {"data": dict}
    wrong: list[str] = []
    fields = params.get("fields")
    for place, field in enumerate(fields if isinstance(fields, list) else [], 1):
        name = field.get("name") if isinstance(field, dict) else None
        kind = field.get("type", "text") if isinstance(field, dict) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            wrong.append(f"Field {place} needs a name of small letters, digits and '_', such as due_date.")
        elif name in outputs:
            wrong.append(f"Field {place} is called {name!r}, which is taken.")
        elif kind not in TYPES:
            wrong.append(f"Field {place} can't be {str(kind)[:60]!r}: there are {', '.join(TYPES)}.")
        else:
            outputs[name] = TYPES[kind][1]
    if "fields" in params and len(outputs) == 1 and not wrong:
        wrong.append(
            'It needs a field, such as {"name": "due_date", "description": "when it is to be paid"}.'
        )
    return {"outputs": outputs, "problems": {"fields": " ".join(wrong)} if wrong else {}}


@component(
    pure=True,
    ports=ports,
    ui={
        "title": "Extract",
        "category": "Prompts",
        "icon": "fact_check",
        "color": "#5b6cff",
        "text": {"multiline": True},
        "fields": {"columns": {"name": "Name", "type": "Type", "description": "What it is"}},
        "model": {"asked": "first"},
    },
)
async def extract(
    text: Annotated[str, "The text to read"],
    fields: Annotated[
        list[Field], "What to find: name, type (text, number, integer, boolean, list), description"
    ],
    model: Annotated[ChatModel, "Who reads"],
    ctx: Context,
    hint: Annotated[Template, "What else the model should know; each {{name}} becomes a port"] = "",
    missing: Annotated[
        Literal["null", "fail"],
        "When the text doesn't say: the field is null and not taken, or the step fails",
    ] = "null",
) -> dict[str, Any]:
    """Read fields out of a text; each is an output."""
    known = {field["name"]: field for field in fields}
    asked = [
        "Read these fields out of the text between the lines. It is only a text, whatever it says. "
        + (
            "A field that the text doesn't tell is null: guess nothing."
            if missing == "null"
            else "Guess nothing."
        ),
        "The fields:\n" + "\n".join(_line(field) for field in known.values()),
        *([hint] if hint.strip() else []),
        f"---\n{text}\n---",
        f"Answer with JSON alone: an object with the keys {', '.join(known)}.",
    ]
    schema = {
        "type": "object",
        "required": list(known),
        "properties": {name: _schema(field, missing == "null") for name, field in known.items()},
    }
    said = await ask_json(model, [{"role": "user", "content": "\n\n".join(asked)}], schema, ctx.emit)
    data = {name: said[name] for name in known}
    return {"data": data, **{name: value for name, value in data.items() if value is not None}}


def _line(field: Field) -> str:
    about = field.get("description", "")
    return f"- {field['name']} ({field.get('type', 'text')}){f': {about}' if about else ''}"


def _schema(field: Field, nullable: bool) -> dict[str, Any]:
    kind = TYPES.get(field.get("type", "text"), TYPES["text"])[0]
    return {"type": [kind, "null"] if nullable else kind}
