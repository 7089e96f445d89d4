"""`/api/flows` and `/api/components`: the flows of the workspace, read, checked, edited, saved."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import Response
from pydantic import ConfigDict

from weft.engine.check import check
from weft.model.changes import Transaction, as_json
from weft.model.errors import Conflict
from weft.model.flow import Flow
from weft.model.text import dumps, loads
from weft.server.state import ServerState, person, state_of
from weft.server.strict import StrictRoute
from weft.workspace import Workspace, atomic
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.drawn import drawn, drawn_alone
from weft.workspace.editing.inside import inside as inner_document
from weft.workspace.editing.outside import stale
from weft.workspace.editing.revisions import flow_of
from weft.workspace.editing.wire import components_json, problems_json, snapshot
from weft.workspace.flows.flowfiles import check_slug, read_bytes

router = APIRouter(prefix="/api", tags=["flows"], route_class=StrictRoute)

GONE = "Its file is gone; what was edited is kept."


class Posted(Transaction):
    """A transaction as the body of a request: built at once, which its route needs."""

    model_config = ConfigDict(defer_build=False)


FLOW_BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


@router.get("/components")
async def components(request: Request) -> dict[str, Any]:
    """What a node can be, and the component files that could not be loaded."""
    catalog = state_of(request).workspace.catalog
    return {
        "components": components_json(catalog),
        "errors": [{"path": str(e.path), "line": e.line, "message": e.message} for e in catalog.errors],
    }


@router.get("/flows")
async def flows(request: Request) -> list[dict[str, Any]]:
    """Each flow by its slug; `error` says why a file can't be read as one. `unsaved` are edits that are kept and not in
    the file: open the flow to go on with them, also one whose file is gone."""
    state = state_of(request)
    entries = await asyncio.to_thread(state.workspace.flows)
    unsaved = {one.slug: one.edits for one in await state.documents.unsaved()}
    gone = unsaved.keys() - {entry.slug for entry in entries}
    return [
        *(
            {"slug": slug, "name": slug, "description": "", "origin": "workspace", "error": GONE}
            | {"unsaved": unsaved[slug]}
            for slug in sorted(gone)
        ),
        *(
            {
                "slug": entry.slug,
                "name": entry.name,
                "description": entry.description,
                "origin": entry.origin,
                "error": entry.error,
                "unsaved": unsaved.get(entry.slug, 0),
            }
            for entry in entries
        ),
    ]


@router.get("/flows/{slug}")
async def flow(slug: str, request: Request) -> Response:
    """The flow on the disk, in its canonical text. Send the `ETag` back as `If-Match` to replace it."""
    text, digest = await asyncio.to_thread(_read, state_of(request).workspace, slug)
    return Response(text, media_type="application/json", headers={"ETag": f'"{digest}"'})


@router.put("/flows/{slug}", openapi_extra=FLOW_BODY)
async def replace(
    slug: str, request: Request, response: Response, if_match: Annotated[str | None, Header()] = None
) -> dict[str, Any]:
    """Write the flow file whole. Without `If-Match` only a flow that isn't there yet is made."""
    state = state_of(request)
    new = loads(await request.body())
    expected = (if_match or "").strip().removeprefix("W/").strip('"')
    try:
        digest = await asyncio.to_thread(_write, state.workspace, slug, new, expected)
    except Conflict as conflict:
        raise await asyncio.to_thread(stale, conflict, state.workspace, slug, new) from None
    await _tell_editors(state, slug)
    response.headers["ETag"] = f'"{digest}"'
    return {"slug": slug, "hash": new.hash}


@router.get("/flows/{slug}/document")
async def document(
    slug: str, request: Request, inside: str = "", shared: bool = False, revision: str = ""
) -> Response:
    """The document as the editor has it, with what a canvas needs to draw it; perhaps not saved yet. `inside` names a
    node (`sub`, or `sub/deeper`) whose flow, written in place, is wanted instead. `shared` writes each port once, and
    says of a node which it has. With a `revision` (`rev:12`, an edit; `file`, as saved; `git:HEAD`) only the flow as that
    one has it, and its ports, shared."""
    opened = await state_of(request).documents.open(check_slug(slug))
    opened = inner_document(opened, [node for node in inside.split("/") if node])
    if revision:
        flow, catalog = await flow_of(opened, revision), opened.workspace.catalog
        return Response(await asyncio.to_thread(drawn_alone, flow, catalog), media_type="application/json")
    return Response(await _snapshot(opened, shared), media_type="application/json")


@router.post("/flows/{slug}/transactions")
async def submit(slug: str, transaction: Posted, request: Request) -> dict[str, Any]:
    """Edit the open document, as a gesture on the canvas does; every tab sees it. The answer comes once the edit will
    last; the file follows a moment later. One sent twice with the same `op_id` is applied once."""
    opened = await state_of(request).documents.open(check_slug(slug))
    who = person(request)
    applied = opened.submit(transaction.model_copy(update={"source": who}), who)
    await opened.kept()
    return {
        "rev": applied.rev,
        "inverse": as_json(applied.inverse),
        "problems": problems_json(applied.problems),
        "saved": opened.safe,
    }


@router.post("/flows/{slug}/save")
async def save(slug: str, request: Request) -> dict[str, Any]:
    """Write the open document to its file now. 409 when the file was changed outside, with what differs."""
    opened = await state_of(request).documents.open(check_slug(slug))
    try:
        saved = await opened.save()
    except Conflict as conflict:
        raise await asyncio.to_thread(stale, conflict, opened.workspace, slug, opened.flow) from None
    return {"rev": saved.rev}


@router.post("/flows/{slug}/check", openapi_extra=FLOW_BODY)
async def check_flow(slug: str, request: Request) -> dict[str, Any]:
    """All problems of the flow in the body, or without one of the open document. Nothing of it is executed."""
    state = state_of(request)
    body = await request.body()
    if not body:
        return {"problems": problems_json((await state.documents.open(check_slug(slug))).problems)}
    found = await asyncio.to_thread(lambda: check(loads(body), state.workspace.catalog))
    return {"problems": problems_json(found)}


async def _snapshot(document: OpenDocument, shared: bool) -> str:
    """Made beside the loop: a large flow takes longer than others should wait."""
    if shared:
        return await asyncio.to_thread(drawn(document))
    while True:  # an edit meanwhile begins it anew
        rev = document.rev
        text = await asyncio.to_thread(lambda: json.dumps(snapshot(document), ensure_ascii=False))
        if document.rev == rev:
            return text


def _read(workspace: Workspace, slug: str) -> tuple[str, str]:
    data = read_bytes(workspace.find(check_slug(slug)))
    return dumps(loads(data)), atomic.digest_of(data)


def _write(workspace: Workspace, slug: str, flow: Flow, expected: str) -> str:
    own = workspace.path_of(slug)
    if not own.exists() and expected and expected == _digest_of_stock(workspace, slug):
        expected = atomic.ABSENT  # a stock flow is replaced by the workspace's own
    if expected == atomic.ABSENT and own.exists():
        raise HTTPException(
            428, f"The flow {slug!r} is there already. Send its ETag as If-Match to replace it."
        )
    return workspace.save(slug, flow, expected=expected)


def _digest_of_stock(workspace: Workspace, slug: str) -> str:
    path: Path = workspace.find(slug)
    return atomic.digest(path)


async def _tell_editors(state: ServerState, slug: str) -> None:
    """Who has the flow open goes on with the new file, unless there are edits that it would cost."""
    opened = next((one for one in state.documents if one.slug == slug), None)
    if opened is not None:
        await opened.reconcile()
