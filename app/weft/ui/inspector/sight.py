"""What the node of the form will see, kept up to date while somebody looks at it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.ui.session import Session
from weft.workspace.foreseeing.foreseen import given_of
from weft.workspace.foreseeing.preview import preview

log = logging.getLogger("weft.ui")
PAUSE = 0.25


class Sight:
    """`redraw` is called when there is something new to see. Nothing is looked up while nobody looks."""

    def __init__(self, session: Session, redraw: Callable[[], None]) -> None:
        self._session, self._redraw = session, redraw
        self._lookers: set[str] = set()
        self._of: tuple[Any, ...] = ()
        self._seen: Mapping[str, Any] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._shown_later: asyncio.TimerHandle | None = None
        self._leave = session.running.listen(self._ran)

    def look(self, who: str, *, on: bool) -> None:
        """Somebody opens or closes a place where it is shown."""
        (self._lookers.add if on else self._lookers.discard)(who)
        self._redraw()

    def looks(self, who: str) -> bool:
        return who in self._lookers

    def seen(self, node: str) -> Mapping[str, Any] | None:
        """What the node will see; None while it isn't known or nobody looks. What is shown stays until there is newer."""
        if not any(who.startswith(f"{node}/") for who in self._lookers):
            return None
        key = self._key(node)
        if key != self._of:
            if self._of[:1] != key[:1]:
                self._seen = None
            self._of = key
            self._soon(node)
        return self._seen

    def forget(self) -> None:
        """A value that was looked at is another now: pinned, or no longer."""
        self._of = ()

    def _ran(self, event: Event | None) -> None:
        """A run goes on: show how the selected node stands, a few times a second."""
        mine = event is None or event.path in self._session.selection or event.kind == "run-finished"
        if mine and self._shown_later is None and (event is None or event.kind != "step-output"):
            self._shown_later = asyncio.get_running_loop().call_later(PAUSE, self._show_run)

    def _show_run(self) -> None:
        self._shown_later = None
        self._redraw()

    def close(self) -> None:
        self._leave()
        if self._shown_later is not None:
            self._shown_later.cancel()
        if self._later is not None:
            self._later.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def _key(self, node: str) -> tuple[Any, ...]:
        running = self._session.running
        status = running.state.status if running.state else ""
        return node, self._session.document.rev, running.run_id, status, self._session.model

    def _soon(self, node: str) -> None:
        if self._later is not None:
            self._later.cancel()
        pause = PAUSE if self._seen is not None else 0
        self._later = asyncio.get_running_loop().call_later(pause, self._begin, node)

    def _begin(self, node: str) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._looking = asyncio.create_task(self._look(node), name=f"look at {node}")
        self._looking.add_done_callback(_report)

    async def _look(self, node: str) -> None:
        session = self._session
        document, model = session.document, session.model or None
        try:
            given = await given_of(
                document.workspace,
                session.flow,
                slug="" if session.place.inside else document.slug,
                last=session.here,
                model=model,
            )
            found = await preview(document.workspace, session.flow, node, given, model=model)
            made: dict[str, Any] = found.json()
        except WeftError as error:
            made = {"trouble": error.message, "hint": error.hint, "messages": [], "values": []}
        if made.get("trouble") and not made["messages"] and self._seen is not None:
            made = {
                **self._seen,
                "trouble": made["trouble"],
                "hint": made.get("hint", ""),
            }  # while it is typed
        if made != self._seen:
            self._seen = made
            self._redraw()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("what a node will see could not be made", exc_info=error)
