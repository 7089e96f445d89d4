"""`weft runs watch`: a run as it happens, whoever drives it."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder, RunId
from weft.cli.runs.finding import find, no_run
from weft.cli.telling import reporter

if TYPE_CHECKING:
    from weft.cli.following import Reporter
    from weft.workspace import Workspace


def watch(
    run_id: RunId,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="Leave out what has happened already.")
    ] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Follow a run as it happens, from its start and to its end, whichever process drives it.

    Should that process die, whoever takes the run up within some seconds is followed on, as a server does by itself;
    if nobody does, this is said. Ctrl-C leaves the run alone. Ends with 0 when the run succeeded, 1 when it didn't.
    """
    from weft.workspace import Workspace
    from weft.workspace.recording import recorded

    workspace = Workspace.open(folder)
    if not recorded(workspace):
        raise no_run(run_id)
    status = asyncio.run(_watched(workspace, run_id, reporter(as_json=as_json), from_now=from_now))
    raise typer.Exit(codes.OK if status == "succeeded" else codes.FAILED)


async def _watched(workspace: "Workspace", text: str, reporter: "Reporter", *, from_now: bool) -> str:
    """How the run ended; "" if it hasn't, and there is nothing more to be seen."""
    from weft.cli.following import Order
    from weft.model.errors import Conflict
    from weft.model.text import loads

    service = workspace.runs()
    status = ""
    try:
        record, state = await find(service, text)
        order = Order(record.flow, loads(record.document), record.inputs, record.model, record.parallel)
        reporter.begin(order, record.id)
        async for event in service.watch(record.id, after=state.seq if from_now and not record.over else 0):
            reporter.tell(event)
            if event.kind == "run-finished":
                status = event.data["status"]
                _say_why(event.data)
    except Conflict as problem:
        if problem.code != "left-behind":
            raise
        reporter.end()
        terminal.error(problem.message, problem.hint)
    finally:
        reporter.end()
        await workspace.close()
    return status


def _say_why(outcome: "Mapping[str, Any]") -> None:
    if error := outcome.get("error"):
        terminal.error(str(error.get("message", "")), str(error.get("hint") or ""))
