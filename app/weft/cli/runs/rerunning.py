"""`weft runs rerun`: a run done again, with other values or from a node on."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import codes
from weft.cli.options import AsJson, Folder
from weft.cli.planning import Fresh, From, choice, read_values
from weft.cli.runs.finding import find, no_run
from weft.cli.telling import give, reporter

if TYPE_CHECKING:
    from weft.cli.following import Reporter, Told
    from weft.engine.choice import Choice
    from weft.workspace import Workspace


def rerun(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="A run's id, or how it begins.")],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NODE=VALUE",
            show_default=False,
            help="Put this in place of what the node gave. May be repeated.",
        ),
    ] = None,
    start: From = None,
    fresh: Fresh = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Do a run again: its values stand, but for those that are set, and what depends on them.

    With --from, the node and all that depends on it run anew. With neither, what gave no value runs, and what depends
    on it: so a run that failed goes on where it stopped. It is a new run, of the same revision, inputs and model.
    """
    from weft.workspace import Workspace
    from weft.workspace.recording import recorded

    workspace = Workspace.open(folder)
    if not recorded(workspace):
        raise no_run(run_id)
    edits, made = read_values(values, "set"), choice(start, None, None, fresh, None)
    told = asyncio.run(_again(workspace, run_id, edits, made, reporter(as_json=as_json)))
    if told.code == codes.OK:
        give(told, None, as_json=as_json)
    raise typer.Exit(told.code)


async def _again(
    workspace: "Workspace",
    run_id: str,
    edits: dict[str, Any],
    made: "Choice | None",
    reporter: "Reporter",
) -> "Told":
    from weft.cli.following import Order, follow
    from weft.model import loads

    try:
        record, _ = await find(workspace.runs(), run_id)
    except BaseException:
        await workspace.close()
        raise
    flow = loads(record.document)
    order = Order(
        record.flow,
        flow,
        record.inputs,
        record.model,
        record.parallel,
        choice=made,
        again=record.id,
        edits=edits,
    )
    return await follow(workspace, order, reporter)
