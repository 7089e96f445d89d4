"""Which models could answer here, for whoever lets somebody choose one."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from weft.server.state import state_of
from weft.server.strict import StrictRoute

router = APIRouter(prefix="/api", tags=["models"], route_class=StrictRoute)


@router.get("/models")
async def models(request: Request) -> dict[str, Any]:
    """Each provider of models: whether it is `ready`, and what it `lacks`. `default` answers where nobody names one.
    Nobody is asked, and no key is looked at."""
    workspace = state_of(request).workspace
    choices = await asyncio.to_thread(lambda: workspace.served.choices())
    told = [
        {"name": one.name, "title": one.title, "about": one.about, "models": list(one.models)}
        | {"ready": one.ready, "lacks": one.lacks}
        for one in choices
    ]
    return {"default": workspace.default_model, "providers": told}
