"""`/api/runs/{id}/answers` and `/api/sessions`: what persons say to a run, and what runs leave for the next."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from weft.runs.sessions import Session
from weft.runs.wire import record_json
from weft.server.auth import Principal
from weft.server.state import state_of
from weft.server.strict import StrictRoute

router = APIRouter(prefix="/api", tags=["runs"], route_class=StrictRoute)


class NewAnswer(BaseModel):
    """`path` is the step that asks, `number` and `event` are those of its question as the run's `questions` have it: that
    question is answered, word for word as it was read, and no other that the step asks meanwhile. `by` says who answers; without it, that is the name of the token."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1, max_length=4000)]
    value: Any
    number: Annotated[int, Field(ge=0)]
    event: Annotated[int, Field(ge=1)]
    by: Annotated[str | None, Field(max_length=200)] = None


@router.post("/runs/{run_id}/answers")
async def answer(run_id: str, given: NewAnswer, request: Request) -> dict[str, Any]:
    """Answers a question of the run; returns once that is recorded, with the questions that are still open.

    422 for an answer that doesn't fit (the question stays), 409 if somebody was faster or something else is asked now, 404 if nothing is asked there.
    """
    service = state_of(request).runs
    principal: Principal = request.state.principal
    by = principal.name if given.by is None else given.by
    await service.answer(run_id, given.path, given.value, by, given.number, given.event)
    record = record_json(await service.get(run_id))
    return {**record, "questions": (await service.state(run_id)).questions}


@router.get("/sessions")
async def sessions(request: Request, flow: str | None = None) -> list[dict[str, Any]]:
    """The last used first, without what is in them."""
    return [_head(found) for found in await state_of(request).runs.sessions(flow)]


@router.get("/sessions/{flow}/{name}")
async def session(flow: str, name: str, request: Request) -> dict[str, Any]:
    """Its state, and the values of its runs by path: what the next run begins with."""
    found = await state_of(request).runs.session(flow, name)
    return {**_head(found), "state": found.state, "previous": found.previous}


@router.delete("/sessions/{flow}/{name}", status_code=204)
async def forget(flow: str, name: str, request: Request) -> None:
    """The session's next run begins anew. 409 while a run of it goes on."""
    await state_of(request).runs.forget(flow, name)


def _head(session: Session) -> dict[str, Any]:
    return {
        "flow": session.flow,
        "name": session.name,
        "runs": session.runs,
        "run": session.run,
        "updated": session.updated,
    }
