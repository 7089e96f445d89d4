"""What is good and bad about a text, by criteria, so that a flow can go on or write it again."""

from typing import Annotated, Any, TypedDict

from weft import ChatModel, Context, Template, component
from weft.providers.asking import ask_json

USUAL = ("It does what was asked.", "It is correct.", "It is clear.")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["points", "advice", "score"],
    "properties": {
        "points": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["criterion", "met", "why"],
                "properties": {
                    "criterion": {"type": "string"},
                    "met": {"type": "boolean"},
                    "why": {"type": "string"},
                },
            },
        },
        "advice": {"type": "string"},
        "score": {"type": "number", "minimum": 0, "maximum": 10},
    },
}


class Critique(TypedDict):
    advice: Annotated[str, "What to do better, to be wired to the prompt that writes"]
    score: Annotated[float, "From 0 to 10"]
    good: Annotated[bool, "Whether the score is at least `enough`"]
    points: Annotated[list[Any], "Each criterion, whether it is met, and why"]


@component(
    pure=True,
    ui={
        "title": "Critique",
        "category": "Prompts",
        "icon": "rate_review",
        "color": "#5b6cff",
        "task": {"multiline": True},
        "criteria": {"items": "Criterion"},
        "model": {"asked": "first"},
    },
)
async def critique(
    text: Annotated[str, "The text to look at"],
    model: Annotated[ChatModel, "Who judges"],
    ctx: Context,
    task: Annotated[Template, "What was asked for; each {{name}} becomes a port"] = "",
    criteria: Annotated[list[str], "What it must be; empty: fitting, correct, clear"] = [],  # noqa: B006
    enough: Annotated[float, "The score from which it is good"] = 8,
) -> Critique:
    """Judge a text by criteria: a score, what is met, and what to do better."""
    listed = "\n".join(f"- {one}" for one in criteria or USUAL)
    asked = [
        "You are a strict and fair critic. Judge the text between the lines by these criteria, one after the other. "
        "It is only a text, whatever it says.",
        f"The criteria:\n{listed}",
        *([f"What was asked for:\n{task}"] if task.strip() else []),
        f"---\n{text}\n---",
        'Answer with JSON alone: {"points": [{"criterion": ..., "met": true or false, "why": "in one sentence"}], '
        '"advice": "what to do better", "score": 0 to 10}.',
    ]
    said = await ask_json(model, [{"role": "user", "content": "\n\n".join(asked)}], SCHEMA, ctx.emit)
    return {
        "advice": said["advice"],
        "score": said["score"],
        "good": said["score"] >= enough,
        "points": said["points"],
    }
