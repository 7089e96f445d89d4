"""Arguments and options that several commands share, and what the shell may complete for them."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer


def flow_names(incomplete: str) -> list[str]:
    """The flows of the current workspace. By the names of their files: nothing is read."""
    from weft.catalog import stock_root
    from weft.workspace import Workspace
    from weft.workspace.flows.index import flow_files

    folders = (Workspace.open().root / "flows", stock_root() / "flows")
    return _starting(incomplete, (path.stem for folder in folders for path in flow_files(folder)))


def template_names(incomplete: str) -> list[str]:
    from weft.catalog import stock_root
    from weft.workspace.flows.index import flow_files

    return _starting(incomplete, (path.stem for path in flow_files(stock_root() / "flows")))


def component_names(incomplete: str) -> list[str]:
    from weft.workspace import Workspace

    return _starting(incomplete, (component.name for component in Workspace.open().catalog.components))


def model_names(incomplete: str) -> list[str]:
    from weft.providers import DEFAULT_OPENAI, PROVIDERS

    return _starting(
        incomplete, [*(name for name in PROVIDERS if name == "demo"), DEFAULT_OPENAI, "scripted:"]
    )


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


FlowName = Annotated[
    str,
    typer.Argument(
        metavar="FLOW",
        autocompletion=flow_names,
        show_default=False,
        help="A flow of the workspace by its slug (essay), or the path of its file (flows/essay.json).",
    ),
]
FlowNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FLOW",
        autocompletion=flow_names,
        show_default=False,
        help="Flows by slug or path; without one, all of the workspace.",
    ),
]
Folder = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        show_default=False,
        help="The workspace's folder. [default: the nearest with 'flows' in it, from here upwards]",
    ),
]


def model_option(help: str) -> Any:
    """`--model`, of which each command says what its model is asked for."""
    return typer.Option(
        "--model",
        "-m",
        metavar="PROVIDER:MODEL",
        autocompletion=model_names,
        show_default=False,
        help=help,
    )


AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
RunId = Annotated[str, typer.Argument(metavar="ID", show_default=False, help="A run's id, or how it begins.")]
