"""`/api/runs`: start, list, look at, follow, cancel."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic_core import to_json

from weft.engine.budget import Budget
from weft.engine.choice import Choice
from weft.model.flow import Flow
from weft.model.text import from_json
from weft.runs.asker import asked_by
from weft.runs.moments import moment
from weft.runs.record import Status
from weft.runs.wire import record_json, state_json
from weft.server import sse
from weft.server.new_run import NewRun
from weft.server.state import ServerState, asker, state_of
from weft.server.strict import StrictRoute
from weft.server.trusting import let_run, sheet_of
from weft.workspace.flows.flowfiles import check_slug
from weft.workspace.flows.renames import runs_of

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=StrictRoute)

EVENT_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@router.post("/estimate")
async def estimate(wanted: NewRun, request: Request) -> dict[str, Any]:
    """What such a run would use, about: tokens and dollars from low over likely to high. No model is asked."""
    from weft.workspace.foreseeing.estimate import estimate

    state = state_of(request)
    flow, slug = await asyncio.to_thread(flow_of, state, wanted.flow)
    made = await estimate(state.workspace, flow, wanted.inputs, slug=slug, model=wanted.model)
    return made.json()


@router.post("/sheet")
async def sheet(wanted: NewRun, request: Request) -> dict[str, Any]:
    """What the flow can do: its components, tools, hosts, files, secrets by name, code, models, and what a run would
    cost. Nothing of it is run; `trusted` says whether it may be, `from` whence it or a flow that it runs was brought."""
    state = state_of(request)
    flow, slug = await asyncio.to_thread(flow_of, state, wanted.flow)
    return await sheet_of(
        state, flow, slug if isinstance(wanted.flow, str) else "", wanted.inputs, wanted.model
    )


@router.post("", status_code=201)
async def start(wanted: NewRun, request: Request) -> dict[str, Any]:
    """Starts a run of the flow as it is on the disk, or in the request. 422 with its problems if it can't run; 403 if it
    is from elsewhere and nobody has let it run: that takes `trust`."""
    state = state_of(request)
    flow, slug = await asyncio.to_thread(flow_of, state, wanted.flow)
    await asyncio.to_thread(let_run, state, wanted, flow, slug, request.state.principal.name)
    with asked_by(asker(request)):
        run_id = await state.runs.start(
            flow,
            wanted.inputs,
            slug=slug,
            model=wanted.model,
            parallel=state.workspace.settings.parallel,
            session=wanted.session,
            answers=wanted.answers,
            budget=Budget.read(wanted.budget) or None,
            choice=Choice.read(wanted.choice) or None,
        )
    return {"id": run_id, "events": f"/api/runs/{run_id}/events"}


@router.get("")
async def runs(
    request: Request,
    flow: str | None = None,
    status: Annotated[list[Status] | None, Query()] = None,
    since: Annotated[str | None, Query(max_length=100)] = None,
    until: Annotated[str | None, Query(max_length=100)] = None,
    session: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: str | None = None,
) -> list[dict[str, Any]]:
    """Newest first; `before` is the id of the last one of the page before. `status` may be given several times;
    `since` and `until` are when a run began: a day, a time (ISO 8601), or how long ago (`2h`, `3d`). Runs of a `flow`
    are found under the names it had before, too."""
    state = state_of(request)
    wanted: dict[str, Any] = {
        "status": status,
        "since": moment(since) if since else None,
        "until": moment(until) if until else None,
        "session": session,
        "limit": limit,
        "before": before,
    }
    if flow is None:
        found = await state.runs.runs(**wanted)
    else:
        found = await runs_of(state.runs.runs, state.workspace.root, flow, **wanted)
    return [record_json(record) for record in found]


@router.get("/{run_id}")
async def run(run_id: str, request: Request) -> Response:
    """The run, and each of its steps as far as it has come. A value of more than 64,000 characters, and a few hundred
    of one in a run with very many, is cut to its beginning: then the step's `cut` is true, and the event numbered
    `ended` has the whole (`GET /api/runs/{run_id}/events?after=...`)."""
    service = state_of(request).runs
    record = await service.get(run_id)
    said = {**record_json(record), **state_json(await service.light(run_id)), "flow": record.flow}
    return Response(await asyncio.to_thread(to_json, said), media_type="application/json")


@router.get("/{run_id}/events", response_class=StreamingResponse, responses=EVENT_STREAM)
async def events(
    run_id: str, request: Request, after: Annotated[int, Query(ge=0)] = 0, snapshots: bool = True
) -> sse.EventStream:
    """The run's events as server-sent events: those past `Last-Event-ID` or `after`, then each as it happens, up to
    `run-finished`. Each message has the event's number as its `id` and its kind as its `event`; the numbers have no
    gaps. A comment is sent every 15 seconds while nothing happens.

    Who reads slower than the run goes on never slows the run. A client that is more than 5,000 events behind a run
    that goes on gets one message of the kind `snapshot` instead of those it hasn't read: its `state` is the whole
    run folded up to the event of its number (as `GET /api/runs/{run_id}` gives it, `calls` counted only, values and
    texts of more than 500 characters cut short, which `cut` says; the event numbered `ended` has the whole), and the
    next event is the one after that. With `snapshots=false` every event is sent, however late. A client that reads
    nothing for 60 seconds is let go; it may come back with `Last-Event-ID`."""
    service = state_of(request).runs
    await service.get(run_id)
    found = service.watch(run_id, after=sse.last_seen(request, after))
    catch_up = partial(found.catch_up, sse.BEHIND) if snapshots else lambda: None
    return sse.EventStream(sse.stream(found, run_id, catch_up=catch_up))


@router.post("/{run_id}/cancel")
async def cancel(run_id: str, request: Request) -> dict[str, Any]:
    """Stops the run's steps. A run that is over stays as it ended."""
    service = state_of(request).runs
    await service.get(run_id)
    await service.cancel(run_id)
    return record_json(await service.get(run_id))


def flow_of(state: ServerState, wanted: str | dict[str, Any]) -> tuple[Flow, str]:
    if isinstance(wanted, str):
        return state.workspace.load(check_slug(wanted)), wanted
    flow = from_json(wanted)
    return flow, flow.name or "unnamed"
