"""`weft sessions`: what runs of a flow left for the next."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, FlowName, Folder, flow_names
from weft.cli.runs.finding import ask

app = typer.Typer(rich_markup_mode=None)
NameOfSession = Annotated[str, typer.Argument(metavar="NAME", help="The session's name.")]


@app.callback(invoke_without_command=True)
def sessions(
    context: typer.Context,
    as_json: AsJson = False,
    flow: Annotated[
        str | None,
        typer.Option(
            metavar="FLOW", autocompletion=flow_names, show_default=False, help="Only those of one flow."
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """List the sessions of the workspace, the last used first.

    A session is made by 'weft run FLOW --session NAME'. Its runs share their state, and their steps' last answers.
    """
    if context.invoked_subcommand is not None:
        return
    from weft.cli.runs.shown_run import when

    found = ask(folder, lambda service: service.sessions(flow))
    if as_json:
        for one in found or []:
            head = {
                "flow": one.flow,
                "name": one.name,
                "runs": one.runs,
                "run": one.run,
                "updated": one.updated,
            }
            terminal.print_line(json.dumps(head, ensure_ascii=False))
    elif not found:
        terminal.note("No sessions here yet: 'weft run FLOW --session NAME' makes one.")
    else:
        rows = [[one.flow, one.name, str(one.runs), when(one.updated), one.run] for one in found]
        for line in terminal.table(rows, head=["flow", "session", "runs", "last used", "last run"]):
            terminal.print_line(line)


@app.command("show")
def show(flow: FlowName, name: NameOfSession, as_json: AsJson = False, folder: Folder = None) -> None:
    """Show what the next run of a session begins with: its state, and the steps' last answers."""
    from weft.runs.sessions import no_session

    found = ask(folder, lambda service: service.session(_key(flow), name))
    if found is None:
        raise no_session(flow, name)
    if as_json:
        whole = {"flow": flow, "name": name, "runs": found.runs, "run": found.run, "updated": found.updated}
        terminal.print_line(
            json.dumps({**whole, "state": found.state, "previous": found.previous}, ensure_ascii=False)
        )
        return
    terminal.out(f"Session {name} of {flow}: {found.runs} runs, the last {found.run}")
    _values("State", found.state)
    for path, value in found.previous.items():
        _values(path, value)


@app.command("forget")
def forget(flow: FlowName, name: NameOfSession, folder: Folder = None) -> None:
    """Let a session go: its next run begins anew."""
    from weft.runs.sessions import no_session

    async def gone(service: Any) -> bool:
        await service.forget(_key(flow), name)
        return True

    if ask(folder, gone) is None:
        raise no_session(flow, name)
    terminal.note(f"The session {name!r} of {flow!r} is forgotten.")


def _key(flow: str) -> str:
    """Sessions go by the flow's slug, which is also the name of its file."""
    return Path(flow).stem if flow.endswith(".json") else flow


def _values(title: str, values: dict[str, Any]) -> None:
    from weft.cli.runs.shown_run import LONGEST

    terminal.print_line(terminal.styled(terminal.clean(title), "bold"))
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        more = f"… ({len(text) - LONGEST:,} more characters; --json shows all)" if len(text) > LONGEST else ""
        terminal.out(f"  {name}: {text[:LONGEST]}{more}")
