"""The tab Chat: talk to the flow. Each thing said is a run of it, in one session; its steps unfold below its answer."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from nicegui.events import GenericEventArguments

from weft.engine.events import Event
from weft.model.errors import FlowHasProblems, WeftError
from weft.runs.state import RunState
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.dock.run_form import RunForm
from weft.ui.dock.talk import Talk, talk_of
from weft.ui.elements import Box, Page, Thing, button
from weft.ui.looking import ONLY, changes
from weft.ui.session import Session
from weft.ui.trust_dialog import allowed

BEAT = 0.1  # seconds between two updates of an answer
LONGEST = 40_000  # characters of an answer that are shown here; the Data tab has the whole


class Composer(Thing):
    """See `static/ui/composer.js`."""

    component = assets.component("composer.js")

    def __init__(self, on_send: Callable[[str], Any], on_stop: Callable[[], Any]) -> None:
        super().__init__()
        self.put({"label": "Message", "placeholder": "Say something to the flow", "busy": False, "off": ""})
        self.mark("chat-composer")
        self.on("send", lambda event: on_send(_text(event)))
        self.on("stop", lambda: on_stop(), args=[])


def _text(event: GenericEventArguments) -> str:
    return str(event.args["text"])


class Turn:
    """One thing said, and what came of it. `look_at` shows a step in the tab Run, `again` says it once more."""

    def __init__(
        self,
        said: str,
        title: Callable[[str], str],
        look_at: Callable[[str], Any],
        again: Callable[[str], Any],
    ) -> None:
        self.run = ""
        self._title, self._look_at = title, look_at
        self._rows: dict[str, tuple[Box, Box]] = {}
        Box("div", "w-chat-said", said, {"dir": "auto"})
        with Box("div", "w-chat-answer"):
            self._text = Box("div", "w-chat-text", attributes={"dir": "auto"})
            self._note = Box("div", "w-box", attributes={"role": "status"}).show(False)
            self._again = button(
                "Try again", partial(self._once_more, again, said), symbol="redo", small=True
            )
            self._again.set_classes("w-button w-button--small w-chat-again").mark("chat-again").show(False)
            with Box("details", "w-chat-steps"):
                self._summary = Box("summary", text="Starting…")
                self._list = Box("div", "w-chat-list")

    def show(self, state: RunState, answer: str) -> None:
        self._text.text = answer[:LONGEST] + ("…" if len(answer) > LONGEST else "")
        top = {path: step for path, step in state.steps.items() if "/" not in path}
        for path, step in top.items():
            took = f"{step.seconds:.1f} s" if step.seconds is not None else ""
            status = "cached" if step.cached else "done" if step.status == "succeeded" else step.status
            self._row(path, step.status, " · ".join(part for part in (status, took) if part))
        done = sum(step.status in ("succeeded", "skipped") for step in top.values())
        steps = "1 step" if len(top) == 1 else f"{len(top)} steps"
        many = f"{done} of {steps}" if state.seconds is None else f"{steps} · {state.seconds:.1f} s"
        self._summary.text = many if top else "Starting…"
        if state.questions:
            self.note("It asks a person: answer in the tab Approvals.", "warning")
        elif state.status == "cancelled":
            self.note("Stopped.", "info", again=True)
        elif state.status == "failed":
            error = state.error or {}
            self.note(
                f"{error.get('message', 'It failed.')} {error.get('hint', '')}".strip(), "error", again=True
            )
        else:
            self._note.show(False)

    def note(self, text: str, tone: str, *, again: bool = False) -> None:
        self._note.text = text
        self._again.show(again)
        self._note.set_classes(f"w-box w-box--{tone}" if tone in ("error", "warning") else "w-box").show(True)

    def _once_more(self, again: Callable[[str], Any], said: str) -> Any:
        self._again.show(False)
        return again(said)

    def _row(self, path: str, status: str, figures: str) -> None:
        if path not in self._rows:
            with self._list, Box("button", "w-chat-step", attributes={"type": "button"}) as row:
                dot = Box("span")
                Box("span", "w-grow w-ellipsis", self._title(path))
                said = Box("span", "w-muted w-small")
            row.on("click", partial(self._look_at, path), args=[])
            self._rows[path] = dot, said
        dot, said = self._rows[path]
        dot.set_classes(f"w-dot w-dot--{status}")
        said.text = figures


class Chat:
    """`form` has the values of the flow's other inputs; `look_at` shows a step."""

    def __init__(
        self, session: Session, page: Page, dock: Dock, form: RunForm, look_at: Callable[[str], Any]
    ) -> None:
        self._session, self._page, self._form, self._look_at = session, page, form, look_at
        self._talk: Talk | str = ""
        self._said: list[dict[str, str]] = []
        self._turn: Turn | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._conversation = ""
        with dock.body("chat"), Box("div", "w-chat"):
            with Box("div", "w-chat-head"):
                self._about = Box("span", "w-muted w-small w-grow w-ellipsis")
                changes(button("New conversation", self._anew, symbol="plus", small=True).mark("chat-new"))
            self._log = Box(
                "div", "w-chat-log", attributes={"role": "log", "aria-label": "Conversation", "tabindex": "0"}
            )
            with self._log:
                self._empty = Box("div", "w-empty")
            self._composer = Composer(self.send, session.running.stop)
        self._leave = session.running.listen(self._heard)
        self._anew()

    def redraw(self) -> None:
        """The flow is another."""
        self._talk = talk = talk_of(self._session.whole.flow)
        off = ONLY if self._session.document.read_only else talk if isinstance(talk, str) else ""
        self._composer.put({"off": off, "busy": self._busy})
        self._empty.text = off or "What you say runs the flow; its answer comes up here as it is made."
        if isinstance(talk, Talk):
            how = f"to “{talk.input}”, answered by “{talk.output}”"
            kept = f" · session {self._conversation}" if self._session.running.slug else ""
            self._about.text = f"You speak {how}{kept}"

    def close(self) -> None:
        self._leave()
        if self._beat is not None:
            self._beat.cancel()

    async def send(self, text: str) -> None:
        """Say it: run the flow with it."""
        session, talk = self._session, self._talk
        if isinstance(talk, str) or session.running.active:
            session.say(
                talk if isinstance(talk, str) else "The flow still runs: wait for it, or stop it.", ""
            )
            return
        values = self._form.values({talk.input: talk.given(self._said, text)})
        if values is None:
            names = ", ".join(f"“{name}”" for name in self._form.wrong)
            session.say(f"What the flow takes besides needs a value: give {names} in the tab Run.", "")
            return
        if not await allowed(session, self._page, lambda: self.send(text)):
            return
        self._empty.show(False)
        with self._log:
            self._turn = turn = Turn(text, session.title, self._look_at, self.send)
        name = self._conversation if session.running.slug else None
        self._composer.run_method("taken")
        try:
            turn.run = await session.running.start(
                session.whole.flow, values, session.model or None, session=name
            )
        except FlowHasProblems as error:
            self._turn = None
            turn.note(f"{error} The tab Problems lists them.", "error", again=True)
        except WeftError as error:
            self._turn = None
            turn.note(f"{error.message} {error.hint}".strip(), "error", again=True)
        else:
            self._said.append({"role": "user", "content": text})
            self._show()

    @property
    def _busy(self) -> bool:
        return self._turn is not None and self._session.running.active

    def _anew(self) -> None:
        """Another conversation, in a session of its own: nothing said before is known in it."""
        self._said, self._turn = [], None
        self._conversation = datetime.now().strftime("chat %Y-%m-%d %H:%M:%S")
        self._log.clear()
        with self._log:
            self._empty = Box("div", "w-empty")
        self.redraw()

    def _heard(self, _: Event | None) -> None:
        if self._turn is not None and self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(BEAT, self._show)

    def _show(self) -> None:
        self._beat = None
        turn, talk, running = self._turn, self._talk, self._session.running
        if turn is None or not turn.run or isinstance(talk, str) or running.state is None:
            return
        if running.run_id != turn.run:
            turn.note("Another run was started here. This one goes on: the tab History has it.", "info")
            self._turn = None
        else:
            answer = talk.answer(self._session.whole.flow, running.state)
            turn.show(running.state, answer)
            if running.state.seconds is not None:
                if running.state.status == "succeeded":
                    self._said.append({"role": "assistant", "content": answer})
                else:
                    self._said.pop()  # what got no answer isn't part of the conversation
                self._turn = None
        self._composer.put({"busy": self._busy})
        self._composer.run_method("bottom")
