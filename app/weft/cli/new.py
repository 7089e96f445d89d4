"""`weft new`: a new flow, empty or from a template."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import Folder, template_names

if TYPE_CHECKING:
    from weft.workspace import Workspace


def new(
    name: Annotated[
        str | None, typer.Argument(show_default=False, help="What to call it. [default: as the template]")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            "-t",
            autocompletion=template_names,
            show_default=False,
            help="The flow to start from.",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    folder: Folder = None,
) -> None:
    """Make a new flow in the workspace's 'flows': empty, or a copy of a template."""
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import shown

    workspace = Workspace.open(folder)
    if show:
        rows = [[entry.slug, entry.name, entry.error or entry.description] for entry in workspace.templates()]
        for line in terminal.table(rows, head=["template", "name", "description"]):
            terminal.print_line(line)
        return
    path = make(workspace, name, template)
    terminal.out(shown(path))
    terminal.note(f"Run it with 'weft run {path.stem}', or open it with 'weft serve --open {path.stem}'.")


def make(workspace: "Workspace", name: str | None, template: str | None) -> Path:
    """Write the new flow and return its file. The name `my_essay` is a slug; `My essay` is a name and gives one."""
    from weft.model import Flow
    from weft.model.errors import Conflict
    from weft.workspace import atomic
    from weft.workspace.flows.flowfiles import is_slug, shown, slug_of

    flow = workspace.template(template) if template else Flow()
    title = name if name and not is_slug(name) else flow.name or (name or "").replace("_", " ").capitalize()
    slug = slug_of(name) if name and not is_slug(name) else name or template or "flow"
    path = workspace.path_of(slug)
    try:
        workspace.save(slug, flow.model_copy(update={"name": title}), expected=atomic.ABSENT)
    except Conflict:
        raise Conflict(
            f"There is a flow {shown(path)!r} already.", hint="Give the new one another name."
        ) from None
    return path
