"""One tab on one flow: who is at it, what is selected, and how its panes hear of changes.

Every edit, from whichever pane, goes through `submit`; the document tells all its tabs; a tab shows what it was
told at most every `BEAT` seconds. Nothing here draws.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from nicegui import Client
from pydantic import ValidationError

from weft.model.changes import Transaction, as_json
from weft.model.errors import ChangeRefused, ReadOnly
from weft.model.flow import Flow
from weft.model.problems import Problem
from weft.runs.reading.step_names import StepNames, title_of
from weft.runs.reading.step_names import spoken as spoken
from weft.runs.state import RunState
from weft.ui.history.past import Past
from weft.ui.place import Place
from weft.ui.running import Running
from weft.workspace.editing.documents import FILE, Applied, Event, ExternalChange, Kept, OpenDocument, Saved
from weft.workspace.editing.wire import changed_ports, problems_json

BEAT = 0.06  # seconds between two updates of a tab; a person sees them as one


class Pane(Protocol):
    """A part of the page that shows the flow."""

    def redraw(self) -> None:
        """Show the flow, the selection and the problems as they are now."""
        ...


class CanvasPane(Protocol):
    """What a session asks of the canvas."""

    def applied(self, message: dict[str, Any]) -> None: ...
    def select(self, nodes: Sequence[str]) -> None: ...
    def reveal(self, node: str, port: str | None = None) -> None: ...
    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None: ...
    def run_state(
        self, nodes: dict[str, Any], *, reset: bool, ghosts: dict[str, Any] | None = None
    ) -> None: ...
    def marks(self, **marks: Sequence[str]) -> None: ...
    def review(self, review: dict[str, Any] | None) -> None: ...
    def compare(self, compared: dict[str, Any] | None) -> None: ...
    def show_past(self, shown: dict[str, Any] | None) -> None: ...


class Session:
    def __init__(self, client: Client, document: OpenDocument, running: Running) -> None:
        self.client = client
        self.document = document
        self.place = Place(document)
        self.whole = self.place.whole
        self.running = running
        self.selection: tuple[str, ...] = ()
        self.picked: tuple[str, ...] = ()  # what the canvas selected, of whichever version it draws
        self.edge: dict[str, Any] | None = None
        self.held = ""  # why nothing can be edited from this tab for now; "" if it can
        self.compared = ""  # the two versions that are compared, as a page's address names them
        self.past: Past | None = None  # a run that is shown in place of the present one
        self.model = ""  # what the runs from this tab use; "" is the flow's own choice
        self.canvas: CanvasPane | None = None
        self.panes: list[Pane] = []
        self.say: Callable[[str, str], None] = lambda text, hint: None
        self.note: Callable[[str], None] = lambda text: None
        self.on_passes: Callable[[], None] = lambda: None
        """Called when the flow inside a node has run once more, or another of its runs is looked at."""
        self.show_anew: Callable[[], None] = lambda: None
        """Draws the run on the canvas anew, for another of those runs."""
        self.changed_on_disk = document.outside is not None
        self.saving = False
        self._beat: asyncio.TimerHandle | None = None
        self._ports, self._problems = document.ports, document.problems
        self._leave = document.subscribe(self._heard)

    # What the panes ask -----------------------------------------------------------------------------------------

    @property
    def flow(self) -> Flow:
        return self.document.flow

    @property
    def person(self) -> str:
        """Whose undo stack: the browser's tab, which survives a reload."""
        return self.client.tab_id or self.client.id

    @property
    def shown(self) -> RunState | None:
        """The run that is shown: the present one, or a past one as it stood at a moment."""
        return self.past.state if self.past is not None else self.running.state

    async def answer(self, path: str, value: Any, number: int, event: int) -> None:
        """Answer what the run that is shown asks. Raises what `RunService.answer` does."""
        run_id = self.past.record.id if self.past is not None else None
        await self.running.answer(path, value, number, event, run_id)

    def problems_of(self, node: str) -> list[Problem]:
        return [problem for problem in self.document.problems if problem.node == node]

    def title(self, node: str) -> str:
        """What to call a node in a sentence."""
        if node in ("inputs", "outputs"):
            return "Inputs" if node == "inputs" else "Outputs"
        past = self.past.here if self.past is not None else None
        flow = self.flow if node in self.flow.nodes or past is None else past
        return title_of(flow.nodes, node)

    def names(self) -> StepNames:
        """What to call the steps of the run that is shown."""
        return StepNames(lambda: self.run_flow)

    @property
    def run_flow(self) -> Flow:
        """The whole flow, as the run that is shown has it."""
        return self.past.flow if self.past is not None else self.whole.flow

    @property
    def here(self) -> RunState | None:
        """What the nodes of this flow did in the present run."""
        return self.place.state(self.running.state, self.whole.flow)

    def step_of(self, node: str) -> str:
        """The path of a node's step in the run that is shown."""
        return self.place.path(node, self.shown)

    def pins(self) -> dict[str, Any]:
        """The pinned values of this flow's nodes. Raises `WeftError` if they can't be read."""
        pins = self.running.pins()
        return {node: pins[self.place.key(node)] for node in self.place.here(pins)}

    def pin(self, node: str, value: Mapping[str, Any]) -> None:
        """Use this value instead of running the node; inside a node in each of its items or rounds."""
        self.running.pin(self.place.key(node), value, self.step_of(node))

    def unpin(self, node: str) -> None:
        self.running.unpin(self.place.key(node))

    def look(self, path: str) -> None:
        """Select the node of a step, if it is of this flow, and show the item or round that it belongs to."""
        found = self.place.find(path)
        if found is None or found[1] not in self.flow.nodes:
            return
        if self.place.inside and self.place.shown not in ("", found[0]):
            self.place.shown = found[0]
            self.on_passes()
        self.select((found[1],), reveal=True)

    # What the panes do ------------------------------------------------------------------------------------------

    def submit(self, changes: Sequence[dict[str, Any]], label: str) -> str:
        """Apply changes as one transaction of this person. The reason if it is refused, "" if not."""
        if self.held:
            self.soon()  # a field may show what was typed
            return self.held
        try:
            transaction = Transaction.model_validate(
                {"changes": list(changes), "label": label, "source": self.person}
            )
            self.document.submit(transaction, self.person)
        except ValidationError as error:
            return "; ".join(str(problem["msg"]) for problem in error.errors())
        except (ChangeRefused, ReadOnly) as refused:
            return str(refused)
        self.redraw()  # at once: the form's next change builds on this one
        return ""

    def do(self, changes: Sequence[dict[str, Any]], label: str) -> str:
        """As `submit`, for a button or a choice: a refusal is said aloud."""
        reason = self.submit(changes, label)
        if reason:
            self.say(reason, "")
        return reason

    def fix(self, problem: Problem) -> None:
        """Apply the repair a problem carries."""
        if problem.fix is not None:
            self.do(as_json(problem.fix)["changes"], problem.fix.label or "Fix a problem")

    def take(self, op_id: str, changes: Sequence[dict[str, Any]], label: str) -> str:
        """A batch of the canvas, as `submit`. One sent twice, after a lost connection, counts once."""
        if self.held:
            return self.held
        before = self.document.rev
        try:
            transaction = Transaction.model_validate(
                {"changes": list(changes), "label": label, "source": self.person, "op_id": op_id}
            )
            applied = self.document.submit(transaction, self.person)
        except ValidationError:
            return "The editor sent a change that can't be read."
        except (ChangeRefused, ReadOnly) as refused:
            return str(refused)
        if self.document.rev == before and self.canvas is not None:
            self.canvas.applied(self._message(applied))  # the answer got lost, not the change
        return ""

    def undo(self) -> None:
        self._step(self.document.undo, "Nothing to undo.")

    def redo(self) -> None:
        self._step(self.document.redo, "Nothing to redo.")

    def select(self, nodes: Sequence[str], *, reveal: bool = False, port: str | None = None) -> None:
        """Select from outside the canvas, and show it there."""
        self.chosen(nodes, None)
        if self.canvas is not None:
            self.canvas.select(nodes)
            if reveal and nodes:
                self.canvas.reveal(nodes[0], port)

    def chosen(self, nodes: Sequence[str], edge: dict[str, Any] | None) -> None:
        """The canvas selected this."""
        self.selection = self.picked = tuple(nodes)
        self.edge = edge
        if self.held:  # the canvas may show another version
            known = {*self.flow.nodes, "inputs", "outputs"}
            self.selection, self.edge = tuple(name for name in nodes if name in known), None
        if self.past is not None:  # the canvas may show nodes that the flow has no more
            self.selection = self.past.picked(nodes, self.flow)
        self.redraw()

    def close(self) -> None:
        """The tab is gone."""
        self._leave()
        if self._beat is not None:
            self._beat.cancel()

    # What the document says -------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Show everything anew, now."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        for pane in self.panes:
            pane.redraw()

    def soon(self) -> None:
        """Show everything anew, together with whatever else changes within a beat."""
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(BEAT, self._on_beat)

    def _on_beat(self) -> None:
        self._beat = None
        self.redraw()

    def _heard(self, event: Event) -> None:
        match event:
            case Applied():
                self._follow_names(event.tx)
                if event.person == FILE:
                    self.changed_on_disk = False
                    self.note("The file was changed on disk, and read again.")
                if self.canvas is not None:
                    self.canvas.applied(self._message(event))
            case Saved():
                self.changed_on_disk = False
            case ExternalChange(message=message):
                self.changed_on_disk = True
                if message:
                    self.say(message, "Nothing is lost: choose what to do at the flow's state, above.")
            case Kept(trouble=trouble):
                if trouble is not None:
                    self.say(trouble.message, trouble.hint)
        self.soon()

    def _message(self, event: Applied) -> dict[str, Any]:
        """What the canvas is told. Ports and problems only if they are others than it knows."""
        message: dict[str, Any] = {
            "rev": event.rev,
            "op_id": event.tx.op_id,
            "mine": event.person == self.person,
            "changes": as_json(event.tx)["changes"],
        }
        if ports := changed_ports(self._ports, event.ports):
            message["ports"] = ports
        if event.problems != self._problems:
            message["problems"] = problems_json(event.problems)
        self._ports, self._problems = event.ports, event.problems
        return message

    def _follow_names(self, transaction: Transaction) -> None:
        for change in as_json(transaction)["changes"]:
            if change["op"] == "rename-node":
                self.selection = tuple(
                    change["to"] if name == change["id"] else name for name in self.selection
                )
        known = {*self.flow.nodes, "inputs", "outputs"}
        self.selection = tuple(name for name in self.selection if name in known)

    def _step(self, step: Callable[[str], Any], nothing: str) -> None:
        try:
            done = step(self.person)
        except (ChangeRefused, ReadOnly) as refused:
            self.say(str(refused), "")
            return
        if done is None:
            self.note(nothing)
        self.redraw()
