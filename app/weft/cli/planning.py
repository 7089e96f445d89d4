"""What of a flow is to be run, and what a run would do: the options of `weft run` for it, and its plan."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal

if TYPE_CHECKING:
    from weft.cli.following import Order
    from weft.engine.choice import Choice
    from weft.engine.explaining import StepPlan
    from weft.workspace import Workspace

From = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="NODE",
        show_default=False,
        help="Run this node and all that depends on it anew; what they need is taken as it is known. May be repeated.",
    ),
]
Until = Annotated[
    list[str] | None,
    typer.Option(
        "--until",
        metavar="NODE",
        show_default=False,
        help="Run up to this node: it, and only what it needs. May be repeated.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="NODE",
        show_default=False,
        help="Run this node alone, anew; all it needs must be known already. May be repeated.",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Take nothing from the cache; results still go into it.")
]
Pin = Annotated[
    list[str] | None,
    typer.Option(
        "--pin",
        metavar="NODE=VALUE",
        show_default=False,
        help="Use this value instead of running the node: text, or JSON that starts with { or [. May be repeated.",
    ),
]
Plan = Annotated[
    bool,
    typer.Option("--plan", help="Say which steps are cached and which would run, and why; nothing is run."),
]


def choice(
    start: list[str] | None,
    until: list[str] | None,
    only: list[str] | None,
    fresh: bool,
    pins: list[str] | None,
) -> "Choice | None":
    """The choice that the options mean; None without any. Raises `WeftError` (`bad-choice`)."""
    from weft.engine.choice import Choice

    made = Choice(tuple(start or ()), tuple(until or ()), tuple(only or ()), fresh, read_values(pins, "pin"))
    return made or None


def read_values(given: list[str] | None, option: str) -> dict[str, Any]:
    """`NODE=VALUE`, a value being JSON where it begins like a JSON object or list, and else text."""
    from weft.model.errors import WeftError

    found: dict[str, Any] = {}
    for pair in given or []:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise WeftError(
                f"--{option} {pair!r} has no value.",
                code="bad-choice",
                hint=f"Write --{option} '{name or 'NODE'}=VALUE'.",
            )
        found[name] = _value(name, text, option)
    return found


def _value(name: str, text: str, option: str) -> Any:
    from weft.model.errors import WeftError

    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError as problem:
        raise WeftError(
            f"--{option} {name}: the value begins like JSON and isn't: {problem}.",
            code="bad-choice",
            hint='Mend it, or put it in quotes as a JSON text inside an object: {"output": "..."}.',
        ) from None


def show_plan(workspace: "Workspace", order: "Order", *, as_json: bool) -> None:
    """Print what a run would do. Nothing is called."""

    async def planned() -> "list[StepPlan]":
        try:
            return await workspace.runs().plan(
                order.flow,
                order.inputs,
                slug=order.slug,
                model=order.model,
                session=order.session,
                choice=order.choice,
            )
        finally:
            await workspace.close()

    steps = asyncio.run(planned())
    if as_json:
        for step in steps:
            terminal.print_line(json.dumps(step.as_json(), ensure_ascii=False))
        return
    from weft.engine.explaining import summary

    if steps:
        for line in terminal.table(
            [_row(step) for step in steps], head=["step", "would", "because", "saves"]
        ):
            terminal.print_line(line)
    terminal.out(_sentence(summary(steps)))


def _row(step: "StepPlan") -> list[str]:
    from weft.cli.lines import tokens

    saved = tokens(step.saves.get("usage"))
    words = {
        "run": "run",
        "depends": "depend",
        "cached": "be cached",
        "pinned": "be pinned",
        "given": "be given",
        "skipped": "be skipped",
    }
    because = step.because or (f"from {step.run}" if step.run else "")
    return [step.path, words[step.status], because, f"{saved:,} tokens" if saved else ""]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
