"""The Run tab: inputs, the steps of the run, and what the chosen step did."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from weft.engine.cost import told
from weft.engine.events import Event
from weft.model.errors import Conflict, NotFound, WeftError
from weft.runs.state import RunState, StepState
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.dock.cards import Cards
from weft.ui.dock.control import RunControl
from weft.ui.dock.step_detail import StepDetail
from weft.ui.elements import Box, Thing, button
from weft.ui.figures import duration
from weft.ui.looking import changes
from weft.ui.session import Session

BEAT = 0.1  # seconds between two updates of a run: at most ten a second
BLANK = {"status": "later", "ready": None, "started": None, "seconds": None, "note": ""}


class Steps(Thing):
    """The list of steps; see `static/ui/steps.js`."""

    component = assets.component("steps.js")

    def __init__(self) -> None:
        super().__init__()
        self.put({"label": "Steps", "empty": "Nothing has run yet."})

    def choose(self, path: str) -> None:
        self.put({"selected": path})


class RunTab:
    """Follows the flow's run and tells the canvas of it; `start` and `stop` are what the buttons and keys call."""

    def __init__(self, session: Session, dock: Dock, control: RunControl) -> None:
        self._session, self._dock, self._control = session, dock, control
        self._chosen = ""
        self._by_hand = False  # the person chose a step: the list stops following the newest
        self._dirty: dict[str, None] = {}  # in the order of what happened
        self._cards = Cards(session)
        self._names = session.names()
        self._selection: tuple[str, ...] = ()
        self._beat: asyncio.TimerHandle | None = None
        with dock.head("run"):
            self._status = Box("span", "w-chip").show(False)
        with dock.body("run"), Box("div", "w-run"):
            with changes(Box("div", "w-run-inputs")):
                control.draw()
                self._go = button("Run", self.toggle, symbol="play", kind="primary").mark("run-form")
            with Box("div"):
                self._steps = Steps()
                self._steps.on("choose", lambda event: self._choose(event.args["path"]))
            self._detail = StepDetail(self._answer)
        self._leave = session.running.listen(self._heard)
        session.show_anew = self._show_cards
        self.redraw()

    # What a person does -----------------------------------------------------------------------------------------

    def toggle(self) -> Any:
        return self.stop() if self._session.running.active else self.start()

    def start(self) -> Any:
        """Run the flow as it is now, or show why it can't run."""
        return self._control.start()

    async def stop(self) -> None:
        await self._session.running.stop()

    async def _answer(self, path: str, value: Any, number: int, event: int) -> str:
        """Give a person's answer to the run; why it was refused, "" if it was taken."""
        was, self._by_hand = self._by_hand, False  # if it is taken, on to the next question
        try:
            await self._session.answer(path, value, number, event)
        except (Conflict, NotFound) as late:
            self._session.say(late.message, late.hint)
        except WeftError as unfit:
            self._by_hand = was
            return unfit.message
        return ""

    def look_at(self, path: str) -> None:
        """Show this step, wherever the person asked for it."""
        self._dock.choose("run")
        self._chosen, self._by_hand = path, True
        self._steps.choose(path)
        self._show_detail()

    def _choose(self, path: str) -> None:
        self._chosen, self._by_hand = path, True
        self._steps.choose(path)
        self._show_detail()
        self._session.look(path)

    def _is_of(self, node: str) -> bool:
        """Whether the step that is shown is this node's, in whichever item or round."""
        place = self._session.place
        return place.shown == "" and place.inside and place.node(self._chosen) == node

    # What is shown ----------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Inputs follow the flow; a selected node's step is the one shown."""
        self._control.form.show(self._session.whole.flow)
        selection, before = self._session.selection, self._selection
        self._selection = selection
        path = self._session.step_of(selection[0]) if len(selection) == 1 else ""
        if selection != before and path in self._state.steps and not self._is_of(selection[0]):
            self._chosen, self._by_hand = path, True
            self._steps.choose(self._chosen)
        self._show_detail()

    def show_all(self) -> None:
        """The whole run as it stands: for a new run, and for a tab that comes late."""
        self._dirty.clear()
        self._names.take(self._whole)
        if self._session.past is not None and self._chosen not in self._whole.steps:
            paths = [self._session.step_of(node) for node in self._session.selection]
            selected = [path for path in paths if path in self._whole.steps]
            self._chosen = selected[0] if selected else last(self._whole)
        self._control.show_marks()
        lines = [self._line(path, step) for path, step in self._whole.steps.items()]
        self._steps.run_method("reset", lines, self._state.at, self._span)
        self._to_canvas(self._state.steps, reset=True)
        self._show_status()
        self._show_detail()

    def _show_cards(self) -> None:
        """Another item or round of a flow inside a node is looked at."""
        self._cards.send(self._state, self._state.steps, reset=True)
        self._session.soon()

    def show_moment(self, changed: Iterable[str], gone: Iterable[str]) -> None:
        """Of a past run, another moment is shown: in it these steps are others, and those aren't there yet."""
        steps = {path: self._state.steps[path] for path in changed} | {path: StepState(path) for path in gone}
        lines = [self._line(path, step) for path, step in steps.items()]
        self._steps.run_method("patch", lines, self._state.at, self._span)
        self._to_canvas(steps)
        self._show_status()
        self._show_detail()

    def close(self) -> None:
        self._leave()
        if self._beat is not None:
            self._beat.cancel()

    @property
    def chosen(self) -> str:
        """The path of the step that is shown."""
        return self._chosen

    @property
    def _state(self) -> RunState:
        return self._session.shown or RunState()

    @property
    def _whole(self) -> RunState:
        """With every step, also those that a past run had not come to yet."""
        return self._session.past.whole if self._session.past else self._state

    @property
    def _span(self) -> float:
        """How long a past run took; 0 for the present one, which goes on."""
        return self._session.past.replay.seconds if self._session.past else 0.0

    def _heard(self, event: Event | None) -> None:
        if self._session.past is not None:
            return
        if event is None:
            self._chosen, self._by_hand = "", False
            self.show_all()
            return
        if event.path:
            self._dirty[event.path] = None
            found = self._session.place.find(event.path)
            top = found is not None and "/" not in found[1]  # what goes on inside a step stays folded
            if top and not self._by_hand and event.kind == "step-started" and not self._state.questions:
                self._chosen = event.path
            self._look_at_questions(event)
        elif not self._by_hand and event.kind == "run-finished":
            self._chosen = last(self._state) or self._chosen
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(BEAT, self._flush)

    def _look_at_questions(self, event: Event) -> None:
        """A question comes into view by itself, unless the person looks at something else."""
        questions = self._state.questions
        if questions and not self._by_hand and self._chosen not in questions:
            self._chosen = next(iter(questions))
        if event.kind == "step-paused" and questions and self._dock.open is None:
            self._dock.choose("run")

    def _flush(self) -> None:
        self._beat = None
        steps = {path: self._state.steps[path] for path in self._dirty if path in self._state.steps}
        self._dirty.clear()
        if steps:
            self._names.take(self._state)
            lines = [self._line(path, step) for path, step in steps.items()]
            self._steps.run_method("patch", lines, self._state.at)
            self._to_canvas(steps)
        self._steps.choose(self._chosen)
        self._show_status()
        if not self._chosen or self._chosen in steps or self._state.status != "running":
            self._show_detail()

    def _show_status(self) -> None:
        running = self._session.running
        status = self._state.status if running.run_id or self._session.past else ""
        self._status.show(bool(status))
        self._status.text = summary(self._state)
        self._status.set_classes(f"w-chip w-chip--{status}" if status else "w-chip")
        self._go.show(not running.active)
        self._session.soon()

    def _show_detail(self) -> None:
        step = self._state.steps.get(self._chosen)
        question = self._state.questions.get(self._chosen)
        self._detail.show(self._names.full(self._chosen) if step else "", step, question)

    def _line(self, path: str, step: StepState) -> dict[str, Any]:
        line = line_of(path, step, self._names.own(path))
        return line if path in self._state.steps else {**BLANK, "path": path, "title": line["title"]}

    def _to_canvas(self, steps: Mapping[str, StepState], *, reset: bool = False) -> None:
        self._session.place.take(steps, anew=reset)
        self._cards.send(self._state, steps, reset=reset)


def line_of(path: str, step: StepState, title: str) -> dict[str, Any]:
    """A line of the timeline: what a step is called, how it stands, when it was ready, began, ended."""
    figures = [
        "pinned" if step.put == "pinned" else "cached" if step.cached else "",
        f"{step.attempt} attempts" if step.attempt > 1 else "",
        told(step.cost, step.unpriced_calls),
    ]
    return {
        "path": path,
        "title": title,
        "status": step.status,
        "ready": step.ready,
        "started": step.started,
        "seconds": step.seconds,
        "note": " · ".join(figure for figure in figures if figure),
    }


def summary(state: RunState) -> str:
    """How the run stands, its time once it is over, its tokens and cost once there are some."""
    tokens = state.usage.get("input_tokens", 0) + state.usage.get("output_tokens", 0)
    parts = [
        "done" if state.status == "succeeded" else state.status,
        duration(state.seconds) if state.seconds is not None else "",
        f"{tokens:,} tokens" if tokens else "",
        told(state.cost, state.unpriced_calls),
    ]
    return " · ".join(part for part in parts if part)


def last(state: RunState) -> str:
    """The step to show when a run is over: the one that failed, else the one that finished last."""
    if state.error and state.error.get("node") in state.steps:
        return str(state.error["node"])
    ended = [
        step
        for path, step in state.steps.items()
        if step.status == "succeeded" and step.started is not None and "/" not in path
    ]
    return max(ended, key=lambda step: (step.started or 0) + (step.seconds or 0)).path if ended else ""
