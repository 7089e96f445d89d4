"""The MCP servers that `weft.toml` names: how each stands, its tools, and asking it for them."""

from functools import partial

from weft.model.errors import WeftError
from weft.ui.elements import Box, Page
from weft.ui.tool_servers import ToolServers, refresh_button
from weft.workspace import Workspace
from weft.workspace.mcp.status import Status
from weft.workspace.settings.contents import FILE

CHIPS = {
    "unasked": ("not asked yet", ""),
    "ready": ("ready", "ok"),
    "changed": ("changed", "warn"),
    "failed": ("no answer", "error"),
    "unreadable": ("unreadable", "error"),
}
EXAMPLE = '[mcp.files]\ncommand = "mcp-server-files"\nargs = ["--root", "files"]\nenv = ["FILES_KEY"]'
MOST = 24
"""Names of tools that are shown."""


class Tools:
    def __init__(self, workspace: Workspace, page: Page) -> None:
        self._servers = ToolServers(workspace, page)
        Box(
            "p",
            "w-muted",
            f"Servers that speak MCP are named in {FILE}, and each of their tools is a component under the server's "
            "name. None is started before a run calls a tool, or you ask it for its tools here.",
        )
        self._list = Box("div", "w-list")
        try:
            workspace.settings.mcp  # noqa: B018 - whether the file can be read
        except WeftError as error:
            with self._list:
                Box("div", "w-box w-box--error", f"{error.message} {error.hint}".strip())
            return
        self._redraw()

    def _redraw(self) -> None:
        self._list.clear()
        with self._list:
            listed = self._servers.listed()
            for one in listed:
                self._row(one)
            if not listed:
                Box("div", "w-empty", f"{FILE} names none yet. One is written so:")
                Box("pre", "w-mono w-small w-tools-example", EXAMPLE)

    def _row(self, one: Status) -> None:
        with Box("div", "w-list-row").mark(f"server-{one.name}"):
            with Box("div", "w-grow w-list-text"):
                with Box("div", "w-row"):
                    Box("b", "w-mono", one.name)
                    word, tone = CHIPS[one.state]
                    Box("span", f"w-chip{f' w-chip--{tone}' if tone else ''}", word)
                Box("div", "w-muted w-small w-mono", one.where)
                Box("div", "w-muted w-small", one.words, {"role": "status"})
                if one.tools:
                    names = ", ".join(tool.name for tool in one.tools[:MOST])
                    more = f", and {len(one.tools) - MOST:,} more" if len(one.tools) > MOST else ""
                    Box("div", "w-small", f"{names}{more}")
            refresh_button(one.name, partial(self._refresh, one.name))

    async def _refresh(self, name: str) -> None:
        await self._servers.refresh(name)
        self._redraw()
