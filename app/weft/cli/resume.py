"""`weft resume`: go on with a run that nobody drives."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder, RunId
from weft.cli.runs.finding import find, no_run
from weft.cli.telling import give, reporter

if TYPE_CHECKING:
    from weft.cli.following import Reporter, Told
    from weft.engine.events import Event
    from weft.runs.service import RunService
    from weft.workspace import Workspace


def resume(
    run_id: RunId,
    as_json: AsJson = False,
    file: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False, help="Write the outputs there."),
    ] = None,
    folder: Folder = None,
) -> None:
    """Go on with a run: one left behind by a process that died, one that is queued, or one that waits.

    What is recorded is not done again. A run that failed or was cancelled stays as it ended: it is done again from what
    it gave, as a new run. What is asked meanwhile is asked on the terminal; without one, the run is left waiting, to be
    answered with 'weft answer' and gone on with. Ctrl-C cancels the run, as with 'weft run'.

    Ends as 'weft run' does, and with 4 when the run is left waiting for a person.
    """
    from weft.workspace import Workspace, atomic
    from weft.workspace.recording import recorded

    workspace = Workspace.open(folder)
    if not recorded(workspace):
        raise no_run(run_id)
    if file is not None:
        atomic.refuse_read_only(file)
    told = asyncio.run(_resumed(workspace, run_id, reporter(as_json=as_json)))
    if told.code == codes.OK:
        give(told, file, as_json=as_json)
    raise typer.Exit(told.code)


async def _resumed(workspace: "Workspace", text: str, reporter: "Reporter") -> "Told":
    from weft.cli.following import Order, Stop, Told, say_ended
    from weft.model.text import loads

    service = workspace.runs()
    try:
        record, state = await find(service, text)
        seen = state.seq
        run_id = await service.resume(record.id)
        if run_id != record.id:
            terminal.note(f"The run {record.id} is over: what it gave is taken over by the run {run_id}.")
            seen = 0
        order = Order(record.flow, loads(record.document), record.inputs, record.model, record.parallel)
        told, stop = Told(), Stop(service, run_id, reporter)
        reporter.begin(order, run_id)
        person = Person(service, run_id, reporter, seen)
        try:
            await _follow(service, run_id, reporter, person, told)
        except BaseException:
            await service.cancel(run_id)
            raise
        finally:
            await person.close()
            reporter.end()
            await stop.settled()
        if person.leaves:
            _say_waiting(run_id, person)
            told.code = codes.ASKS
        say_ended(told, stop)
        return told
    finally:
        await workspace.close()


async def _follow(
    service: "RunService", run_id: str, reporter: "Reporter", person: "Person", told: "Told"
) -> None:
    from weft.cli.following import note_outcome

    async for event in service.watch(run_id):
        reporter.tell(event)
        note_outcome(event, told)
        person.tell(event)
        if person.leaves:
            await service.drain(0.0)  # it waits in the books
            return


class Person:
    """Who is asked: whoever sits at the terminal; without one, the run is to be left waiting once nothing else is left
    to do. Events up to `seen` are of the time before: their questions are asked only if they are still open."""

    def __init__(self, service: "RunService", run_id: str, reporter: "Reporter", seen: int) -> None:
        from weft.cli.asking import Attended
        from weft.runs.state import RunState

        there = sys.stdin.isatty() and sys.stderr.isatty()
        self._at_terminal: Attended | None = Attended(service, run_id, reporter) if there else None
        self._seen = seen
        self._before: dict[str, Event] = {}
        self.state = RunState()

    @property
    def leaves(self) -> bool:
        waits = self._at_terminal is None and self.state.seq > self._seen and self.state.status == "waiting"
        return waits and not all("within" in question for question in self.state.questions.values())

    def tell(self, event: "Event") -> None:
        self.state.apply(event)
        if event.kind == "step-paused":
            self._before[event.path] = event
        if self._at_terminal is None or event.seq <= self._seen:
            return
        for path, asked in self._before.items():
            if asked.seq <= self._seen and path in self.state.questions:
                self._at_terminal.tell(asked)
        self._before.clear()
        self._at_terminal.tell(event)

    async def close(self) -> None:
        if self._at_terminal is not None:
            await self._at_terminal.close()


def _say_waiting(run_id: str, person: Person) -> None:
    from weft.cli.asking import example
    from weft.cli.prompts import head_of

    for path, question in person.state.questions.items():
        terminal.note(f"{path} asks: {head_of(question)}")
        terminal.note(f"  weft answer {run_id} {path} {example(question)}")
    terminal.error(
        "The run asks a person, and nobody is here to answer; it is left waiting.",
        f"Answer it, then 'weft resume {run_id}' goes on with it, as a server does by itself.",
    )
