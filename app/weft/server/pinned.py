"""`/api/runs/{id}/document`: the revision that a run pins, as a canvas draws it."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from weft.engine.check.incremental import Checker
from weft.model.errors import NotFound
from weft.model.inner import flow_at
from weft.model.text import loads, to_json
from weft.runs.record import RunRecord
from weft.server.state import state_of
from weft.server.strict import StrictRoute
from weft.workspace import Workspace
from weft.workspace.editing.wire import ports_json

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=StrictRoute)


@router.get("/{run_id}/document")
async def document(run_id: str, request: Request, inside: str = "") -> Response:
    """The flow as it was when the run began, and its ports as the components are today. Nothing of it is executed.
    `inside` names a node (`sub`, or `sub/deeper`) whose flow, written in place, is wanted instead."""
    state = state_of(request)
    record = await state.runs.get(run_id)
    text = await asyncio.to_thread(
        lambda: json.dumps(_drawn(record, state.workspace, inside), ensure_ascii=False)
    )
    return Response(text, media_type="application/json")


def _drawn(record: RunRecord, workspace: Workspace, inside: str) -> dict[str, Any]:
    flow = flow_at(loads(record.document), [node for node in inside.split("/") if node])
    if flow is None:
        raise NotFound(f"The run had no flow written inside {inside[:64]!r}.", code="unknown-node")
    ports = Checker(workspace.catalog).ports(flow)
    return {
        "run": record.id,
        "hash": record.hash,
        "flow": to_json(flow),
        "ports": {node: ports_json(its) for node, its in ports.items()},
    }
