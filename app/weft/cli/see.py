"""`weft see`: the messages a node's model would get, before anything runs."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import FlowName, Folder, model_option
from weft.cli.runs.finding import find_id, no_run

if TYPE_CHECKING:
    from weft.workspace.foreseeing.preview import Message, Preview, Span


def see(
    flow: FlowName,
    node: Annotated[
        str, typer.Argument(metavar="NODE", show_default=False, help="The node, by its id in the file.")
    ],
    run_id: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="ID",
            show_default=False,
            help="Take the values before it from this run. [default: pins, the cache, the last run]",
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            metavar="NAME=VALUE",
            show_default=False,
            help="An input of the flow; NAME=@FILE takes the text of a file. May be repeated.",
        ),
    ] = None,
    model: Annotated[
        str | None, model_option("Who would answer where the node names no model of its own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
    folder: Folder = None,
) -> None:
    """Show what a node will see: the exact messages its model would get, and where each piece comes from.

    Nothing is run and no model asked. What has no value yet is shown as its name, in ⟨ ⟩. A node that asks no model is
    shown with the values of its ports.
    """
    made = asyncio.run(_looked(flow, node, run_id, given or [], model, folder))
    if as_json:
        terminal.print_line(json.dumps(made.json(), ensure_ascii=False))
    else:
        _print(made)
    if made.trouble:
        terminal.error(made.trouble, made.hint)
        raise typer.Exit(1)


async def _looked(
    flow: str, node: str, run_id: str | None, given: list[str], model: str | None, folder: str | None
) -> "Preview":
    from weft.cli.inputs import read_inputs
    from weft.workspace import Workspace
    from weft.workspace.foreseeing.foreseen import given_of
    from weft.workspace.foreseeing.preview import preview
    from weft.workspace.recording import recorded
    from weft.workspace.trust.trusted import is_own

    workspace = Workspace.of(flow, folder)
    try:
        document = workspace.load(flow)
        inputs = read_inputs(document, given, partial=True)
        if run_id:
            if not recorded(workspace):
                raise no_run(run_id)
            run_id = await find_id(workspace.runs(), run_id)
        slug = workspace.slug_of(flow) if is_own(workspace, workspace.file_of(flow)) else ""
        values = await given_of(workspace, document, slug=slug, run=run_id or "", inputs=inputs, model=model)
        return await preview(workspace, document, node, values, model=model)
    finally:
        await workspace.close()


def _print(made: "Preview") -> None:
    if made.why:
        terminal.out(made.why)
    for message in made.messages or made.values:
        terminal.out()
        cut = f" · {message.cut}" if message.cut else ""
        head = f"{message.role} · about {message.tokens:,} tokens{cut}"
        terminal.print_line(terminal.styled(head, "bold"))
        terminal.out(message.text)
        for line in _sources(message):
            terminal.print_line(terminal.styled(terminal.clean(line), "dim"))
    for tool in made.tools:
        terminal.out()
        head = f"tool {tool.name} · about {tool.tokens:,} tokens"
        terminal.print_line(terminal.styled(terminal.clean(head), "bold"))
        terminal.out(tool.description)
        terminal.out(json.dumps(tool.parameters, ensure_ascii=False))
    if made.schema is not None:
        told = (
            "sent to the model beside the messages" if made.told_schema else "not sent: the answer is checked"
        )
        terminal.out()
        terminal.print_line(terminal.styled(f"schema of the answer · {told}", "bold"))
        terminal.out(json.dumps(made.schema, ensure_ascii=False, indent=2))
    if made.messages or made.values:
        terminal.out()
        terminal.out(summary(made))
        if made.remark:
            terminal.out(made.remark)


def summary(made: "Preview") -> str:
    """The tokens, against what the model takes, in a line."""
    said = f"About {made.tokens:,} tokens"
    if made.model:
        said += f" for {made.model}"
    if made.window:
        said += f", {made.tokens / made.window:.1%} of the {made.window:,} it takes"
    return f"{said}."


def _sources(message: "Message") -> list[str]:
    return list(dict.fromkeys(_source(span) for span in message.spans if span.source.kind != "text"))


def _source(span: "Span") -> str:
    told = f", {span.source.told}" if span.source.told else ""
    return f"  ↳ {span.title}: about {span.tokens:,} tokens{told}"
