"""`weft runs`: what was run here, and what came of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from weft.cli import terminal
from weft.cli.compared import compare
from weft.cli.exporting import export
from weft.cli.options import AsJson, Folder, RunId
from weft.cli.planning import rerun
from weft.cli.pruning import prune
from weft.cli.wanted import OfFlow, OfSession, OfStatus, Since, Until, filters
from weft.cli.watching import watch

if TYPE_CHECKING:
    from weft.model.errors import NotFound
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService
    from weft.runs.state import RunState

T = TypeVar("T")

AMBIGUOUS = 6  # runs looked at for one whose id begins as given

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    as_json: AsJson = False,
    flow: OfFlow = None,
    status: OfStatus = None,
    since: Since = None,
    until: Until = None,
    session: OfSession = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 20,
    before: Annotated[
        str | None,
        typer.Option(metavar="ID", show_default=False, help="Go on with those older than this run."),
    ] = None,
    folder: Folder = None,
) -> None:
    """List the runs of the workspace, the newest first.

    A note says why a run failed, what one that waits asks, and how one goes on whose process died.
    """
    if context.invoked_subcommand is not None:
        return
    from weft.cli.listed import HEAD, listed_json, more, rows

    wanted = filters(flow, status, since, until, session)
    if before is not None:
        wanted["before"] = before

    async def found(service: "RunService") -> "tuple[list[RunRecord], list[list[str]]]":
        records = await service.runs(limit=limit, **wanted)
        return records, [] if as_json else await rows(service, records)

    listed = ask(folder, found)
    if as_json:
        for record in listed[0] if listed else []:
            terminal.print_line(json.dumps(listed_json(record), ensure_ascii=False))
    elif listed is None or not listed[0]:
        terminal.note("No runs here yet: 'weft run FLOW' makes one." if listed is None else "No such runs.")
    else:
        for line in terminal.table(listed[1], head=HEAD):
            terminal.print_line(line)
        more(listed[0], limit)


@app.command("show")
def show(
    run_id: RunId,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", show_default=False, help="One step, whole: its inputs, value, calls and log."
        ),
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show one run: its inputs, each step with its value, usage and error, and its outputs."""
    from weft.cli.shown_run import lines_of, record_json, state_json

    if step is not None:
        show_step(run_id, step, folder, as_json=as_json)
        return
    found = ask(folder, lambda service: find(service, run_id))
    if found is None:
        raise no_run(run_id)
    record, state = found
    if as_json:
        terminal.print_line(json.dumps(record_json(record) | state_json(state), ensure_ascii=False))
        return
    for line in lines_of(record, state):
        terminal.print_line(line)


def show_step(run_id: str, path: str, folder: str | None, *, as_json: bool) -> None:
    from weft.cli.shown_step import ShownStep

    async def found(service: "RunService") -> ShownStep:
        record, state = await find(service, run_id)
        return ShownStep(record, state, await service.events(record.id), path)

    shown = ask(folder, found)
    if shown is None:
        raise no_run(run_id)
    if as_json:
        terminal.print_line(json.dumps(shown.json(), ensure_ascii=False))
        return
    for line in shown.lines():
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
app.command("export")(export)
app.command("prune")(prune)
app.command("watch")(watch)
app.command("compare")(compare)


async def find(service: "RunService", text: str) -> "tuple[RunRecord, RunState]":
    """The run whose id is `text`, or the only one whose id begins so."""
    run_id = await find_id(service, text)
    return await service.get(run_id), await service.state(run_id)


async def find_id(service: "RunService", text: str) -> str:
    """The id that is `text`, or the only one that begins so."""
    from weft.model.errors import NotFound

    # Those that begin alike lie side by side in the order of the ids.
    found = await service.runs(before=f"{text}~", limit=AMBIGUOUS) if text else []
    alike = [one.id for one in found if one.id.startswith(text)]
    if len(alike) > 1 and text not in alike:
        some = ", ".join(alike[:5])
        raise NotFound(
            f"Several runs begin with {text!r}: {some}.", code="no-run", hint="Give more of the id."
        )
    if not alike:
        raise no_run(text)
    return text if text in alike else alike[0]


def no_run(text: str) -> "NotFound":
    from weft.model.errors import NotFound

    return NotFound(f"There is no run {text!r} here.", code="no-run", hint="'weft runs' lists them.")
