"""A run from Python that belongs to a session: recorded in the workspace's database, where the session lives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weft.model import Flow
from weft.model.errors import ReadOnly
from weft.workspace.folder import Workspace
from weft.workspace.foreseeing.budgets import run_budget
from weft.workspace.resolving.resolve import Resolver

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.engine.budget import Budget
    from weft.engine.choice import Choice
    from weft.engine.run import RunResult


async def run_in_session(
    workspace: Workspace,
    flow: Flow,
    inputs: Mapping[str, Any],
    session: str,
    *,
    model: "str | BaseChatModel | None",
    parallel: int | None,
    budget: "Budget",
    answers: Mapping[str, Sequence[Any]],
    choice: "Choice | None" = None,
) -> "RunResult":
    """Run it to its end as the next run of the session. Raises `ReadOnly` where nothing can be recorded, `Conflict`
    while another run of the session goes on."""
    from weft.runs.service import RunService
    from weft.runs.store.sqlite import SqliteStore

    database = workspace.database()
    if database is None or workspace.read_only:
        why = workspace.recording or "The workspace is open to be looked at only."
        raise ReadOnly(f"No session can be kept here. {why}", hint="Take a workspace that can be written.")
    resolver = Resolver(workspace, None if isinstance(model, str) else model)
    service = RunService(SqliteStore(database), resolver.services(), lambda: workspace.catalog)
    try:
        run_id = await service.start(
            flow,
            inputs,
            slug=flow.origin.stem if flow.origin is not None else "",
            model=model if isinstance(model, str) else None,
            parallel=parallel or workspace.settings.parallel,
            limits=workspace.settings.limits.limits(),
            budget=run_budget(workspace, flow, budget, model),
            session=session,
            answers=answers,
            choice=choice,
        )
        result = await service.result(run_id)
        if result.log.base:  # what a large run gave is in the books only
            events = await service.events(run_id)
            ended = {one.path: dict(one.data["value"]) for one in events if one.kind == "step-finished"}
            result = replace(result, recorded=ended)
        return result
    finally:
        await service.close()
        await resolver.close()
