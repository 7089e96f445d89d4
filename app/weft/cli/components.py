"""`weft components`: what a node can be here, and `new`, which writes a component to start from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder, component_names

if TYPE_CHECKING:
    from weft.catalog import Component, LoadError, Port

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def components(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List the components with their ports and help, and the files that couldn't be loaded."""
    if context.invoked_subcommand is not None:
        return
    from weft.workspace import Workspace

    catalog = Workspace.open(folder).catalog
    if as_json:
        for component in catalog.components:
            terminal.print_line(json.dumps(component_json(component)))
        for error in catalog.errors:
            terminal.print_line(json.dumps(error_json(error)))
        return
    width = max((len(component.key) for component in catalog.components), default=0)
    for component in catalog.components:
        own = " (this workspace's)" if component.origin == "workspace" else ""
        name = terminal.styled(component.key.ljust(width), "bold")
        terminal.print_line(f"{name}  {terminal.clean(component.help)}{own}")
        ports = terminal.styled(terminal.clean(signature(component)), "dim")
        terminal.print_line(f"{' ' * width}  {ports}")
    for error in catalog.errors:
        terminal.warning(
            f"{_place(error)}: {error.message}", "The components of that file are missing until it loads."
        )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(autocompletion=component_names, help="A component.")],
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show one component: each of its ports, with type, default and help."""
    from weft.model.errors import NotFound
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import offer

    catalog = Workspace.open(folder).catalog
    component = catalog.get(name) or catalog.latest(name)
    if component is None:
        names = [c.key for c in catalog.components]
        hint = offer(name, names, otherwise=f"There are: {', '.join(names)}.")
        raise NotFound(f"There is no component {name!r}.", code="unknown-component", hint=hint)
    if as_json:
        terminal.print_line(json.dumps(component_json(component)))
        return
    terminal.out(f"{component.key}: {component.help}")
    rows = [["in", *_row(port)] for port in component.inputs] + [
        ["out", *_row(port)] for port in component.outputs
    ]
    for line in terminal.table(rows, head=["", "port", "type", "default", "help"]):
        terminal.print_line(line)


@app.command("new")
def new(
    name: Annotated[
        str, typer.Argument(show_default=False, help="What to call it: small letters, digits, '_'.")
    ],
    folder: Folder = None,
) -> None:
    """Write a five-line component and its test into the workspace's 'components'."""
    from weft.catalog.scaffold import scaffold
    from weft.workspace import Workspace, atomic
    from weft.workspace.flows.flowfiles import shown

    workspace = Workspace.open(folder)
    files = scaffold(name)
    target = workspace.root / "components"
    paths = {target / file: text for file, text in files.items()}
    refuse_taken(workspace.catalog.get(name), name, list(paths))
    workspace.make_folder("components")
    for path, text in paths.items():
        atomic.write(path, text, expected=atomic.ABSENT)
        terminal.out(shown(path))
    terminal.note(f"Try it with 'pytest {shown(target)}'; flows of this workspace can use it at once.")


def refuse_taken(component: "Component | None", name: str, paths: list[Path]) -> None:
    from weft.model.errors import Conflict
    from weft.workspace.flows.flowfiles import shown

    there = next((path for path in paths if path.exists()), None)
    if there is not None or component is not None:
        what = f"There is a file {shown(there)!r}" if there else f"There is a component {name!r}"
        raise Conflict(f"{what} already.", hint="Give the new one another name.")


def signature(component: "Component") -> str:
    """Ports in one line: `prompt: template, context?: list[any] -> text: text, data: json`."""
    inputs = ", ".join(f"{port.name}{'' if port.required else '?'}: {port.type}" for port in component.inputs)
    outputs = ", ".join(f"{port.name}: {port.type}" for port in component.outputs)
    return f"{inputs} -> {outputs}".strip()


def component_json(component: "Component") -> dict[str, Any]:
    return {
        "name": component.name,
        "version": component.version,
        "help": component.help,
        "origin": component.origin,
        "pure": component.pure,
        "inputs": [port_json(port) for port in component.inputs],
        "outputs": [{"name": port.name, "type": str(port.type)} for port in component.outputs],
    }


def port_json(port: "Port") -> dict[str, Any]:
    from weft.model import to_plain

    plain: dict[str, Any] = {
        "name": port.name,
        "type": str(port.type),
        "required": port.required,
        "many": port.many,
    }
    if not port.required:
        plain["default"] = to_plain(port.default)
    if port.choices:
        plain["choices"] = to_plain(port.choices)
    return plain | ({"help": port.help} if port.help else {})


def error_json(error: "LoadError") -> dict[str, Any]:
    return {"error": {"path": str(error.path), "line": error.line, "message": error.message}}


def _row(port: "Port") -> list[str]:
    default = (
        "required" if port.required else "" if port.default is None else json.dumps(port.default, default=str)
    )
    return [port.name, str(port.type), default, port.help]


def _place(error: "LoadError") -> str:
    from weft.workspace.flows.flowfiles import shown

    return f"{shown(error.path)}:{error.line}"
