"""`weft cancel`: stop runs, whichever process drives them."""

from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import Folder
from weft.cli.runs.finding import ask, find_id
from weft.cli.runs.wanted import OfFlow

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService

MOST = 10_000


def cancel(
    run_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", show_default=False, help="Runs' ids, or how they begin."),
    ] = None,
    flow: OfFlow = None,
    everything: Annotated[bool, typer.Option("--all", help="All runs that aren't over.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    folder: Folder = None,
) -> None:
    """Cancel runs that aren't over: those named, those of a flow, or all.

    What their steps have given so far is kept. With --flow or --all it is asked first, unless --yes is given. Ends
    with 0 when all of them are over, 1 when one goes on.
    """
    from weft.model.errors import WeftError

    named = list(run_ids or [])
    if bool(named) == bool(flow or everything):
        raise WeftError(
            "Say which runs: their ids, or else --flow or --all.",
            code="bad-input",
            hint="'weft runs --status running,waiting,queued' lists them.",
        )
    found = ask(folder, lambda service: _meant(service, named, flow)) or []
    if not found:
        terminal.note("No run goes on here.")
        return
    if not (named or yes or _agreed(found)):
        terminal.note("Nothing was cancelled.")
        raise typer.Exit(codes.FAILED)
    ended = ask(folder, lambda service: _cancelled(service, found))
    raise typer.Exit(codes.OK if ended else codes.FAILED)


async def _meant(service: "RunService", named: list[str], flow: str | None) -> "list[RunRecord]":
    from weft.runs.record import UNFINISHED

    if not named:
        return await service.runs(flow=flow, status=UNFINISHED, limit=MOST)
    return [await service.get(await find_id(service, text)) for text in dict.fromkeys(named)]


def _agreed(found: "list[RunRecord]") -> bool:
    for record in found[:20]:
        terminal.note(f"{record.id}  {record.flow}  {record.status}")
    what = "this run" if len(found) == 1 else f"these {len(found)} runs"
    return typer.confirm(f"Cancel {what}?", err=True)


async def _cancelled(service: "RunService", found: "list[RunRecord]") -> bool:
    """Whether all are over now."""
    from weft.model.errors import WeftError

    all_over = True
    for record in found:
        if record.over:
            terminal.note(f"{record.id} is over already: {record.status}.")
            continue
        try:
            await service.cancel(record.id)
        except WeftError as problem:
            terminal.error(problem.message, problem.hint)
            all_over = False
            continue
        now = await service.get(record.id)
        all_over = all_over and now.over
        terminal.note(f"{record.id}: {now.status if now.over else 'told to stop, and still at it'}.")
    return all_over
