"""Adds the pages to the server: `mount`.

NiceGUI has one application per process; the pages of the last server mounted are the ones it shows. Its storage is
not used, so it gets no secret and sets no cookie.
"""

import asyncio
from collections.abc import Awaitable
from functools import cache, partial

from fastapi import FastAPI, Request, Response
from nicegui import Client, core, ui
from nicegui import app as pages

from weft.model.errors import NotFound, WeftError
from weft.runs.record import now
from weft.ui import assets, backlog, errors, remembered
from weft.ui.asked import waiting_page
from weft.ui.editor import State, editor_page
from weft.ui.gallery import gallery_page
from weft.ui.grid.page import grid_page
from weft.ui.grid.runs import GridRuns
from weft.ui.running import Runnings
from weft.ui.settings.page import settings_page
from weft.ui.waiting import badge
from weft.workspace.flows import trash

BUILD_SECONDS = 60.0  # a large flow is read and checked first, on a machine that may be busy
RECONNECT_SECONDS = 120.0  # how long a page waits for its browser: a laptop asleep for a moment loses nothing


def mount(app: FastAPI, state: State) -> None:
    """Add the gallery and the editor to `app`, at the root. Call it last: it answers what nothing else answers."""
    assets.serve(app)
    _afresh()
    since = now()

    @cache
    def runnings() -> Runnings:  # only a server that has started has a run service
        return Runnings(state.runs, state.workspace.settings.parallel, since)

    grids = GridRuns()

    @_page("/")
    async def gallery(client: Client, request: Request) -> Response | None:
        badged = partial(badge, runnings().waitings, client)
        return await _built(request, state, gallery_page(state.documents, state.documents.unsaved, badged))

    @_page("/waiting")
    async def waiting(client: Client, request: Request) -> Response | None:
        return await _built(request, state, waiting_page(client, runnings().waitings, state.workspace))

    @_page("/settings")
    async def settings(request: Request) -> Response | None:
        return await _built(request, state, settings_page(state.workspace, getattr(state, "auth", None)))

    @_page("/flows/{slug}")
    async def editor(slug: str, client: Client, request: Request) -> Response | None:
        backlog.bound(client)
        return await _built(request, state, editor_page(client, state, runnings(), slug))

    @_page("/flows/{slug}/grid")
    async def grid(slug: str, client: Client, request: Request) -> Response | None:
        return await _built(request, state, grid_page(client, state.documents, state.runs, grids, slug))

    @_page("/flows/{slug}/inside/{path:path}")
    async def inner(slug: str, path: str, client: Client, request: Request) -> Response | None:
        backlog.bound(client)
        return await _built(request, state, editor_page(client, state, runnings(), slug, path.split("/")))

    ui.run_with(  # pyright: ignore[reportUnknownMemberType]
        app,
        title="Weft",
        favicon=errors.FAVICON,
        dark=None,
        language="en-US",
        reconnect_timeout=RECONNECT_SECONDS,
        tailwind=False,
        show_welcome_message=False,
        storage_secret=None,
        gzip_middleware_factory=None,
    )


_page = partial(
    ui.page,
    title="Weft",
    dark=None,
    language="en-US",
    response_timeout=BUILD_SECONDS,
    reconnect_timeout=RECONNECT_SECONDS,
)


async def _built(request: Request, state: State, building: Awaitable[None]) -> Response | None:
    """The page, or in its place one that says what is wrong with it."""
    try:
        await building
    except NotFound as error:
        slug = request.path_params.get("slug", "")
        gone = any(one.slug == slug for one in await asyncio.to_thread(trash.deleted, state.workspace))
        error.hint = "It is in the trash: put it back below all flows." if gone else error.hint
        return errors.page(error, state.workspace.root)
    except WeftError as error:
        return errors.page(error, state.workspace.root)
    except Exception as error:  # noqa: BLE001  # the log gets all of it, the person an id
        return errors.failed(request, error)
    return None


def _afresh() -> None:
    """NiceGUI's application as it was imported, with our answer for an address that has no page."""
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
    remembered.install()
    pages.exception_handler(404)(errors.not_found)
