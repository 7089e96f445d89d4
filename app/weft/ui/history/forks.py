"""Going on from a run of the past: again from a step, with another value of it, or where it stopped."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from weft.engine.choice import Choice
from weft.model.errors import WeftError
from weft.runs.reading.step_names import way
from weft.ui import dialogs
from weft.ui.elements import Page
from weft.ui.inspector.values import json_value
from weft.ui.session import Session
from weft.ui.showing import node_of

TAKEN = frozenset(["run-from", "edit-output"])
"""Commands of a node that are about the run that is shown."""


INSIDE = "What {} gave is part of what the node around it gave, and can't be edited by itself."
PIN = "Pin it, or make up what it is to give (Mock)."


class Forks:
    """`shown` is called once a new run has begun: the editor goes back to now, where it is seen."""

    def __init__(self, session: Session, page: Page, shown: Callable[[], Any]) -> None:
        self._session, self._page, self._shown = session, page, shown

    async def command(self, name: str, node: str) -> None:
        """Do a command of a node with the past run that is shown."""
        node = node or next(iter(self._session.selection), "")
        node = self._session.step_of(node)
        await (self.again_from(node) if name == "run-from" else self.edit(node))

    async def again_from(self, path: str) -> str:
        """Run that step of the shown run anew, and all that depends on it; why it can't be, "" if it is."""
        node = way(path) if self._session.place.inside else node_of(path)
        return await self._fork({}, Choice(start=(node,)), f"again from {self._session.names().full(node)}")

    async def edit(self, path: str, port: str = "", value: Any = None) -> None:
        """Change what a step of the shown run gave, then run what depends on it."""
        past, node = self._session.past, node_of(path)
        if self._session.place.inside:
            self._session.say(INSIDE.format(self._session.names().full(path)), PIN)
            return
        state = past.whole if past is not None else self._session.shown
        step = state.steps.get(node) if state is not None else None
        if step is None or not step.value:
            self._session.say(f"{self._session.title(node)} has given nothing that could be edited.", "")
            return
        port = port if port in step.value else next(iter(step.value))
        if step.cut or (past is not None and (node, port) in past.cut):
            self._session.say(
                f"What {self._session.title(node)} gave is too large to be edited here.", "Pin another value."
            )
            return
        old = step.value[port] if value is None else value
        main = port == next(iter(step.value))

        async def go(text: str) -> str:
            try:
                new = text if isinstance(old, str) else json_value(text)
            except ValueError as error:
                return str(error)
            return await self._fork(
                {node: new if main else {port: new}}, None, f"with another {port} of {title}", say=False
            )

        title = self._session.title(node)
        text = old if isinstance(old, str) else json.dumps(old, ensure_ascii=False, indent=2)
        with self._page:
            dialogs.edit_text(f"Output of {title}", text, "Run what depends on it", go)

    async def resume(self, run_id: str) -> str:
        """Go on with a run that failed or was stopped: what it had given stands."""
        return await self._begun(lambda: self._session.running.resume(run_id), "where it stopped")

    async def _fork(
        self, edits: Mapping[str, Any], choice: Choice | None, words: str, *, say: bool = True
    ) -> str:
        session, past = self._session, self._session.past
        run_id = past.record.id if past is not None else session.running.run_id
        if run_id is None:
            return "There is no run yet."
        return await self._begun(lambda: session.running.again(run_id, edits, choice), words, say=say)

    async def _begun(self, begin: Callable[[], Any], words: str, *, say: bool = True) -> str:
        if self._session.running.active:
            said = "A run of this flow goes on. Wait for its end, or stop it."
        else:
            try:
                await begin()
            except WeftError as error:
                said = f"{error.message} {error.hint}".strip()
            else:
                self._shown()
                self._page.toast(f"A new run goes on {words}. History says where it comes from.")
                return ""
        if say:
            self._session.say(said, "")
        return said
