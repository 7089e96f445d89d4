"""The two tabs in which a person speaks with runs: Approvals and Chat."""

from collections.abc import Callable
from typing import Any

from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.dock.approvals import Approvals
from weft.ui.dock.chat import Chat
from weft.ui.dock.run_form import RunForm
from weft.ui.elements import Page
from weft.ui.session import Session
from weft.ui.waiting import Waitings


class Around:
    def __init__(
        self,
        session: Session,
        page: Page,
        dock: Dock,
        waitings: Waitings,
        form: RunForm,
        look_at: Callable[[str], Any],
    ) -> None:
        assets.link("ui/asked.css", "ui/chat.css", "ui/trust.css")
        self._approvals = Approvals(session, dock, waitings)
        self._chat = Chat(session, page, dock, form, look_at)
        self.tabs: dict[str, Callable[[], None]] = {
            "chat": lambda: dock.choose("chat"),
            "approvals": lambda: dock.choose("approvals"),
        }

    def redraw(self) -> None:
        """The flow is another."""
        self._chat.redraw()

    def close(self) -> None:
        self._approvals.close()
        self._chat.close()
