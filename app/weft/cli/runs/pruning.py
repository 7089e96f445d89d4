"""`weft runs prune`: let old runs go."""

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder
from weft.cli.runs.wanted import OfFlow

if TYPE_CHECKING:
    from weft.runs.store.pruning import Freed, Going, Rule
    from weft.workspace import Workspace


def prune(
    older_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", show_default=False, help="Those that ended longer ago: 30d, 12h, 4w."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="Those past the newest N of each flow."),
    ] = None,
    flow: OfFlow = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which would go.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Let old runs go, with their events and with the values and documents that only they needed.

    With neither --older-than nor --keep, what weft.toml says under [retention] is applied, which a server does by
    itself every hour. A run that isn't over never goes, nor does the newest run of a flow. Results that later runs
    took from one that goes stay with them, and so does what a session keeps.
    """
    from weft.runs.moments import length
    from weft.runs.store.pruning import Rule
    from weft.workspace import Workspace
    from weft.workspace.recording import recorded
    from weft.workspace.retention import rule_of

    days = length(older_than).total_seconds() / 86_400 if older_than is not None else None
    workspace = Workspace.open(folder)
    given = older_than is not None or keep is not None
    rule = Rule(days, keep, flow) if given else rule_of(workspace.settings.retention, flow)
    if not recorded(workspace):
        terminal.note("No runs here yet.")
        return
    gone, freed = asyncio.run(_pruned(workspace, rule, dry_run=dry_run))
    if as_json:
        said: dict[str, Any] = {"runs": [one.id for one in gone]} if freed is None else freed._asdict()
        terminal.print_line(json.dumps({"dry_run": dry_run, **said}))
        return
    if freed is None:
        for line in terminal.table([[*one] for one in gone], head=["id", "flow", "status", "began"]):
            terminal.print_line(line)
        terminal.note(f"{_count(len(gone), 'run')} would go.")
        return
    terminal.note(_said(freed))


async def _pruned(
    workspace: "Workspace", rule: "Rule", *, dry_run: bool
) -> "tuple[list[Going], Freed | None]":
    from weft.model.errors import ReadOnly
    from weft.runs.store.pruning import going, prune

    database = workspace.database()
    if database is None:
        raise ReadOnly(workspace.recording, hint="Make it writable.")
    try:
        if dry_run:
            return await going(database, rule, datetime.now(UTC)), None
        return [], await prune(database, rule)
    finally:
        await workspace.close()


def _said(freed: "Freed") -> str:
    from weft.cli.cache import shown

    if not any(freed):
        return "Nothing to let go."
    with_them = [
        _count(count, what)
        for count, what in ((freed.values, "large value"), (freed.documents, "document"))
        if count
    ]
    also = f", with {' and '.join(with_them)}" if with_them else ""
    return f"{_count(freed.runs, 'run')} let go{also}: {shown(freed.bytes)} freed."


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
