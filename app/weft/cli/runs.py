"""`weft runs`: what was run here, and what came of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from weft.cli import terminal
from weft.cli.compared import compare
from weft.cli.options import AsJson, Folder, flow_names
from weft.cli.planning import rerun

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService
    from weft.runs.state import RunState

T = TypeVar("T")

STATUSES = ("running", "waiting", "succeeded", "failed", "cancelled")
AMBIGUOUS = 200  # runs looked through for one whose id begins as given

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    as_json: AsJson = False,
    flow: Annotated[
        str | None,
        typer.Option(
            metavar="FLOW", autocompletion=flow_names, show_default=False, help="Only those of one flow."
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option(show_default=False, help=f"Only those that are {', '.join(STATUSES)}.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 20,
    folder: Folder = None,
) -> None:
    """List the runs of the workspace, the newest first."""
    if context.invoked_subcommand is not None:
        return
    refuse_status(status)
    from weft.cli.shown_run import record_json, row_of

    records = ask(folder, lambda service: service.runs(flow=flow, status=status, limit=limit))
    if as_json:
        for record in records or []:
            terminal.print_line(json.dumps(record_json(record), ensure_ascii=False))
    elif not records:
        terminal.note("No runs here yet: 'weft run FLOW' makes one." if records is None else "No such runs.")
    else:
        head = ["id", "flow", "status", "when", "took", "tokens", "cost", "error"]
        for line in terminal.table([row_of(record) for record in records], head=head):
            terminal.print_line(line)


@app.command("show")
def show(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="A run's id, or how it begins.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show one run: its inputs, each step with its value, usage and error, and its outputs."""
    from weft.cli.shown_run import lines_of, record_json, state_json
    from weft.model.errors import NotFound

    found = ask(folder, lambda service: find(service, run_id))
    if found is None:
        raise NotFound(f"There is no run {run_id!r} here.", code="no-run", hint="'weft runs' lists them.")
    record, state = found
    if as_json:
        terminal.print_line(json.dumps(record_json(record) | state_json(state), ensure_ascii=False))
        return
    for line in lines_of(record, state):
        terminal.print_line(line)


def ask(folder: str | None, question: "Callable[[RunService], Awaitable[T]]") -> T | None:
    """The answer of the workspace's runs; None when nothing was ever recorded there, and nothing is made then."""
    from weft.model.errors import ReadOnly
    from weft.workspace import Workspace
    from weft.workspace.recording import recorded

    workspace = Workspace.open(folder)
    if not recorded(workspace):
        return None

    async def asked() -> T:
        try:
            service = workspace.runs()
            if workspace.recording:
                raise ReadOnly(workspace.recording, hint="Make it writable: reading a database locks it.")
            return await question(service)
        finally:
            await workspace.close()

    return asyncio.run(asked())


app.command("rerun")(rerun)
app.command("compare")(compare)


async def find(service: "RunService", text: str) -> "tuple[RunRecord, RunState] | None":
    """The run whose id is `text`, or the only one whose id begins so."""
    from weft.model.errors import NotFound

    alike = [one.id for one in await service.runs(limit=AMBIGUOUS) if text and one.id.startswith(text)]
    if len(alike) > 1 and text not in alike:
        some = ", ".join(alike[:5])
        raise NotFound(
            f"Several runs begin with {text!r}: {some}.", code="no-run", hint="Give more of the id."
        )
    run_id = alike[0] if len(alike) == 1 else text
    return await service.get(run_id), await service.state(run_id)


def refuse_status(status: str | None) -> None:
    from weft.model.errors import WeftError
    from weft.workspace.flowfiles import offer

    if status is not None and status not in STATUSES:
        hint = offer(status, STATUSES, otherwise=f"There are: {', '.join(STATUSES)}.")
        raise WeftError(f"A run is never {status!r}.", code="bad-status", hint=hint)
