"""The editor as tests see it: through NiceGUI's simulated user, and in a real Chromium against a real server."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from nicegui import Client, ui
from nicegui.functions.download import download
from nicegui.functions.navigate import Navigate
from nicegui.functions.notify import notify
from nicegui.testing import User
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from tests.server.live import Live, live_server
from tests.ui.contexts import WIDE, Contexts

from weft.ui.app import mount
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents

CONTEXTS = Contexts()


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    """An empty workspace, without a key for any model."""
    (tmp_path / "flows").mkdir()
    return Workspace(tmp_path, env={})


def put(path: Path, text: str) -> Path:
    """Write a file all at once: who watches it never reads half of it."""
    whole = path.with_name(f"{path.name}.whole")
    whole.write_text(text)
    return whole.replace(path)


@pytest.fixture
def flow_file(home: Workspace) -> Callable[..., Path]:
    """Write a flow of the workspace: `flow_file("essay", nodes={...})`."""
    import json

    def make(slug: str, **document: Any) -> Path:
        return put(home.root / "flows" / f"{slug}.json", json.dumps({"format": 1, **document}))

    return make


# --- without a browser ---------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def user(home: Workspace) -> AsyncIterator[User]:
    """A person at the pages of the workspace; the server and its guard are left out."""
    async with simulated(home) as person:
        yield person


@asynccontextmanager
async def simulated(home: Workspace, *, raise_errors: bool = True) -> AsyncIterator[User]:
    app = FastAPI()
    state = SimpleNamespace(workspace=home, documents=Documents(home), runs=home.runs())
    mount(app, state)
    transport = httpx.ASGITransport(app, raise_app_exceptions=raise_errors)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        try:
            yield User(http)
        finally:
            for client in list(Client.instances.values()):
                client.delete()
            await home.close()
            ui.navigate, ui.notify, ui.download = Navigate(), notify, download


# --- in a browser --------------------------------------------------------------------------------------------------


@pytest.fixture
def live(home: Workspace) -> Iterator[Live]:
    """The workspace served as `weft serve` does, on a free port."""
    with live_server(home, ui=True) as server:
        yield server


class Tabs:
    """Opens pages that are logged in. A page error, or an error in the console, fails the test."""

    def __init__(self, browser: Browser, live: Live) -> None:
        self._browser, self._live = browser, live
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    def open(self, path: str, *, size: tuple[int, int] = WIDE, theme: str = "light") -> Page:
        page = CONTEXTS.page(self._browser, self._live.base_url)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.context.add_cookies(
            [
                {"name": name, "value": value, "url": self._live.base_url}
                for name, value in self._live.cookies().items()
            ]
        )
        self._contexts.append(page.context)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)
        page.goto(self._live.base_url + path)
        return page

    def editor(self, slug: str, **more: Any) -> Page:
        """A page on a flow, ready to be worked with."""
        page = self.open(f"/flows/{slug}", **more)
        page.wait_for_selector(".w-editor")
        page.wait_for_selector(".weft-canvas, .w-canvas canvas")
        return page

    def close(self) -> None:
        for context in self._contexts:
            CONTEXTS.take_back(context)
        errors = [error for error in self.errors if not any(words in error for words in self.forgiven)]
        assert not errors, errors

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
def tabs(browser: Browser, live: Live) -> Iterator[Tabs]:
    opened = Tabs(browser, live)
    yield opened
    opened.close()
