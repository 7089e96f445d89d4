"""`weft tokens`: the tokens with which programs reach the server of a workspace. One is shown once, when it is made."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.server.auth import Auth

app = typer.Typer(rich_markup_mode=None)
RIGHTS = "read, edit, run, approve, secrets, admin"


@app.callback(invoke_without_command=True)
def tokens(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List the tokens that are good: names, rights, until when. Never the tokens themselves."""
    if context.invoked_subcommand is None:
        listed(as_json, folder)


@app.command("list", short_help="List names, rights, until when.")
def listed(as_json: AsJson = False, folder: Folder = None) -> None:
    """List the tokens that are good: names, rights, until when. Never the tokens themselves."""
    found = _auth(folder).tokens()
    if as_json:
        for token in found:
            terminal.print_line(json.dumps(dict(token)))
    elif not found:
        terminal.note("No program has a token: 'weft tokens new NAME --for read' makes one.")
    else:
        rows = [[str(one["id"]), str(one["name"]), " ".join(one["scopes"]), _day(one)] for one in found]
        for line in terminal.table(rows, head=["id", "name", "rights", "until"]):
            terminal.print_line(line)


@app.command("new", short_help="Make a token.")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="To know it again by.")],
    rights: Annotated[
        list[str],
        typer.Option("--for", metavar="RIGHT", show_default=False, help=f"{RIGHTS}; may be given again."),
    ],
    days: Annotated[float, typer.Option("--days", min=0.01, max=3650, help="How long it is good.")] = 90,
    folder: Folder = None,
) -> None:
    """Make a token, and print it. This is the only time that it is shown."""
    from weft.model.errors import WeftError
    from weft.server.auth import SCOPES
    from weft.workspace.flows.flowfiles import offer

    for right in rights:
        if right not in SCOPES:
            hint = offer(right, SCOPES, otherwise=f"There are: {RIGHTS}.")
            raise WeftError(f"There is no right {right!r}.", code="unknown-right", hint=hint)
    if not 0 < len(name.strip()) <= 80:
        raise WeftError("A token's name has 1 to 80 characters.", code="bad-token-name", hint="Shorten it.")
    wanted = SCOPES.intersection(rights)
    terminal.print_line(_auth(folder).new_token(name.strip(), wanted, days=days))
    terminal.note(f"For {', '.join(sorted(wanted))}, {days:g} days. It isn't shown again.")


@app.command("revoke", short_help="Take a token back.")
def revoke(
    token: Annotated[
        str, typer.Argument(metavar="ID", show_default=False, help="As 'weft tokens' lists it.")
    ],
    folder: Folder = None,
) -> None:
    """Take a token back: a server that runs refuses it from then on."""
    _auth(folder).revoke_token(token)
    terminal.note(f"{token} is revoked.")


def _auth(folder: str | None) -> "Auth":
    from weft.server.auth import Auth
    from weft.workspace import Workspace
    from weft.workspace.recording import STATE

    return Auth(Workspace.open(folder).root / STATE / "door", port=0)


def _day(token: Any) -> str:
    return datetime.fromtimestamp(float(token["expires"]), UTC).strftime("%Y-%m-%d")
