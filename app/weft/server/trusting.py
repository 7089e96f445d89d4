"""What may run on a request: the workspace's own flows, and others once somebody with the scope `run` has said so."""

from collections.abc import Mapping
from typing import Any

from weft.model.flow import Flow
from weft.server.new_run import NewRun
from weft.server.state import ServerState
from weft.workspace.foreseeing.estimate import estimate
from weft.workspace.trust import sheet
from weft.workspace.trust.trusted import untrusted


def let_run(state: ServerState, wanted: NewRun, flow: Flow, slug: str, by: str) -> None:
    """Raises `untrusted` for a flow that is in the request, or was brought here, and that nobody has let run."""
    workspace = state.workspace
    own = slug if isinstance(wanted.flow, str) else ""
    if wanted.trust:
        wanting = workspace.trusted.wanting(flow, workspace.catalog, own)
        if wanting or (not own and not workspace.trusted.knows(flow)):
            workspace.trusted.give(flow, workspace.catalog, slug=own, by=by)
    elif not own and not workspace.trusted.knows(flow):
        problem = untrusted("The flow in the request isn't one of the workspace's own", "FILE")
        problem.hint = "Read what it can do (POST /api/runs/sheet), then send it with `trust`: true."
        raise problem


async def sheet_of(
    state: ServerState, flow: Flow, own: str, inputs: Mapping[str, Any], model: str | None
) -> dict[str, Any]:
    """The sheet as JSON; `own` is the slug of a flow of the workspace, "" for one in the request."""
    workspace = state.workspace
    made = await estimate(workspace, flow, inputs, slug=own, model=model)
    wanting = workspace.trusted.wanting(flow, workspace.catalog, own)
    trusted = not wanting and (bool(own) or workspace.trusted.knows(flow))
    found = sheet(flow, workspace.catalog).with_cost(made.sentence())
    return {**found.json(), "trusted": trusted, "from": wanting}
