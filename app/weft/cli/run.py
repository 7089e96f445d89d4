"""`weft run`: one run of a flow, told on standard error while it happens, its outputs on standard output."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, costs, planning, taping, terminal, trusting
from weft.cli.beforehand import Answer, SessionName, read_answers
from weft.cli.options import FlowName, Folder, model_option
from weft.cli.telling import give, reporter

if TYPE_CHECKING:
    from weft.model import Flow
    from weft.workspace import Workspace


def run(
    flow: FlowName,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            metavar="NAME=VALUE",
            show_default=False,
            help="An input; NAME=@FILE takes the text of a file, NAME=@- standard input. May be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run's events, one JSON object a line.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            show_default=False,
            help="Write the outputs there: JSON if it ends in .json or there are several, else the text.",
        ),
    ] = None,
    model: Annotated[str | None, model_option("Who answers where a node names no model of its own.")] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            "--parallel",
            "-p",
            metavar="N",
            min=1,
            max=1024,
            show_default=False,
            help="Steps at once. [default: 16]",
        ),
    ] = None,
    estimate: costs.Estimate = False,
    max_cost: costs.MaxCost = None,
    max_tokens: costs.MaxTokens = None,
    max_time: costs.MaxTime = None,
    max_steps: Annotated[
        int | None,
        typer.Option(
            "--max-steps",
            metavar="N",
            min=1,
            show_default=False,
            help="End the run when it would have more steps, nested ones included. [default: 100,000]",
        ),
    ] = None,
    answer: Answer = None,
    session: SessionName = None,
    start_at: planning.From = None,
    until: planning.Until = None,
    only: planning.Only = None,
    fresh: planning.Fresh = False,
    pin: planning.Pin = None,
    plan: planning.Plan = False,
    record: taping.Record = False,
    replay: taping.Replay = False,
    cassette: taping.CassetteFile = None,
    trust: trusting.Trust = False,
    folder: Folder = None,
) -> None:
    """Run a flow.

    Its outputs go to standard output. What happens meanwhile goes to standard error: a live table on a terminal,
    plain lines elsewhere. A flow given as a path runs in the workspace that its file lies in. Ctrl-C cancels the run
    and records it so, and so does SIGTERM; 'weft resume' takes over what its steps gave. A second one leaves at once.

    A step is not run again when all that it depends on is the same: its result is taken from the workspace's cache.
    --plan says which steps that are, and why the others would run.

    What the flow asks a person is asked on the terminal. Without one, the run is cancelled once nothing is left to do
    but to wait for answers, unless --answer gave them.

    A flow that isn't one of the workspace's own (a path elsewhere, - for standard input, one just imported) runs once a
    person has read what it can do and said yes: on the terminal, or beforehand with --trust.

    Ends with 0 when the run succeeded, 1 when it failed, 2 for bad use or a file that can't be read as a flow, 3
    when the flow has problems, 4 when a person should have answered, 130 when interrupted, 143 when told to stop.
    """
    from weft.cli.inputs import read_inputs
    from weft.providers import parse_chain
    from weft.providers.redaction import clean_logs
    from weft.workspace import Workspace, atomic

    clean_logs()
    workspace = Workspace.of(flow, folder)
    path, document, text = trusting.read(
        workspace, flow, given or [], taped=cassette is None and (record or replay)
    )
    refuse_problems(workspace, document, path, text)
    inputs = read_inputs(document, given or [])
    if model:
        parse_chain(model)
    if file is not None:
        atomic.refuse_read_only(file)  # before an hour's work, not after it
    from weft.cli.following import Order, follow

    tape = taping.Taping(path, cassette, record=record, replay=replay)
    if estimate:
        costs.show_estimate(workspace, document, inputs, slug=path.stem, model=model, as_json=as_json)
        return
    budget = costs.budget(max_cost, max_tokens, max_time)
    at_once = parallel or workspace.settings.parallel
    limits = workspace.settings.limits.limits()
    if max_steps:
        limits = replace(limits, steps=max_steps)
    order = Order(path.stem, document, inputs, model, at_once, budget, session, read_answers(answer), limits)
    if choice := planning.choice(start_at, until, only, fresh, pin):
        order = replace(order, choice=choice)
    if plan:
        planning.show_plan(workspace, order, as_json=as_json)
        return
    trusting.let_run(workspace, document, path, inputs, model=model, trusted=trust)
    told = asyncio.run(follow(workspace, order, tape.begin(workspace, reporter(as_json=as_json))))
    tape.end()
    if told.code == codes.OK:
        give(told, file, as_json=as_json)
    raise typer.Exit(told.code)


def refuse_problems(workspace: "Workspace", flow: "Flow", path: Path, text: str) -> None:
    """Print what is wrong with the flow; leave with 3 when any of it is an error."""
    from weft.cli.problems import print_problems
    from weft.engine.check import check
    from weft.workspace.flows.flowfiles import shown

    problems = check(flow, workspace.catalog)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        print_problems(errors, file=shown(path), text=text)
        what = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        terminal.error(f"{shown(path)} has {what} and was not run.", f"See 'weft check {shown(path)}'.")
        raise typer.Exit(codes.PROBLEMS)
