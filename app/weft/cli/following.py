"""Starting a run and following it to its end, whatever happens to us meanwhile."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from weft.cli import codes, terminal
from weft.cli.asking import attend, say_unanswered
from weft.engine.budget import Budget
from weft.engine.choice import Choice
from weft.engine.events import Event, event_json
from weft.engine.limits import Limits
from weft.model import Flow
from weft.runs.asker import asked_by, at_the_command_line
from weft.runs.service import RunService
from weft.workspace import Workspace
from weft.workspace.foreseeing.answering import Answering, answering


@dataclass(frozen=True)
class Order:
    """What is to be run."""

    slug: str
    flow: Flow
    inputs: dict[str, Any]
    model: str | None
    parallel: int
    budget: Budget | None = None
    session: str | None = None
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    limits: Limits | None = None
    choice: Choice | None = None
    again: str = ""
    """The run that is done again, its values standing but for the `edits`."""
    edits: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Told:
    """What the events came to."""

    code: int = codes.FAILED
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    failures: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Message and hint by step, "" for the run's own."""


class Reporter(Protocol):
    """Shows a run while it happens."""

    def begin(self, order: Order, run_id: str) -> None: ...
    def tell(self, event: Event) -> None: ...
    def hold(self) -> None:
        """Leave the terminal to a question, until `go_on`."""
        ...

    def go_on(self) -> None: ...
    def end(self) -> None:
        """Leave the terminal as it was found. May be called twice."""
        ...


async def follow(workspace: Workspace, order: Order, reporter: Reporter) -> Told:
    """Run it, and report every event; returns when the run is over and recorded."""
    service = workspace.runs()
    for line in taped(workspace) or said_before(
        answering(workspace, order.flow, order.model), workspace.recording
    ):
        terminal.note(line)
    told = Told()
    try:
        run_id = await _begin(service, order)
        stop = Stop(service, run_id, reporter)
        reporter.begin(order, run_id)
        person = attend(service, run_id, reporter)
        try:
            async for event in service.watch(run_id):
                reporter.tell(event)
                person.tell(event)
                note_outcome(event, told)
        except BaseException:
            # Nobody reads any more (a closed pipe, a full disk): a run without its reader is of no use.
            await service.cancel(run_id)
            raise
        finally:
            await person.close()
            reporter.end()
            await stop.settled()
        if person.unanswered:
            told.code = codes.ASKS
            say_unanswered(order.slug, person.unanswered, terminal.note)
        say_ended(told, stop)
    finally:
        await workspace.close()
    return told


def say_ended(told: Told, stop: "Stop") -> None:
    """Say what failed; a run that was stopped ends with the code for that."""
    for path, (message, hint) in told.failures.items():
        terminal.error(f"{path}: {message}" if path else message, hint)
    if stop.code is not None and told.code != codes.OK:
        told.code = stop.code


async def _begin(service: RunService, order: Order) -> str:
    with asked_by(at_the_command_line()):
        if order.again:
            return await service.rerun(order.again, order.edits, choice=order.choice)
        return await service.start(
            order.flow,
            order.inputs,
            slug=order.slug,
            model=order.model,
            parallel=order.parallel,
            budget=order.budget,
            session=order.session,
            answers=order.answers,
            limits=order.limits,
            choice=order.choice,
        )


class Stop:
    """Ctrl-C and SIGTERM: the first cancels the run, which is then told and recorded like any other; a second leaves."""

    def __init__(self, service: RunService, run_id: str, reporter: Reporter) -> None:
        self.code: int | None = None
        self._service, self._run_id, self._reporter = service, run_id, reporter
        self._cancelling: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGINT, self._stop, codes.INTERRUPTED)
        self._loop.add_signal_handler(signal.SIGTERM, self._stop, codes.TERMINATED)

    async def settled(self) -> None:
        if self._cancelling is not None:
            await self._cancelling

    def _stop(self, code: int) -> None:
        if self.code is not None:
            try:
                self._reporter.end()
                terminal.note(f"The run is left as it is: 'weft resume {self._run_id}' goes on with it.")
            finally:
                os._exit(code)  # the person insists: nothing more is waited for
        self.code = code
        self._cancelling = self._loop.create_task(self._cancel())  # first: the terminal may be gone
        terminal.note("Cancelling the run; Ctrl-C again leaves at once.")

    async def _cancel(self) -> None:
        await self._service.cancel(self._run_id)


class Json:
    """Every event as one line on standard output; what went wrong also in words, on standard error."""

    def __init__(self) -> None:
        self._run_id = ""

    def begin(self, order: Order, run_id: str) -> None:
        self._run_id = run_id

    def tell(self, event: Event) -> None:
        terminal.print_line(json.dumps(event_json(event, self._run_id), ensure_ascii=False))
        terminal.flush()

    def hold(self) -> None:
        pass

    def go_on(self) -> None:
        pass

    def end(self) -> None:
        pass


def taped(workspace: Workspace) -> list[str]:
    """That no model is asked, if it is so."""
    tape = workspace.tape
    if tape is None or not tape.replays:
        return []
    return [f"Answers come from {tape.name}: no model is asked, and the run is in no book."]


def said_before(models: list[Answering], recording: str) -> list[str]:
    """What a person should know before anything runs: who answers, and where nothing is recorded."""
    lines: list[str] = []
    if models:
        names = ", ".join(dict.fromkeys(one.model for one in models))
        lines.append(f"Model: {names}.")
    if any(not one.real for one in models):
        lines.append(
            "'demo' is no real model: its answers are made up offline. For a real one set OPENAI_API_KEY."
        )
    if recording:
        lines.append(f"This run is not recorded, only kept while it lasts: {recording}")
    return lines


def note_outcome(event: Event, told: Told) -> None:
    """Keep what the exit code and the outputs depend on, and what failed."""
    data = event.data
    match event.kind:
        case "step-failed" if data["code"] != "cancelled":
            inner = any(path.startswith(f"{event.path}/") for path in told.failures)
            if not inner:  # a step fails with the one nested in it, for the same reason
                told.failures[event.path] = data["message"], data["hint"]
        case "run-finished":
            told.outputs = dict(data["outputs"])
            told.code = codes.OK if data["status"] == "succeeded" else codes.FAILED
            if data["status"] == "failed" and not told.failures:
                told.failures[""] = data["error"]["message"], ""
        case _:
            pass
