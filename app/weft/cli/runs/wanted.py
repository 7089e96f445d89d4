"""Which runs are meant: the options that several commands about runs share."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.options import flow_names

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService
    from weft.runs.store.listing import Filters

STATUSES = ("queued", "running", "waiting", "succeeded", "failed", "cancelled")
OfFlow = Annotated[
    str | None,
    typer.Option(
        "--flow",
        metavar="FLOW",
        autocompletion=flow_names,
        show_default=False,
        help="Only those of one flow.",
    ),
]
OfStatus = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        show_default=False,
        help=f"Only those that are {', '.join(STATUSES)}. May be repeated, or several with commas.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        show_default=False,
        help="Only those begun since: 2026-05-04, 2026-05-04T09:30, 2h, 3d.",
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", show_default=False, help="Only those begun before then.")
]
OfSession = Annotated[
    str | None, typer.Option("--session", metavar="NAME", show_default=False, help="Only those of a session.")
]


def filters(
    flow: str | None, status: list[str] | None, since: str | None, until: str | None, session: str | None
) -> "Filters":
    """As the store takes them. Raises `WeftError` for a status or a time that is none."""
    from weft.runs.moments import moment

    statuses = [one.strip() for some in status or [] for one in some.split(",") if one.strip()]
    for one in statuses:
        refuse_status(one)
    return {
        "flow": flow,
        "status": statuses,
        "since": moment(since) if since else None,
        "until": moment(until) if until else None,
        "session": session,
    }


async def wanted_runs(
    service: "RunService", folder: str | None, limit: int, wanted: "Filters"
) -> "list[RunRecord]":
    """The runs that these filters ask for; those of a flow also under the names it had before."""
    from weft.workspace import Workspace
    from weft.workspace.flows.renames import runs_of

    if (slug := wanted.get("flow")) is None:
        return await service.runs(limit=limit, **wanted)
    more: dict[str, Any] = {name: value for name, value in wanted.items() if name != "flow"}
    return await runs_of(service.runs, Workspace.open(folder).root, slug, limit=limit, **more)


def refuse_status(status: str) -> None:
    from weft.model.errors import WeftError
    from weft.workspace.flows.flowfiles import offer

    if status not in STATUSES:
        hint = offer(status, STATUSES, otherwise=f"There are: {', '.join(STATUSES)}.")
        raise WeftError(f"A run is never {status!r}.", code="bad-status", hint=hint)
