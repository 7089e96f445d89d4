"""The tab Tests: the cases of the flow, made of runs, run with recorded answers, and changed in a form."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from nicegui import ui

from weft.model.errors import NotFound, WeftError
from weft.runs.service import RunService
from weft.ui import assets, dialogs
from weft.ui.dock import Dock
from weft.ui.elements import Page
from weft.ui.errors import below
from weft.ui.history.asking import Asking
from weft.ui.session import Session
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.taping import cassette_path
from weft.workspace.testing import Case, check_suite
from weft.workspace.testing.adding import add_case, cases_of, plain_case, put_case, remove_case
from weft.workspace.testing.costs import recording_cost
from weft.workspace.testing.rows import OF_RUN, OF_STEP, OF_VALUE, expect_of, rows_of, wrong_rows
from weft.workspace.testing.running import plain


class Table(Asking):
    """See `static/ui/tests.js`."""

    component = assets.component("tests.js")


class Tests:
    """Cases are those of the flow in the file, also where the page is on a flow inside one of its nodes."""

    def __init__(self, session: Session, page: Page, dock: Dock, runs: RunService) -> None:
        self._session, self._page, self._dock, self._runs = session, page, dock, runs
        self._running: asyncio.Task[None] | None = None
        self._gone: tuple[str, Case] | None = None
        assets.link("ui/tests.css")
        with dock.body("tests"):
            self._table = Table(
                {"cases": self.cases, "run": self.run, "stop": self.stop, "make": self.make}
                | {
                    "compare": self.compare,
                    "save": self.save,
                    "remove": self.remove,
                    "restore": self.restore,
                },
                session.document.workspace.root,
            )
        self._table.mark("tests")
        dock.listeners.append(self._turned)
        session.client.on_delete(self.stop)  # pyright: ignore[reportUnknownMemberType]

    @property
    def tabs(self) -> dict[str, Callable[[], Any]]:
        """What can be asked for here, by its name."""
        return {"tests": self.open, "make-test": self.make_of_last, "grid": self.compare}

    def open(self) -> None:
        self._dock.choose("tests")

    def compare(self) -> None:
        """Go to the page on which prompts and models are compared."""
        ui.navigate.to(f"/flows/{quote(self._document.slug, safe='')}/grid")

    async def make_of_last(self) -> None:
        """Make the run that is shown a test, and show it."""
        await self.make_of("")

    async def make_of(self, run_id: str) -> None:
        """Make a run of the past a test, and show it."""
        try:
            name = await self.make(run=run_id)
        except WeftError as error:
            self._session.say(error.message, error.hint)
            return
        self._dock.choose("tests")
        self._table.run_method("read", name)

    # What the page asks for -----------------------------------------------------------------------------------------

    async def cases(self) -> dict[str, Any]:
        """All cases, with their expectations as rows, and what can be chosen in the form."""
        document = self._document
        path = await asyncio.to_thread(document.workspace.find, document.slug)
        suite = await asyncio.to_thread(cases_of, path)
        return {
            "cases": [{"name": name, **_form(case)} for name, case in suite.cases.items()],
            "recorded": cassette_path(path).exists(),
            "readonly": document.read_only,
            "busy": self._running is not None and not self._running.done(),
            "outputs": list(document.flow.outputs),
            "steps": list(document.flow.nodes),
            "checks": {"output": OF_VALUE, "step": OF_STEP, "run": OF_RUN},
        }

    async def run(self, names: list[str], record: bool = False) -> None:
        """Run these cases; what each comes to is told as it is done. To record asks real models: a person says yes,
        knowing what it would cost."""
        if not record:
            self._begin(names, record=False)
            return
        document = self._document
        path = await asyncio.to_thread(document.workspace.find, document.slug)
        suite = await asyncio.to_thread(cases_of, path)
        known = [name for name in names if name in suite.cases]
        cost = await recording_cost(document.workspace, document.flow, document.slug, suite, known)
        count = f"{len(known)} cases are" if len(known) != 1 else "1 case is"
        text = f"{count} run really: models and tools are asked, which costs {cost.sentence()}. Their answers replace those on the cassette."
        with self._page:
            dialogs.ask(
                "Record again",
                text,
                (("cancel", "Cancel", ""), ("record", "Record", "primary")),
                lambda answer: self._begin(known, record=True) if answer == "record" else None,
            )

    def stop(self) -> None:
        """Stop the cases that are running."""
        if self._running is not None:
            self._running.cancel()

    async def make(self, name: str = "", run: str = "") -> str:
        """Make a case of the run that is shown, or of that of this id; its name."""
        past, running = self._session.past, self._session.running
        run_id = run or (past.record.id if past is not None else running.run_id)
        if not run_id:
            raise NotFound(
                "There is no run to make a test of.",
                code="unknown-run",
                hint="Run the flow, or open a run in History.",
            )
        document = await self._owned()
        made = await add_case(document.workspace, run_id, name or None, service=self._runs)
        self._session.note(f"The run is the case {made.name!r} now. Look at what it expects.")
        return made.name

    async def save(self, was: str, case: Mapping[str, Any]) -> dict[str, Any]:
        """Write a case as the form has it, in place of the one called `was`: its `name`, or by place what is `wrong`."""
        document = await self._owned()
        made, wrong = _read(case)
        name = str(case["name"]).strip()
        if not wrong:
            known = await asyncio.to_thread(cases_of, document.path)
            if was in known.cases and known.cases[was].state is not None:
                made["state"] = known.cases[was].state
            try:
                await asyncio.to_thread(put_case, document.path, name, made, was)
            except WeftError as refused:
                wrong["name" if name != was or not name else "rest"] = (
                    f"{refused.message} {refused.hint}".strip()
                )
        return {"name": name, "wrong": wrong}

    async def remove(self, name: str) -> None:
        """Let a case go; `restore` brings it back."""
        document = await self._owned()
        self._gone = name, await asyncio.to_thread(remove_case, document.path, name)

    async def restore(self) -> str:
        """Bring back the case that was let go last; its name."""
        if self._gone is None:
            return ""
        (name, case), document = self._gone, await self._owned()
        await asyncio.to_thread(put_case, document.path, name, plain_case(case))
        self._gone = None
        return name

    # ----------------------------------------------------------------------------------------------------------------

    @property
    def _document(self) -> OpenDocument:
        """The flow's whole document."""
        document = self._session.document
        while (outer := getattr(document, "outer", None)) is not None:
            document = outer
        return document

    async def _owned(self) -> OpenDocument:
        """The document, with a file of the workspace's own beside which cases can lie."""
        document = self._document
        if document.read_only or not document.path.exists():
            await document.save()  # or it says why that can't be
        return document

    def _turned(self) -> None:
        if self._dock.open == "tests":
            self._table.run_method("read", "")

    def _begin(self, names: list[str], *, record: bool) -> None:
        if self._running is not None and not self._running.done():
            self._session.say("Cases of this flow are running.", "Wait for their end, or stop them.")
            return
        self._running = asyncio.create_task(self._run(names, record), name=f"cases of {self._document.slug}")

    async def _run(self, names: list[str], record: bool) -> None:
        document, said = self._document, ""
        self._table.run_method("began", names)
        try:
            if record:
                await self._owned()
            path = await asyncio.to_thread(document.workspace.find, document.slug)
            suite = await asyncio.to_thread(cases_of, path)
            known = [name for name in names if name in suite.cases]
            found = check_suite(
                document.workspace, path, suite, names=known, record=record, flow=document.flow
            )
            async for checked in found:
                self._table.run_method("checked", plain(checked))
        except WeftError as error:
            said = below(document.workspace.root, f"{error.message} {error.hint}".strip())
        finally:
            self._table.run_method("ended", said)


def _form(case: Case) -> dict[str, Any]:
    return {
        "inputs": json.dumps(case.inputs, ensure_ascii=False, indent=2),
        "answers": json.dumps(case.answers, ensure_ascii=False, indent=2) if case.answers else "",
        "model": case.model or "",
        "rows": rows_of(case.expect),
    }


def _read(case: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A case as its file is to have it, of what the form holds; and what is wrong in the form, by its place."""
    made: dict[str, Any] = {}
    wrong = {f"row {number}": said for number, said in wrong_rows(list(case["rows"])).items()}
    for place, what in (("inputs", "The inputs"), ("answers", "The answers")):
        text = str(case[place]).strip()
        try:
            if text or place == "inputs":
                made[place] = _object(text, what)
        except ValueError as problem:
            wrong[place] = str(problem)
    if model := str(case["model"]).strip():
        made["model"] = model
    if not wrong:
        made["expect"] = expect_of(list(case["rows"]))
    return made, wrong


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        value: Any = json.loads(text or "{}")
    except ValueError as wrong:
        raise ValueError(f"{what} aren't JSON: {wrong}.") from None
    if not isinstance(value, dict):
        raise ValueError(f"{what} are an object, such as {{}}.")
    return dict[str, Any](value)  # pyright: ignore[reportUnknownArgumentType]
