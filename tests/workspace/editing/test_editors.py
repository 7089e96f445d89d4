"""Three editors, a viewer, a file that is changed outside and a process that dies: everyone ends with the same flow.

Each editor has a replica, made of what the document told it and nothing else, as a tab has. Whatever was accepted is in
the journal, and the journal applied from its beginning is the document.
"""

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from weft.model import ChangeRefused, Flow, Transaction, dumps, to_json
from weft.model.edits import apply
from weft.model.errors import ReadOnly
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Applied, Documents, Event, OpenDocument
from weft.workspace.editing.journal import Journal
from weft.workspace.recording import open_library

PEOPLE = ("ann", "bob", "cem")
NODES = ("a", "b", "c", "d")
START = {"format": 1, "name": "Shared", "nodes": {"a": {"component": "text", "params": {"template": "Hi"}}}}

people, nodes = st.sampled_from(PEOPLE), st.sampled_from(NODES)
texts = st.text("xyz", max_size=3)


@st.composite
def changes(draw: Any) -> dict[str, Any]:
    """An edit that may or may not be possible now."""
    node, other = draw(nodes), draw(nodes)
    return draw(
        st.sampled_from(
            [
                {"op": "add-node", "id": node, "node": {"component": "text"}},
                {"op": "remove-node", "id": node},
                {"op": "rename-node", "id": node, "to": other},
                {"op": "set-title", "node": node, "title": draw(texts)},
                {"op": "set-param", "node": node, "name": "template", "value": draw(texts)},
                {"op": "connect", "node": node, "port": "x", "ref": other},
                {"op": "connect", "node": node, "port": "list", "ref": other, "many": True},
                {"op": "disconnect", "node": node, "port": "x", "ref": other},
                {"op": "set-after", "node": node, "after": [other]},
                {"op": "move", "positions": {node: [1, 2]}},
                {"op": "set-name", "name": draw(texts)},
                {"op": "set-output", "name": "out", "ref": node},
                {"op": "set-input", "name": "topic", "input": {"type": "text"}},
                {"op": "remove-input", "name": "topic"},
            ]
        )
    )


class Replica:
    """A tab's copy: it applies what it is told, in the order in which it is told."""

    def __init__(self, document: OpenDocument) -> None:
        self.flow, self.rev = document.flow, document.rev
        self.leave = document.subscribe(self.heard)

    def heard(self, event: Event) -> None:
        if isinstance(event, Applied):
            assert event.rev == self.rev + 1, "a revision was left out"
            self.flow, self.rev = apply(self.flow, event.tx)[0], event.rev


class Editing(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        (root / "flows").mkdir()
        self.file = root / "flows" / "shared.json"
        self.file.write_text(json.dumps(START))
        self.loop = asyncio.new_event_loop()
        self.home = Workspace(root, env={})
        self.accepted: dict[str, Transaction] = {}
        self.sent = 0
        self._open()

    def _open(self) -> None:
        self.documents = Documents(self.home, open_library(self.home))
        self.document = self.run(self.documents.open("shared"))
        self.replicas = [Replica(self.document) for _ in PEOPLE]

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def do(self, work: Any) -> Any:
        """On the loop, as a handler of the server would."""

        async def doing() -> Any:
            return work()

        return self.run(doing())

    @rule(who=people, change=changes(), again=st.booleans())
    def edit(self, who: str, change: dict[str, Any], again: bool) -> None:
        self.sent += 1
        tx = Transaction.model_validate({"changes": [change], "op_id": f"{who}-{self.sent}", "label": "edit"})
        before = self.document.flow
        try:
            applied = self.do(lambda: self.document.submit(tx, who))
        except ChangeRefused:
            assert self.document.flow is before
            return
        self.accepted[tx.op_id] = tx
        if again:
            assert self.do(lambda: self.document.submit(tx, who)).rev == applied.rev

    @rule(who=people)
    def undo(self, who: str) -> None:
        self._step(self.document.undo, who)

    @rule(who=people)
    def redo(self, who: str) -> None:
        self._step(self.document.redo, who)

    def _step(self, step: Any, who: str) -> None:
        with contextlib.suppress(ChangeRefused):  # somebody has built on it since: that is the answer
            self.do(lambda: step(who))

    @rule()
    def save(self) -> None:
        if self.document.outside is None:
            self.run(self._saved())

    async def _saved(self) -> None:
        await self.document.reconcile()
        if self.document.outside is None:
            await self.document.save()

    @rule(name=texts)
    def outside(self, name: str) -> None:
        """Another program writes the file, from what it held."""
        plain = json.loads(self.file.read_text())
        self.file.write_text(json.dumps(plain | {"description": name}))
        self.run(self.document.reconcile())
        if self.document.outside is not None:
            self.run(self.document.save(overwrite=True))

    @rule(who=people)
    def view(self, who: str) -> None:
        """Whoever may only look changes nothing."""
        before = dumps(self.document.flow)
        self.document.read_only = True
        change = {"changes": [{"op": "set-name", "name": "viewer"}]}
        with pytest.raises(ReadOnly):
            self.do(lambda: self.document.submit(Transaction.model_validate(change), who))
        self.document.read_only = False
        assert dumps(self.document.flow) == before

    @rule()
    def die(self) -> None:
        """What was kept is there again, and nothing else is needed."""
        self.run(self.document.kept())
        before, rev = dumps(self.document.flow), self.document.rev
        stacks = {who: (self.document.can_undo(who), self.document.can_redo(who)) for who in PEOPLE}
        self.run(self._died())
        self._open()
        assert dumps(self.document.flow) == before
        assert self.document.rev >= rev
        if self.document.rev == rev:
            after = {who: (self.document.can_undo(who), self.document.can_redo(who)) for who in PEOPLE}
            # What was refused once may be tried once more; what could be undone still can.
            assert all(
                now >= then for who in PEOPLE for now, then in zip(after[who], stacks[who], strict=True)
            )

    async def _died(self) -> None:
        keeper = self.document.keeper
        assert keeper is not None
        keeper.ended = True
        if keeper._filing is not None:
            keeper._filing.cancel()
            await asyncio.wait({keeper._filing})
        await self.home.close()

    @invariant()
    def replicas_are_equal(self) -> None:
        if not hasattr(self, "document"):
            return
        for replica in self.replicas:
            assert replica.rev == self.document.rev
            assert dumps(replica.flow) == dumps(self.document.flow)

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        self.run(self.document.kept())
        database = self.home.database()
        assert database is not None
        journal = Journal(database)
        edits = self.run(journal.edits("shared", 0))
        flow = self.run(journal.flow_at("shared", 0)) if edits else self.document.flow
        there = {edit.tx.op_id for edit in edits}
        assert set(self.accepted) <= there, "an accepted edit was lost"
        assert [edit.rev for edit in edits] == list(range(1, len(edits) + 1))
        assert to_json(_replayed(flow, edits)) == to_json(self.document.flow)
        self.run(self.documents.end())
        self.run(self.home.close())
        self.loop.close()
        self.folder.cleanup()


def _replayed(flow: Flow, edits: list[Any]) -> Flow:
    for edit in edits:
        flow, _ = apply(flow, edit.tx)
    return flow


def runs(examples: int, steps: int) -> type:
    """The machine as a test of so many examples."""
    case = Editing.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return case


@pytest.fixture(autouse=True)
def _files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)


TestEditors = runs(8, 20)
