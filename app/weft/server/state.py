"""What lives as long as the server: the workspace, its open documents, its runs."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Self, cast

from fastapi import Request

from weft.runs.asker import EDITOR
from weft.runs.service import RunService
from weft.server.auth import Auth, Principal
from weft.server.door import Door
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.recording import open_library
from weft.workspace.upkeep import Upkeep

log = logging.getLogger("weft.server")

DRAIN_SECONDS = 10.0
"""For writing down what is left, after the grace that running steps have."""


@dataclass
class ServerState:
    """Opened on the server's loop before the first request, closed after the last."""

    workspace: Workspace
    auth: Auth
    door: Door
    documents: Documents = field(init=False)
    runs: RunService = field(init=False)
    _upkeep: Upkeep = field(init=False)
    _drained: bool = field(init=False, default=False)
    hurry: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set when somebody insists: running steps get no more time."""
    stuck: bool = field(init=False, default=False)
    """Whether something did not stop in time."""

    async def __aenter__(self) -> Self:
        library = open_library(self.workspace)
        self.documents = Documents(self.workspace, library, read_only=self.workspace.read_only)
        self.runs = self.workspace.runs()
        if library is not None:
            await library.bring_up(self.documents)
        self._upkeep = await Upkeep(self.documents, self.workspace.database()).__aenter__()
        self.runs.recover()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    async def drain(self) -> None:
        """Keep what was edited; let running steps end within the grace that `weft.toml` gives them, and let the runs go
        for the next server. New runs are refused from here on."""
        if self._drained:
            return
        self._drained = True
        grace = self.workspace.settings.grace
        try:
            async with asyncio.timeout(grace + DRAIN_SECONDS):
                await self._upkeep.end()
                await asyncio.gather(self.runs.drain(grace, self.hurry), self.documents.end())
                await self.workspace.close()
        except TimeoutError:
            self.stuck = True
            log.error("some steps did not stop within %g seconds: they are left", grace + DRAIN_SECONDS)


def state_of(request: Request) -> ServerState:
    return cast("ServerState", request.app.state.weft)


def asker(request: Request) -> str:
    """Who starts a run by this request, in words: a program by its token's name, or a person's browser."""
    principal: Principal = request.state.principal
    return f"token {principal.name}" if principal.kind == "token" else EDITOR


def person(request: Request) -> str:
    """Whose undo stack an edit through the API goes to."""
    principal: Principal = request.state.principal
    return f"{principal.kind}:{principal.id[:12]}"
