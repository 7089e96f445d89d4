"""The application behind the guard: login, API, and whatever is mounted after them."""

from fastapi import APIRouter, FastAPI, HTTPException, Request

from weft import __version__
from weft.server import answers, books, errors, flows, importing, login, models, pinned, reuse, runs, testing
from weft.server.rules import methods_of
from weft.server.state import ServerState
from weft.workspace.recording import unwritable


def create_app(state: ServerState, *, instance: str = "") -> FastAPI:
    """Never serve it without the guard: it checks nobody."""
    app = FastAPI(
        title="Weft",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    app.state.weft = state
    errors.install(app)
    app.include_router(
        login.login_router(state.auth, state.door, instance, forgetful=bool(unwritable(state.workspace)))
    )
    app.include_router(flows.router)
    app.include_router(importing.router)
    app.include_router(testing.router)
    app.include_router(models.router)
    app.include_router(books.router)
    app.include_router(runs.router)
    app.include_router(pinned.router)
    app.include_router(reuse.router)
    app.include_router(answers.router)
    app.include_router(_nothing_else)
    return app


_nothing_else = APIRouter(prefix="/api", include_in_schema=False)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@_nothing_else.api_route("/{path:path}", methods=METHODS)
async def unknown(request: Request) -> None:
    """Else the pages, mounted at the root, would answer for an unknown part of the API."""
    allowed = methods_of(request.url.path)
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
    raise HTTPException(404)
