"""All servers of a workspace: their kept tools for the catalog, and the connections of those that were called."""

import asyncio
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from weft.catalog import Component, LoadError
from weft.model.errors import NotFound, StepFailed, WeftError
from weft.model.plain import to_plain
from weft.workspace import atomic
from weft.workspace.mcp import tools
from weft.workspace.mcp.reach import with_reach
from weft.workspace.mcp.status import Status, listed_at
from weft.workspace.mcp.tools import Listed
from weft.workspace.naming import STATE

if TYPE_CHECKING:
    from weft.workspace.mcp.connection import Connection
    from weft.workspace.settings.contents import McpSettings
    from weft.workspace.settings.secret_store import Secrets

_PAGES = 50


class Servers:
    """Nothing is started by making it, nor by asking it for components."""

    def __init__(
        self,
        root: Path,
        env: Mapping[str, str],
        settings: "Callable[[], Mapping[str, McpSettings]]",
        secrets: "Callable[[], Secrets]",
    ) -> None:
        self._root, self._env, self._settings, self._secrets = root, env, settings, secrets
        # A connection belongs to the loop that opened it.
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Connection]] = WeakKeyDictionary()
        self._wrong: dict[str, str] = {}
        """Why a server could not be asked the last time."""

    def path(self, name: str) -> Path:
        return self._root / STATE / "mcp" / f"{name}.json"

    def kept(self, name: str) -> list[Listed]:
        """The tools of a server as they were listed last. Raises `ValueError` if the list can't be read."""
        return tools.read(self.path(name))

    def status(self, name: str) -> Status:
        """How a server stands. Nothing is started for it. Raises `NotFound` (`no-mcp-server`)."""
        one = self._named(name)
        where = one.url or " ".join([one.command or "", *one.args])
        try:
            tools = tuple(self.kept(name))
        except ValueError as error:
            return Status(name, where, "unreadable", wrong=str(error))
        listed, wrong = listed_at(self.path(name)), self._wrong.get(name, "")
        changed = any(name in opened and opened[name].changed for opened in self._open.values())
        state = "failed" if wrong else "changed" if changed else "ready" if listed else "unasked"
        return Status(name, where, state, tools, listed, wrong)

    def statuses(self) -> list[Status]:
        """How all of them stand, in the order of the settings."""
        return [self.status(name) for name in self._settings()]

    def components(self) -> tuple[list[Component], list[LoadError]]:
        """Every kept tool of the servers that the settings name, and the lists that can't be read."""
        try:
            named = self._settings()
        except WeftError:
            return [], []  # which whoever needs the settings is told
        found: list[Component] = []
        wrong: list[LoadError] = []
        for name, settings in named.items():
            try:
                found += with_reach(tools.components(name, self.kept(name), self.call), name, settings)
            except ValueError as error:
                message = (
                    f"The kept tools can't be read: {error}. Ask for them again: weft mcp refresh {name}"
                )
                wrong.append(LoadError(self.path(name), 1, message))
        return found, wrong

    async def call(self, server: str, tool: str, given: dict[str, Any]) -> Any:
        """Call a tool. Raises `StepFailed`: `mcp-tool-failed` with what the tool says, or what is wrong with its
        server."""
        connection = self._connection(server)
        answer = await connection.asked(lambda client: client.call_tool(tool, given))
        given_back = tools.result(answer)
        if answer.is_error:
            raise StepFailed(
                f"{tool!r} of {server!r} failed: {str(given_back)[:2000]}",
                code="mcp-tool-failed",
                retryable=False,
            )
        return to_plain(given_back, name=tool)

    async def refresh(self, name: str) -> tuple[list[Listed], list[str]]:
        """Ask a server for its tools, and keep the list. Gives them, and why others can't be used."""
        usable, wrong = await self.check(name)
        path = self.path(name)
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(atomic.write, path, tools.text(usable))
        self._connection(name).changed = False
        return usable, wrong

    async def check(self, name: str) -> tuple[list[Listed], list[str]]:
        """The same, and nothing is kept of it but whether it could be asked."""
        try:
            connection = self._connection(name)
            found: list[Any] = []
            cursor: str | None = None
            for _ in range(_PAGES):
                at = cursor
                page = await connection.asked(lambda client, at=at: client.list_tools(cursor=at))
                found += page.tools
                cursor = page.next_cursor
                if not cursor or len(found) > tools.MOST:
                    break
        except StepFailed as error:
            self._wrong[name] = f"{error.message} {error.hint}".strip()
            raise
        self._wrong.pop(name, None)
        return tools.taken(found)

    async def close(self) -> None:
        """End the connections opened on this loop."""
        opened = self._open.pop(asyncio.get_running_loop(), {})
        for connection in opened.values():
            await connection.close()

    def _named(self, name: str) -> "McpSettings":
        settings = self._settings()
        if name not in settings:
            known = ", ".join(settings) or "none"
            raise NotFound(
                f"There is no MCP server {name!r} in weft.toml.",
                code="no-mcp-server",
                hint=f"There is {known}.",
            )
        return settings[name]

    def _connection(self, name: str) -> "Connection":
        settings = self._named(name)
        if find_spec("mcp") is None:
            raise StepFailed(
                f"The MCP server {name!r} needs a package that isn't installed (mcp).",
                code="missing-package",
                hint="Install it with: pip install 'weft[mcp]'",
                retryable=False,
            )
        from weft.workspace.mcp.connection import Connection

        secrets = self._secrets()
        opened = self._open.setdefault(asyncio.get_running_loop(), {})
        if name not in opened or opened[name].settings != settings:  # the old one ends by itself, unused
            opened[name] = Connection(name, settings, self._root, self._value, secrets.allow)
        return opened[name]

    def _value(self, name: str) -> str:
        secrets = self._secrets()
        return secrets.value(name) if secrets.has(name) or name not in self._env else self._env[name]
