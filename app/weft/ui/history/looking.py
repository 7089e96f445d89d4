"""Looking at a run of the past in place of the present one: the bar above the canvas, and the player below it."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from weft.model.errors import WeftError
from weft.model.inner import flow_at
from weft.runs.reading.replay import changed
from weft.runs.service import RunService
from weft.ui import assets
from weft.ui.elements import Box, Page, Thing, button
from weft.ui.history.asking import Asking
from weft.ui.history.past import Past, load
from weft.ui.history.revisions import Revisions
from weft.ui.history.rows import forked_from, moment
from weft.ui.session import Session

BEAT = 0.1  # seconds between two updates of a run that goes on


class Run(Protocol):
    """What the Run tab is asked for."""

    def show_all(self) -> None: ...
    def show_moment(self, changed: Any, gone: Any) -> None: ...


class When(Thing):
    """A time as a person says it, kept right as it passes: see `static/ui/when.js`."""

    component = assets.component("when.js")


class Player(Asking):
    """The slider over the run's time: see `static/ui/player.js`."""

    component = assets.component("player.js")


class Looking:
    """Opens runs of the past, and goes back to now. `on_change` is called whenever another run, or now, is shown."""

    def __init__(self, session: Session, page: Page, runs: RunService, revisions: Revisions) -> None:
        self._session, self._page, self._runs, self._revisions = session, page, runs, revisions
        self.run: Run
        self.on_change: Callable[[], None] = lambda: None
        self.on_compare: Callable[[str], Any] = lambda run_id: None
        self.on_resume: Callable[[str], Any] = lambda run_id: None
        self._following: asyncio.Task[None] | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._opening = 0

    # Its two bars ---------------------------------------------------------------------------------------------------

    def draw_bar(self) -> None:
        """What is shown, and the way back: above the canvas."""
        with Box(
            "div", "w-past", attributes={"role": "region", "aria-label": "Run of the past"}
        ) as self._bar:
            button("Back to now", self.back, symbol="back", kind="primary", small=True).mark("past-back")
            with Box("div", "w-past-words", attributes={"role": "status"}):
                self._when = When()
                self._revision = Box("span", "w-past-part")
                self._origin = button(kind="ghost", on_click=self._to_origin, small=True).mark("past-origin")
                with self._origin:
                    self._from = When()
                self._missing = Box("span", "w-past-part w-past-missing")
            self._flow = button("Show the flow as it was", self._toggle, symbol="flow", small=True).mark(
                "past-flow"
            )
            self._resume = button("Resume", self._go_on, symbol="play", small=True).mark("past-resume")
            self._compare = button("Compare", self._beside, symbol="compare", small=True)
            self._compare.mark("past-compare").attributes(title="With the run of this flow before it")
        self._bar.show(False)

    def draw_player(self) -> None:
        """The time of the run: below the canvas."""
        with Box("div", "w-past-player") as self._below:
            self._player = Player({"seek": self.seek})
        self._below.show(False)

    # What a person does ---------------------------------------------------------------------------------------------

    async def open(self, run_id: str) -> bool:
        """Show a run as it ended, or as far as it has come. Whether it could be read."""
        self._opening += 1
        mine = self._opening
        try:
            past = await load(self._runs, run_id)
            past.origin = await self._began(forked_from(past.record))
            await self._revisions.look()
        except WeftError as error:
            self._session.say(error.message, error.hint)
            return False
        if mine != self._opening:
            return False  # another one was asked for meanwhile
        self._stop()
        past.here = flow_at(past.flow, self._session.place.nodes)
        self._session.past = past
        if not past.record.over:
            self._following = asyncio.create_task(self._follow(past), name=f"look at run {run_id}")
        self._show()
        return True

    async def _began(self, run_id: str) -> float | None:
        """When that run began, in milliseconds; None for none, or one that has been let go."""
        try:
            return moment((await self._runs.get(run_id)).created) if run_id else None
        except WeftError:
            return None

    def back(self) -> None:
        """Show what is now."""
        self._opening += 1
        if self._session.past is None:
            return
        self._stop()
        self._session.past = None
        self._show()

    def seek(self, *, at: float | None = None, by: int = 0, seq: int | None = None) -> dict[str, Any]:
        """Show another moment: by time, by so many events on or back, or by an event's number."""
        past = self._session.past
        if past is None:
            return {}
        wanted = past.replay.seq_at(float(at)) if at is not None else past.seq + int(by)
        before = past.move(max(1, wanted if seq is None else int(seq)))
        there, gone = changed(before, past.state)
        if there or gone or before.status != past.state.status:
            self.run.show_moment(there, gone)
        return self._moment(past)

    def close(self) -> None:
        self._stop()

    # What is shown --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        past, session = self._session.past, self._session
        self._bar.show(past is not None)
        self._below.show(past is not None)
        self._draw_canvas(past)
        if past is not None:
            self._words(past)
            self._player.put(
                {
                    "total": past.replay.seconds,
                    "last": past.last,
                    "ticks": past.ticks(),
                    "live": not past.record.over,
                }
            )
            self._player.run_method("moved", self._moment(past))
        self.run.show_all()
        if session.canvas is not None:
            session.canvas.marks(fresh=past.fresh(session.flow) if past else [])
        self.on_change()
        session.redraw()

    def _draw_canvas(self, past: Past | None) -> None:
        if (canvas := self._session.canvas) is None:
            return
        if past is None:
            canvas.show_past(None)
        else:
            nodes = quote("/".join(self._session.place.nodes), safe="")
            url = f"/api/runs/{past.record.id}/document{f'?inside={nodes}' if nodes else ''}"
            canvas.show_past({"url": url} if past.as_it_was else {})

    def _words(self, past: Past) -> None:
        flow = self._session.flow
        revision, same = self._revisions.words(past.record.hash)
        self._when.put({"ms": moment(past.record.created), "before": "Run of", "status": past.record.status})
        self._revision.text = "the flow as it is now" if same else f"of {revision}".replace(" · ", ", ")
        gone, fresh = len(past.gone(flow)), len(past.fresh(flow))
        parts = [
            f"{gone} {'node is' if gone == 1 else 'nodes are'} gone since" if gone else "",
            f"{fresh} {'is' if fresh == 1 else 'are'} new" if fresh else "",
        ]
        self._missing.text = " · ".join(part for part in parts if part)
        self._missing.show(bool(self._missing.text))
        self._flow.show(not same and past.here is not None)
        self._origin.show(bool(forked_from(past.record)))
        self._from.put({"before": "Forked from the run of", "ms": past.origin, "bare": True})
        self._flow.attributes(aria_pressed="true" if past.as_it_was else "false")
        self._resume.show(past.record.status in ("failed", "cancelled"))

    def _moment(self, past: Past) -> dict[str, Any]:
        names = self._session.names()
        names.take(past.whole)
        return {
            "seq": past.seq,
            "last": past.last,
            "at": past.replay.time_of(past.seq),
            "total": past.replay.seconds,
            "label": past.words(names.full),
            "status": past.state.status,
        }

    def _toggle(self) -> None:
        if (past := self._session.past) is not None:
            past.as_it_was = not past.as_it_was
            self._show()

    def _to_origin(self) -> Any:
        past = self._session.past
        return self.open(forked_from(past.record)) if past is not None else None

    def _beside(self) -> Any:
        past = self._session.past
        return self.on_compare(past.record.id) if past is not None else None

    def _go_on(self) -> Any:
        past = self._session.past
        return self.on_resume(past.record.id) if past is not None else None

    # A run that goes on ---------------------------------------------------------------------------------------------

    async def _follow(self, past: Past) -> None:
        try:
            async for event in self._runs.watch(past.record.id, past.last):
                was_at_end = past.at_end
                past.add(event)
                if was_at_end:
                    past.seq = past.last  # the picture follows with the next beat
                if self._beat is None:
                    self._beat = asyncio.get_running_loop().call_later(BEAT, self._grew)
            past.record = await self._runs.get(past.record.id)
        except WeftError as error:
            self._session.say(error.message, error.hint)
        self._grew()
        if self._session.past is past:
            self._words(past)
            self._player.put({"live": False})

    def _grew(self) -> None:
        self._beat = None
        if (past := self._session.past) is None:
            return
        past.whole = past.replay.at(past.last)
        self._player.put({"total": past.replay.seconds, "last": past.last, "ticks": past.ticks()})
        self._player.run_method("moved", self.seek(seq=past.seq))

    def _stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
        if self._beat is not None:
            self._beat.cancel()
        self._following = self._beat = None
