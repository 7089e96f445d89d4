"""What a person does with runs: start one, all or a part; see what it would do; pin and edit what a step gave."""

import json
from typing import Any

from weft.engine.choice import Choice
from weft.model.errors import FlowHasProblems, WeftError
from weft.model.inner import flow_at
from weft.ui import dialogs
from weft.ui.dock import Dock
from weft.ui.dock.run_form import RunForm
from weft.ui.dock.run_options import RunOptions
from weft.ui.elements import Page
from weft.ui.history.forks import INSIDE, PIN
from weft.ui.inspector.values import json_value
from weft.ui.plan_dialog import show_plan
from weft.ui.session import Session
from weft.ui.showing import critical_path, in_rounds
from weft.ui.trust_dialog import allowed
from weft.workspace.foreseeing.estimate import estimate

PARTS = ("run-from", "run-until", "run-only")
RUNS = frozenset(
    ["run", "run-fresh", *PARTS, "plan", "critical-path", "pin", "unpin", "toggle-pin", "edit-output"]
)
"""The names of what `RunControl.command` does."""


class RunControl:
    """The commands of runs, from wherever they come; `form` and `options` are where their inputs are typed."""

    def __init__(self, session: Session, page: Page, dock: Dock) -> None:
        self._session, self._page, self._dock = session, page, dock
        self.form: RunForm
        self.options: RunOptions
        self._critical = False

    def draw(self) -> None:
        """The form of a run, here."""
        self.form = RunForm()
        self.options = RunOptions(self._estimate, self._forget)

    def command(self, name: str, node: str = "") -> Any:
        """Do it; what takes time is returned, to be awaited."""
        node = node or next((one for one in self._session.selection if one in self._session.flow.nodes), "")
        match name:
            case "run":
                return self.start()
            case "run-fresh":
                return self.start(Choice(fresh=True))
            case "critical-path":
                return self._show_critical()
            case "plan":
                return self.plan()
            case _ if not node:
                self._session.say("Select a node first.", "")
            case "run-from" | "run-until" | "run-only":
                return self.start(self._part(name, node))
            case "toggle-pin":
                self.pin(node, pinned=node not in self._session.pins())
            case "pin" | "unpin":
                self.pin(node, pinned=name == "pin")
            case _:
                self.edit_output(node)

    def _part(self, name: str, node: str) -> Choice:
        """A part of the run, as the flow around says it; the whole flow runs as far as it must."""
        session = self._session
        catalog = session.whole.workspace.catalog

        def in_round(way: str) -> bool:
            above, _, last = way.rpartition("/")
            flow = flow_at(session.whole.flow, above.split("/") if above else ())
            component = catalog.get(flow.nodes[last].component) if flow and last in flow.nodes else None
            return component is not None and in_rounds(component.ui)

        return session.place.part(name, node, in_round)

    async def start(self, choice: Choice | None = None) -> None:
        """Run the flow as it is now, or a part of it, or show why it can't run."""
        session = self._session
        if session.running.active:
            return
        if any(problem.severity == "error" for problem in session.whole.problems):
            self._dock.choose("problems")
            session.say("This flow has problems. Solve them, then run it.", "")
            return
        self._dock.choose("run")
        values, budget = self.form.values(), self.options.budget()
        if values is None or isinstance(budget, str):
            session.say(budget if isinstance(budget, str) else "An input needs a value.", "")
            return
        if not await allowed(session, self._page, lambda: self.start(choice)):
            return
        try:
            await session.running.start(
                session.whole.flow,
                values,
                session.model or None,
                choice=choice,
                budget=budget,
                session=self.options.session,
            )
            if name := self.options.session:
                self.options.sessions(dict.fromkeys([name, *self.options.known]))
        except FlowHasProblems as error:
            self._dock.choose("problems")
            session.say(str(error), "")
        except WeftError as error:
            session.say(error.message, error.hint)

    async def plan(self) -> None:
        """Show what a run would do: what is cached, what runs, because of what."""
        session, values = self._session, self.form.values()
        if values is None:
            self._dock.choose("run")
            session.say("An input needs a value.", "")
            return
        try:
            steps = await session.running.plan(
                session.whole.flow, values, session.model or None, session=self.options.session
            )
        except WeftError as error:
            session.say(error.message, error.hint)
            return
        with self._page:
            show_plan(steps, session.names().full, self.command)

    def pin(self, node: str, *, pinned: bool) -> None:
        """Use what the node gave last instead of running it; or run it again."""
        session, state = self._session, self._session.shown
        step = state.steps.get(session.step_of(node)) if state else None
        try:
            if not pinned:
                session.unpin(node)
            elif step is None or step.status != "succeeded" or not step.value:
                session.say(
                    f"{session.title(node)} has given nothing yet that could be pinned.", "Run it first."
                )
                return
            else:
                session.pin(node, step.value)
        except WeftError as error:
            session.say(error.message, error.hint)
            return
        self.show_marks()
        self._page.toast(f"{session.title(node)} is {'pinned: it is not run' if pinned else 'run again'}.")

    def edit_output(self, node: str) -> None:
        """Change what a finished step gave, and run what depends on it."""
        session, state = self._session, self._session.running.state
        if session.place.inside:
            session.say(INSIDE.format(session.title(node)), PIN)
            return
        step = state.steps.get(node) if state else None
        if state is None or step is None or not step.value or session.running.active:
            session.say(f"{session.title(node)} has given nothing yet that could be edited.", "Run it first.")
            return
        if step.cut:
            session.say(
                f"What {session.title(node)} gave is too long to be edited here.",
                "Pin it, or edit its inputs.",
            )
            return
        old = next(iter(step.value.values()))

        async def rerun(text: str) -> str:
            try:
                value = text if isinstance(old, str) else json_value(text)
                await session.running.rerun({node: value})
            except ValueError as error:
                return str(error)
            except WeftError as error:
                return f"{error.message} {error.hint}".strip()
            self._dock.choose("run")
            return ""

        text = old if isinstance(old, str) else json.dumps(old, ensure_ascii=False, indent=2)
        with self._page:
            dialogs.edit_text(f"Output of {session.title(node)}", text, "Run what depends on it", rerun)

    def show_marks(self) -> None:
        """Tell the canvas what is pinned, and take back what else was marked."""
        self._critical = False
        if self._session.canvas is not None:
            try:
                pinned = list(self._session.pins())
            except WeftError as error:
                self._session.say(error.message, error.hint)
                pinned = []
            self._session.canvas.marks(pinned=pinned, critical=[])

    async def look_for_sessions(self) -> None:
        self.options.sessions(await self._session.running.sessions())

    def _show_critical(self) -> None:
        session = self._session
        state = session.place.state(session.shown, session.run_flow)
        path = critical_path(session.flow, state) if state and not self._critical else []
        if not path and not self._critical:
            session.say("There is no run yet whose longest way could be shown.", "")
        self._critical = bool(path)
        if session.canvas is not None:
            session.canvas.marks(critical=path)
        if path:
            self._page.toast("Longest way: " + " → ".join(session.title(node) for node in path))

    async def _estimate(self) -> str:
        session = self._session
        found = await estimate(
            session.document.workspace,
            session.whole.flow,
            self.form.values() or {},
            slug=session.document.slug,
            model=session.model or None,
        )
        return found.sentence()

    async def _forget(self, name: str) -> None:
        try:
            await self._session.running.forget(name)
        except WeftError as error:
            self._session.say(error.message, error.hint)
        await self.look_for_sessions()
