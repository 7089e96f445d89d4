"""`weft secrets`: keys that flows name and never hold. No value is ever printed, and none is an argument."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.workspace.settings.secret_store import Kept, Secrets

app = typer.Typer(rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Such as API_KEY.")]
For = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="ADDRESS",
        show_default=False,
        help="A server it may be sent to, such as https://api.example.com; may be given again.",
    ),
]
InFile = Annotated[
    bool, typer.Option("--file", help="Keep it in the workspace's sealed file, though there is a keyring.")
]


@app.callback(invoke_without_command=True)
def secrets(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List what is kept secret here: names, where they are, whom they are for. Never values."""
    if context.invoked_subcommand is None:
        listed(as_json, folder)


@app.command("list", short_help="List names, and whom they are for.")
def listed(as_json: AsJson = False, folder: Folder = None) -> None:
    """List what is kept secret here: names, where they are, whom they are for. Never values."""
    rows = _secrets(folder).listed()
    if as_json:
        for row in rows:
            told = {"name": row.name, "where": row.where, "origins": row.origins, "since": row.since}
            terminal.print_line(json.dumps(told))
    elif not rows:
        terminal.note("Nothing is kept secret here: 'weft secrets set NAME' does.")
    else:
        shown = [[row.name, row.where, " ".join(row.origins) or "the first it is used for"] for row in rows]
        for line in terminal.table(shown, head=["name", "kept in", "for"]):
            terminal.print_line(line)


@app.command("set", short_help="Keep a secret.")
def set_secret(name: Name, to: For = None, file: InFile = False, folder: Folder = None) -> None:
    """Keep a secret: the value is asked for, or read from standard input. It never stands on a command line.

    It goes into the system's keyring, else sealed into a file of the workspace. Without --for it belongs to the first
    server that it is used for."""
    from weft.workspace.settings.secret_store import check

    check(name)
    origins = _origins(to)
    _said(_secrets(folder).set(name, _value(name), origins, file=file))


@app.command("rotate", short_help="Put a new value in place of the old one.")
def rotate(name: Name, file: InFile = False, folder: Folder = None) -> None:
    """Put a new value in place of the old one. Whom it is for stays."""
    from weft.model.errors import NotFound

    kept = _secrets(folder)
    if not kept.has(name):
        raise NotFound(f"There is no secret {name!r} to rotate.", code="no-secret", hint="Set it first.")
    _said(kept.set(name, _value(name), file=file))


@app.command("bind", short_help="Let a secret be sent to a server.")
def bind(
    name: Name,
    to: Annotated[
        list[str],
        typer.Argument(metavar="ADDRESS...", show_default=False, help="Such as https://api.example.com."),
    ],
    only: Annotated[bool, typer.Option("--only", help="To these, and to no others any more.")] = False,
    folder: Folder = None,
) -> None:
    """Let a secret be sent to a server, beside those it is for already."""
    _said(_secrets(folder).bind(name, _origins(to), only=only))


@app.command("remove", short_help="Forget a secret.")
def remove(name: Name, folder: Folder = None) -> None:
    """Forget a secret, and whom it is for."""
    _secrets(folder).remove(name)
    terminal.note(f"{name} is forgotten.")


def _secrets(folder: str | None) -> "Secrets":
    from weft.workspace import Workspace

    return Workspace.open(folder).secrets


def _origins(addresses: list[str] | None) -> tuple[str, ...]:
    from weft.model.errors import WeftError
    from weft.providers.provider import origin

    found = [(address, origin(address)) for address in addresses or ()]
    for address, there in found:
        if not there.startswith(("http://", "https://")):
            raise WeftError(
                f"{address!r} is no address of a server.",
                code="bad-address",
                hint="Write it such as https://api.example.com.",
            )
    return tuple(dict.fromkeys(there for _, there in found))


def _value(name: str) -> str:
    """From the keyboard, unseen; from standard input, if that isn't one."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"The value of {name}", hide_input=True, err=True))
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


def _said(kept: "Kept") -> None:
    where = {"file": "in the workspace's sealed file", "keyring": "in the system's keyring"}
    whom = f"for {' and '.join(kept.origins)}" if kept.origins else "for the first server it is used for"
    terminal.note(f"{kept.name} is kept {where.get(kept.where, 'in the environment')}, {whom}.")
