"""Nodes made a subtask, a subtask made nodes, and the way into the flow of a subtask: the commands of the editor."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from weft.engine.check.meaning import meaning_of
from weft.model.changes import as_json
from weft.model.edits.collapse import collapse
from weft.model.edits.inline import inline
from weft.model.errors import ChangeRefused, DocumentError, WeftError
from weft.model.text import from_json
from weft.ui.session import Session

COMMANDS = frozenset(["collapse", "inline", "inside"])
"""The names of what `Reshaping.command` does."""


class Reshaping:
    """`inner` is the address of the page on the flow inside a node, by the node's id."""

    def __init__(self, session: Session, inner: Callable[[str], str]) -> None:
        self._session, self._inner = session, inner

    def command(self, name: str, more: Mapping[str, Any]) -> Any:
        """Do it; what takes time is returned, to be awaited. What can't be done is said."""
        if name != "inside" and self._session.past is not None:
            self._session.say("This is a run of the past. Go back to now to edit the flow.", "")
            return None
        node = str(more.get("node", "")) or next(iter(self._session.selection), "")
        if name == "collapse":
            return self._collapse([str(one) for one in more.get("nodes") or self._session.selection])
        return self._enter(node) if name == "inside" else self._inline(node)

    def _collapse(self, nodes: Sequence[str]) -> None:
        session = self._session
        catalog = session.document.workspace.catalog
        kind = next((one.key for one in catalog.components if one.name == "subtask"), "")
        if not kind:
            session.say("This workspace has no component 'subtask'.", "")
            return
        try:
            tx, sub = collapse(session.flow, nodes, meaning=meaning_of(session.flow, catalog), component=kind)
        except ChangeRefused as refused:
            session.say(sentence(refused), refused.hint)
            return
        if not session.do(as_json(tx)["changes"], tx.label):
            session.select((sub,), reveal=True)

    async def _inline(self, node: str) -> None:
        session = self._session
        value = self.flow_of(node)
        workspace = session.document.workspace
        try:
            if isinstance(value, str):
                inner = await asyncio.to_thread(workspace.load, value)
            else:
                inner = from_json(dict(value or {}))
            outside = meaning_of(session.flow, workspace.catalog)
            inside = meaning_of(inner, workspace.catalog)
            tx, made = inline(session.flow, node, inner, outside=outside, inside=inside)
        except ChangeRefused as refused:
            session.say(sentence(refused), refused.hint)
            return
        except (WeftError, DocumentError) as error:
            session.say(error.message, error.hint)
            return
        if not session.do(as_json(tx)["changes"], tx.label):
            session.select(made, reveal=True)

    def _enter(self, node: str) -> None:
        if node not in self._session.flow.nodes:
            self._session.say("Select a node that runs a flow first.", "")
            return
        value = self.flow_of(node)
        if isinstance(value, str) and value:
            ui.navigate.to(f"/flows/{quote(value, safe='')}")
        elif isinstance(value, Mapping):
            ui.navigate.to(self._inner(node))
        else:
            self._session.say(
                "There is no flow inside yet.", "Choose one, or write one in place, in the inspector."
            )

    def flow_of(self, node: str) -> Any:
        """The flow that a node runs: a name, the flow itself as JSON, or None."""
        if node not in self._session.flow.nodes:
            return None
        ports = self._session.document.ports.get(node)
        port = next((one for one in ports.inputs if one.type.kind == "flow"), None) if ports else None
        return self._session.flow.nodes[node].params.get(port.name) if port else None


def sentence(refused: ChangeRefused) -> str:
    text = refused.message
    return text[:1].upper() + text[1:]
