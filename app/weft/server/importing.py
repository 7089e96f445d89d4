"""`/api/import`: a flow of another program's graph. Nothing is written: whoever wants to keep it puts it where flows are."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from weft.model.text import to_json
from weft.server.strict import StrictRoute
from weft.workspace.importing import read_foreign

router = APIRouter(prefix="/api", tags=["flows"], route_class=StrictRoute)

BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


@router.post("/import", openapi_extra=BODY)
async def import_graph(
    request: Request, name: Annotated[str, Query(max_length=200)] = "Imported flow"
) -> dict[str, Any]:
    """The flow that the graph in the body makes, what was read, and what was changed, is needed or was lost."""
    imported = await asyncio.to_thread(read_foreign, await request.body(), name=name)
    remarks = [{"kind": one.kind, "message": one.message, "node": one.node} for one in imported.remarks]
    return {"flow": to_json(imported.flow), "read": imported.read, "remarks": remarks}
