"""`weft runs`: what was run here, and what came of it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder, RunId
from weft.cli.runs.compared import compare
from weft.cli.runs.exporting import export
from weft.cli.runs.finding import ask, find, no_run
from weft.cli.runs.pruning import prune
from weft.cli.runs.rerunning import rerun
from weft.cli.runs.wanted import OfFlow, OfSession, OfStatus, Since, Until, filters, wanted_runs
from weft.cli.runs.watching import watch

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService

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
    from weft.cli.runs.listed import HEAD, listed_json, more, rows

    wanted = filters(flow, status, since, until, session)
    if before is not None:
        wanted["before"] = before

    async def found(service: "RunService") -> "tuple[list[RunRecord], list[list[str]]]":
        records = await wanted_runs(service, folder, limit, wanted)
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
    from weft.cli.runs.shown_run import lines_of, record_json, state_json

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
    from weft.cli.runs.shown_step import ShownStep

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


app.command("rerun")(rerun)
app.command("export")(export)
app.command("prune")(prune)
app.command("watch")(watch)
app.command("compare")(compare)
