"""Going on with a run that was left behind, and letting old runs go: over HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from weft.model.errors import ReadOnly
from weft.runs.asker import asked_by
from weft.runs.store.pruning import Rule, going, prune
from weft.runs.wire import record_json
from weft.server.state import asker, state_of
from weft.server.strict import StrictRoute
from weft.workspace.retention import rule_of

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=StrictRoute)


@router.post("/{run_id}/resume")
async def resume(run_id: str, request: Request) -> dict[str, Any]:
    """Goes on with a run that nobody drives. One that failed or was cancelled stays as it ended, and another run takes
    over what it gave: `id` is the run to follow.

    409 if another process drives it (`run-goes-on`), or if it succeeded (`run-over`)."""
    service = state_of(request).runs
    with asked_by(asker(request)):
        followed = await service.resume(run_id)
    record = record_json(await service.get(followed))
    return {**record, "events": f"/api/runs/{followed}/events"}


class Old(BaseModel):
    """Which runs go: those that ended more than `days` ago, and those past the newest `keep` of each flow; with
    neither, what weft.toml no longer keeps. `flow` narrows it to one, `dry_run` only lists them."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    keep: Annotated[int | None, Field(ge=1)] = None
    flow: Annotated[str | None, Field(max_length=200)] = None
    dry_run: bool = False


@router.post("/prune")
async def let_go(old: Old, request: Request) -> dict[str, Any]:
    """Lets old runs go, with what only they needed; how many `runs`, `documents`, `values` and `bytes` that were. A run
    that isn't over stays, and so does the newest of each flow."""
    workspace = state_of(request).workspace
    database = workspace.database()
    if database is None or database.read_only:
        raise ReadOnly("Nothing is recorded here.", hint="Make the workspace writable.")
    given = old.days is not None or old.keep is not None
    rule = Rule(old.days, old.keep, old.flow) if given else rule_of(workspace.settings.retention, old.flow)
    if old.dry_run:
        return {"runs": [one._asdict() for one in await going(database, rule, datetime.now(UTC))]}
    return (await prune(database, rule))._asdict()
