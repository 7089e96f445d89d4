"""`weft runs watch`: a run as it happens, whoever drives it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder, RunId

if TYPE_CHECKING:
    from weft.cli.following import Reporter
    from weft.runs.service import RunService
    from weft.workspace import Workspace

GLANCE = 1.0
"""Seconds between two looks at whether the process that drives the run is still there."""


def watch(
    run_id: RunId,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="Leave out what has happened already.")
    ] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Follow a run as it happens, from its start and to its end, whichever process drives it.

    Should that process die, this is said, and watching goes on: a server takes the run up again, and so does
    'weft resume'. Ctrl-C leaves the run alone. Ends with 0 when the run succeeded, 1 when it didn't.
    """
    from weft.cli.run import reporter
    from weft.cli.runs import no_run
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
    from weft.cli.runs import find
    from weft.model.text import loads

    service = workspace.runs()
    status, looking = "", None
    try:
        record, state = await find(service, text)
        order = Order(record.flow, loads(record.document), record.inputs, record.model, record.parallel)
        reporter.begin(order, record.id)
        looking = asyncio.create_task(_look_after(service, record.id, reporter), name="look after the owner")
        async for event in service.watch(record.id, after=state.seq if from_now and not record.over else 0):
            reporter.tell(event)
            if event.kind == "run-finished":
                status = event.data["status"]
                _say_why(event.data)
    finally:
        reporter.end()
        if looking is not None:
            looking.cancel()
            await asyncio.wait({looking})
        await workspace.close()
    return status


async def _look_after(service: "RunService", run_id: str, reporter: "Reporter") -> None:
    """Say it when the process that drives the run dies, once for each."""
    from weft.cli.listed import left_behind

    dead = ""
    while not (record := await service.get(run_id)).over:
        if left_behind(record) and record.owner != dead:
            dead = record.owner
            reporter.hold()
            terminal.warning(
                "The process that drove the run has died; what was recorded is kept.",
                f"'weft resume {run_id}' goes on with it, and a server does so by itself. Ctrl-C stops watching.",
            )
            reporter.go_on()
        await asyncio.sleep(GLANCE)


def _say_why(outcome: "dict[str, object]") -> None:
    error = outcome.get("error")
    if isinstance(error, dict):
        terminal.error(str(error.get("message", "")), str(error.get("hint") or ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
