"""`/api/runs/{id}/document`: the revision that a run pins, as a canvas draws it."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from weft.engine.check.incremental import Checker
from weft.model.text import loads, to_json
from weft.runs.record import RunRecord
from weft.server.state import state_of
from weft.server.strict import StrictRoute
from weft.workspace import Workspace
from weft.workspace.wire import ports_json

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=StrictRoute)


@router.get("/{run_id}/document")
async def document(run_id: str, request: Request) -> Response:
    """The flow as it was when the run began, and its ports as the components are today. Nothing of it is executed."""
    state = state_of(request)
    record = await state.runs.get(run_id)
    text = await asyncio.to_thread(lambda: json.dumps(_drawn(record, state.workspace), ensure_ascii=False))
    return Response(text, media_type="application/json")


def _drawn(record: RunRecord, workspace: Workspace) -> dict[str, Any]:
    flow = loads(record.document)
    ports = Checker(workspace.catalog).ports(flow)
    return {
        "run": record.id,
        "hash": record.hash,
        "flow": to_json(flow),
        "ports": {node: ports_json(its) for node, its in ports.items()},
    }
