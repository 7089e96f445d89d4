"""What a run asks while `weft run` follows it: put to the person at the terminal; without one, the run ends and says
how to answer."""

import asyncio
import getpass
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from weft.cli import terminal
from weft.cli.prompts import Keyboard, NobodyThere, ask_person, head_of
from weft.engine.events import Event
from weft.model.errors import Conflict, NotFound, WeftError
from weft.runs.service import RunService
from weft.runs.state import RunState


class Screen(Protocol):
    """What shows the run, and leaves the terminal to a question meanwhile."""

    def hold(self) -> None: ...
    def go_on(self) -> None: ...


class Attended:
    """Somebody sits there: each question as it comes, one after the other."""

    unanswered: dict[str, dict[str, Any]]

    def __init__(self, service: RunService, run_id: str, screen: Screen) -> None:
        self.unanswered = {}
        self._service, self._run_id, self._screen = service, run_id, screen
        self._keyboard = Keyboard()
        self._open: dict[str, dict[str, Any]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._asked = ""
        self._closing = False

    def tell(self, event: Event) -> None:
        if event.kind == "step-paused" and not event.data.get("beforehand"):
            self._open[event.path] = {**event.data["ask"], "event": event.seq}
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask_all(), name="ask at the terminal")
        elif event.path in self._open and event.kind != "step-output":
            del self._open[event.path]  # it was answered elsewhere, or in no time, or the step is over
            if self._asked == event.path and self._asking is not None:
                self._asking.cancel()

    async def close(self) -> None:
        self._closing = True
        self._open.clear()
        if (asking := self._asking) is not None:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def _ask_all(self) -> None:
        self._screen.hold()
        try:
            while self._open:
                path, question = next(iter(self._open.items()))
                self._asked = path
                try:
                    await self._ask(path, question)
                except asyncio.CancelledError:
                    terminal.note(f"\n{path}: no longer asked.")
                    if path in self._open or self._closing:
                        raise
        except NobodyThere:
            self.unanswered = dict(self._open)
            await self._service.cancel(self._run_id)
        except Exception:  # the terminal is gone, say: nobody would ever answer
            await self._service.cancel(self._run_id)
            raise
        finally:
            self._asking = None
            self._screen.go_on()

    async def _ask(self, path: str, question: dict[str, Any]) -> None:
        """Ask until the answer fits."""
        while True:
            answer = await ask_person(path, question, self._keyboard)
            self._asked = ""  # its own `step-answered` is no reason to stop
            self._open.pop(path, None)
            try:
                read = question["number"], question["event"]
                await self._service.answer(self._run_id, path, answer, user(), *read)
                return
            except (Conflict, NotFound) as late:
                terminal.note(late.message)
                return
            except WeftError as unfit:
                self._open = {path: question, **self._open}
                self._asked = path
                terminal.warning(unfit.message, unfit.hint)


class Unattended:
    """Nobody can answer: when nothing is left to do but to wait for a person, the run is cancelled."""

    unanswered: dict[str, dict[str, Any]]

    def __init__(self, service: RunService, run_id: str) -> None:
        self.unanswered = {}
        self._service, self._run_id = service, run_id
        self._state = RunState()
        self._cancelling: asyncio.Task[None] | None = None

    def tell(self, event: Event) -> None:
        self._state.apply(event)
        questions = self._state.questions
        if self._cancelling is None and self._state.status == "waiting":
            if all("within" in question for question in questions.values()):
                return  # they answer themselves, or fail, in time
            self.unanswered = dict(questions)
            self._cancelling = asyncio.create_task(self._service.cancel(self._run_id))

    async def close(self) -> None:
        if self._cancelling is not None:
            await self._cancelling


def attend(service: RunService, run_id: str, screen: Screen) -> Attended | Unattended:
    there = sys.stdin.isatty() and sys.stderr.isatty()
    return Attended(service, run_id, screen) if there else Unattended(service, run_id)


def say_unanswered(slug: str, questions: dict[str, dict[str, Any]], note: Callable[[str], None]) -> None:
    """What a person should have answered, and how to do so beforehand."""
    for path, question in questions.items():
        note(f"{path} asks: {head_of(question)}")
    some = " ".join(f"--answer {path}={example(question)}" for path, question in questions.items())
    terminal.error(
        "The run asks a person, and nobody is here to answer; it was cancelled.",
        f"Answer beforehand: weft run {slug} {some}. Or run it on a terminal, or in the editor: weft serve.",
    )


def example(question: dict[str, Any]) -> str:
    """An answer that could be given, as it is typed."""
    match question["kind"]:
        case "approve":
            return "yes"
        case "choose":
            first = question["choices"][0]
            return first if isinstance(first, str) and first.isidentifier() else f"'{json.dumps(first)}'"
        case "form":
            needed = {name: "..." for name, given in question["fields"].items() if "default" not in given}
            return f"'{json.dumps(needed)}'"
        case _:
            return "VALUE"


def user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""  # a container's user may have no name
