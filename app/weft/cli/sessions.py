"""`weft sessions`: what runs of a flow left for the next."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, FlowName, Folder, flow_names
from weft.cli.runs.finding import ask

if TYPE_CHECKING:
    from weft.runs.learnt import Learnt

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
    from weft.runs.learnt import RECORD
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
    _models(found.state)
    _values("State", {name: value for name, value in found.state.items() if name != RECORD})
    for path, value in found.previous.items():
        _values(path, value)


@app.command("forget")
def forget(
    flow: FlowName,
    name: NameOfSession,
    models: Annotated[
        bool, typer.Option("--models", help="Only what it has learnt of models; the rest of it stays.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Let a session go: its next run begins anew."""
    from weft.runs.sessions import no_session

    async def gone(service: Any) -> bool:
        await (service.unlearn if models else service.forget)(_key(flow), name)
        return True

    if ask(folder, gone) is None:
        raise no_session(flow, name)
    what = "What it has learnt of models" if models else f"The session {name!r} of {flow!r}"
    terminal.note(f"{what} is forgotten.")


def _key(flow: str) -> str:
    """Sessions go by the flow's slug, which is also the name of its file."""
    return Path(flow).stem if flow.endswith(".json") else flow


def _models(state: dict[str, Any]) -> None:
    """How often each model was tried at each kind of task, and how well it did."""
    from weft.runs.learnt import learnt

    known = learnt(state)
    rows = [[kind, *_row(one)] for kind, models in known.items() for one in models]
    if rows:
        terminal.print_line(terminal.styled("Models", "bold"))
        for line in terminal.table(rows, head=["kind", "model", "tried", "score"]):
            terminal.print_line(f"  {line}")


def _row(one: "Learnt") -> list[str]:
    return [one.model, str(one.tried), f"{one.score:.2f}"]


def _values(title: str, values: dict[str, Any]) -> None:
    from weft.cli.runs.shown_run import LONGEST

    terminal.print_line(terminal.styled(terminal.clean(title), "bold"))
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        more = f"… ({len(text) - LONGEST:,} more characters; --json shows all)" if len(text) > LONGEST else ""
        terminal.out(f"  {name}: {text[:LONGEST]}{more}")
