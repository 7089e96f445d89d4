"""What a run would do, a run done again, pinned values, and the cache: over HTTP."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from weft.engine.choice import Choice, refuse_pin
from weft.engine.explaining import summary
from weft.model.errors import NotFound, ReadOnly
from weft.runs.asker import asked_by
from weft.runs.earlier.pins import Pins
from weft.server.new_run import NewRun
from weft.server.runs import flow_of
from weft.server.state import ServerState, asker, state_of
from weft.server.strict import StrictRoute
from weft.workspace.flows.flowfiles import check_slug

router = APIRouter(prefix="/api", tags=["runs"], route_class=StrictRoute)


@router.post("/runs/plan")
async def plan(wanted: NewRun, request: Request) -> dict[str, Any]:
    """What each step would do in such a run, and because of what. Nothing runs, and nothing is called."""
    state = state_of(request)
    flow, slug = await asyncio.to_thread(flow_of, state, wanted.flow)
    steps = await state.runs.plan(
        flow,
        wanted.inputs,
        slug=slug,
        model=wanted.model,
        session=wanted.session,
        choice=Choice.read(wanted.choice),
    )
    return {"steps": [step.as_json() for step in steps], "summary": summary(steps)}


class Again(BaseModel):
    """`edits` are put in place of what nodes gave: by node, values by port or that of the main output. `choice` may
    name nodes to run anew (`from`), and be `fresh`."""

    model_config = ConfigDict(extra="forbid")

    edits: dict[str, Any] = {}
    choice: dict[str, Any] = {}


@router.post("/runs/{run_id}/rerun", status_code=201)
async def rerun(run_id: str, wanted: Again, request: Request) -> dict[str, Any]:
    """Starts a new run that takes the values of this one, but for those edited and what depends on them."""
    choice = Choice.read(wanted.choice) or None
    with asked_by(asker(request)):
        made = await state_of(request).runs.rerun(run_id, wanted.edits, choice=choice)
    return {"id": made, "events": f"/api/runs/{made}/events"}


class Pin(BaseModel):
    """Values by port, or that of the main output."""

    model_config = ConfigDict(extra="forbid")

    value: Any = Field(...)


@router.get("/flows/{slug}/pins")
async def pins(slug: str, request: Request) -> dict[str, Any]:
    """The values used instead of running nodes, by node."""
    return await asyncio.to_thread(_pins(state_of(request)).of, check_slug(slug))


@router.put("/flows/{slug}/pins/{node}")
async def pin(slug: str, node: str, given: Pin, request: Request) -> dict[str, Any]:
    """Uses the value instead of running the node, until it is taken off again. All pins of the flow."""
    state = state_of(request)
    flow = await asyncio.to_thread(state.workspace.load, check_slug(slug))
    refuse_pin(flow, state.workspace.catalog, node, given.value)
    await asyncio.to_thread(_pins(state).pin, slug, node, given.value)
    return await asyncio.to_thread(_pins(state).of, slug)


@router.delete("/flows/{slug}/pins/{node}", status_code=204)
async def unpin(slug: str, node: str, request: Request) -> None:
    """Runs the node again."""
    if not await asyncio.to_thread(_pins(state_of(request)).unpin, check_slug(slug), node):
        raise NotFound(f"The node {node!r} of {slug!r} isn't pinned.", code="no-pin")


@router.get("/cache")
async def cache(request: Request) -> dict[str, Any]:
    """How many results are kept for later runs, and their bytes."""
    found = state_of(request).workspace.step_cache()
    return (await found.size())._asdict() if found is not None else {"entries": 0, "bytes": 0}


@router.delete("/cache")
async def clear(request: Request) -> dict[str, Any]:
    """Lets all kept results go. What there was."""
    found = state_of(request).workspace.step_cache()
    return (await found.clear())._asdict() if found is not None else {"entries": 0, "bytes": 0}


def _pins(state: ServerState) -> Pins:
    found = state.runs.pins
    if found is None:
        raise ReadOnly(
            "Nothing can be pinned here: the workspace can't be written.", hint="Make it writable."
        )
    return found
