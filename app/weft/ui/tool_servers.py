"""The MCP servers of the workspace as a page sees them: how each stands, and asking it for its tools."""

import asyncio
from collections.abc import Callable
from typing import Any

from weft.model.errors import WeftError
from weft.ui.elements import Box, Page, button, icon
from weft.workspace import Workspace
from weft.workspace.mcp.status import Status


class ToolServers:
    """Nothing is started for looking at them; `refresh` starts one, or reaches it."""

    def __init__(self, workspace: Workspace, page: Page) -> None:
        self._workspace, self._page = workspace, page

    def listed(self) -> list[Status]:
        """How each stands; none where the settings can't be read, which the settings' page says."""
        try:
            return self._workspace.mcp.statuses()
        except WeftError:
            return []

    def status(self, name: str) -> Status:
        return self._workspace.mcp.status(name)

    async def refresh(self, name: str) -> bool:
        """Ask a server for its tools, and say what came of it. False if it doesn't answer."""
        workspace = self._workspace
        try:
            tools, wrong = await workspace.mcp.refresh(name)
        except WeftError as error:
            self._page.toast(error.message, kind="error", hint=error.hint)
            return False
        workspace.reload()
        await asyncio.to_thread(lambda: workspace.catalog)
        left = f" Left out: {'; '.join(wrong[:3])}." if wrong else ""
        self._page.toast(f"{name} has {len(tools):,} tool{'' if len(tools) == 1 else 's'}.{left}")
        return True


def refresh_button(name: str, on_click: Callable[[], Any], *, small: bool = False) -> Box:
    """Shows that it is at work for as long as its server takes to answer."""

    async def work() -> None:
        made.attributes(disabled=True, aria_busy="true")
        try:
            await on_click()
        finally:
            if not made.is_deleted:  # what it is in may have been drawn anew
                made.attributes(disabled=None, aria_busy=None)

    tip = f"Ask {name} for its tools"
    if small:
        made = Box(
            "button", "w-palette-refresh", attributes={"type": "button", "aria-label": tip, "title": tip}
        )
        with made:
            icon("refresh", small=True)
        made.on("click", work, args=[])
    else:
        made = button("Refresh", work, tip=tip, small=True, symbol="refresh")
        made.attributes(aria_label=f"Refresh the tools of {name}")
    return made.mark(f"refresh-{name}")
