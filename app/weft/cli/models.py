"""`weft models`: who could answer here, how to configure the rest, and whether they do."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.workspace import Workspace


def models(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL", show_default=False, help="With --test: only these, such as openai:gpt-5-mini."
        ),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Ask each that is ready for one word.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List the providers of models: which are ready, and what the others lack.

    With --test each that is ready is asked once: a handful of tokens. Ends with 1 if one of them didn't answer.
    """
    from weft.workspace import Workspace

    workspace = Workspace.open(folder)
    choices = workspace.served.choices()
    if test or named:
        names = named or [choice.models[0] for choice in choices if choice.ready and choice.models]
        _test(workspace, names, as_json=as_json)
        return
    default = workspace.default_model
    rows: list[list[str]] = []
    for choice in choices:
        told: dict[str, Any] = {"provider": choice.name, "ready": choice.ready, "lacks": choice.lacks}
        told |= {"models": choice.models, "address": choice.address, "about": choice.about}
        if as_json:
            terminal.print_line(json.dumps(told))
        state = "ready" if choice.ready else "-"
        model = choice.models[0] if choice.models else f"{choice.name}:NAME"
        rows.append([choice.name, state, model, choice.lacks or choice.address])
    if not as_json:
        for line in terminal.table(rows, head=["provider", "", "model", "address, or what it lacks"]):
            terminal.print_line(line)
        terminal.note(f"{default} answers where nobody names a model.")


def _test(workspace: "Workspace", names: list[str], *, as_json: bool) -> None:
    from weft.engine.cost import dollars
    from weft.workspace.resolving.trying import Tried, tried

    async def all_of_them() -> list[Tried]:
        return await asyncio.gather(*(tried(workspace, name) for name in names))

    found = asyncio.run(all_of_them())
    rows: list[list[str]] = []
    for one in found:
        wrong = (
            {"code": one.error.code, "message": one.error.message, "hint": one.error.hint}
            if one.error
            else None
        )
        told: dict[str, Any] = {"model": one.model, "answer": one.answer, "tokens": one.tokens}
        told |= {"seconds": round(one.seconds, 3), "cost": one.cost, "error": wrong}
        if as_json:
            terminal.print_line(json.dumps(told))
        said = f"{one.error.message} {one.error.hint}" if one.error else one.answer
        cost = "" if one.error else "unknown" if one.cost is None else dollars(one.cost)
        tokens = "" if one.error else str(one.tokens)
        rows.append([one.model, "failed" if one.error else "ok", f"{one.seconds:.2f} s", tokens, cost, said])
    if not as_json:
        for line in terminal.table(rows, head=["model", "", "time", "tokens", "cost", "said"]):
            terminal.print_line(line)
    raise typer.Exit(codes.FAILED if any(one.error for one in found) else codes.OK)
