"""The newest run of each flow, shared by all tabs that look at it.

A run belongs to the server, not to a tab: the task that follows it lives here, so closing a tab stops nothing, and
a tab that comes late starts from what has been folded so far.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from weft.engine.budget import Budget
from weft.engine.choice import Choice
from weft.engine.events import Event
from weft.engine.explaining import StepPlan
from weft.model.errors import NotFound, ReadOnly
from weft.model.flow import Flow
from weft.runs.asker import EDITOR, asked_by
from weft.runs.light import LightState
from weft.runs.record import UNFINISHED
from weft.runs.service import RunService
from weft.runs.sessions import Session
from weft.runs.state import RunState
from weft.ui.waiting import Waitings

log = logging.getLogger("weft.ui")

MOST_LOOKED_AT = 20
"""Of the newest runs: where programs run the flow all the time, the editor's last one is no news."""
Listener = Callable[[Event | None], None]  # None: another run has begun


class Running:
    """The run of one flow that the editor shows, if there has been one; also by tabs on the flow inside its nodes."""

    def __init__(self, runs: RunService, slug: str, parallel: int, since: str) -> None:
        self._runs, self._slug, self._parallel, self._since = runs, slug, parallel, since
        self._looked = False
        self._listeners: list[Listener] = []
        self._following: asyncio.Task[None] | None = None
        self.run_id: str | None = None
        self.state: RunState | None = None

    @property
    def slug(self) -> str:
        """Of the flow whose runs these are."""
        return self._slug

    @property
    def active(self) -> bool:
        return self.state is not None and self.state.status in UNFINISHED

    async def start(
        self,
        flow: Flow,
        inputs: Mapping[str, Any],
        model: str | None,
        *,
        choice: Choice | None = None,
        budget: Budget | None = None,
        session: str | None = None,
    ) -> str:
        """Run this revision of the flow. Raises `FlowHasProblems` or another `WeftError`; nothing has begun then."""
        with asked_by(EDITOR):
            run_id = await self._runs.start(
                flow,
                inputs,
                slug=self._slug,
                model=model,
                parallel=self._parallel,
                choice=choice,
                budget=budget,
                session=session,
            )
        return self._follow_new(run_id)

    async def pick_up(self) -> None:
        """Show the run that an editor began under a server before this one, if it goes on, waits for an answer, or has
        ended under this one."""
        if self._looked or self.run_id is not None:
            return
        self._looked = True
        newest = await self._runs.runs(flow=self._slug, limit=MOST_LOOKED_AT)
        mine = next((record for record in newest if record.options.get("by") == EDITOR), None)
        if mine is None or self.run_id is not None:
            return
        if mine.status in UNFINISHED or (mine.finished or "") >= self._since:
            self._follow_new(mine.id)

    async def plan(
        self, flow: Flow, inputs: Mapping[str, Any], model: str | None, *, session: str | None = None
    ) -> list[StepPlan]:
        """What such a run would do. Raises as `start` does."""
        return await self._runs.plan(flow, inputs, slug=self._slug, model=model, session=session)

    async def rerun(self, edits: Mapping[str, Any]) -> str:
        """The last run again with other values of these nodes: what depends on them runs. Raises `WeftError`."""
        if self.run_id is None:
            raise NotFound("There is no run yet.")
        return await self.again(self.run_id, edits)

    async def again(self, run_id: str, edits: Mapping[str, Any], choice: Choice | None = None) -> str:
        """As `rerun`, of any run of the flow."""
        with asked_by(EDITOR):
            return self._follow_new(await self._runs.rerun(run_id, edits, choice=choice))

    async def resume(self, run_id: str) -> str:
        """Go on with a run of the flow that didn't succeed. Raises what `RunService.resume` does."""
        with asked_by(EDITOR):
            return self._follow_new(await self._runs.resume(run_id))

    def pins(self) -> Mapping[str, Any]:
        """The pinned values of the flow, by node; of one inside another by its way, `each/say`. Raises `WeftError` if
        they can't be read."""
        return self._runs.pins.of(self._slug) if self._runs.pins is not None else {}

    def pin(self, node: str, value: Mapping[str, Any], path: str = "") -> None:
        """Use the value instead of running the node; `path` is the step that gave it, if one did."""
        if self._runs.pins is None:
            raise ReadOnly("Nothing can be pinned here: this workspace can't be written.")
        step = self.state.steps.get(path or node) if self.state is not None else None
        if step is not None and step.cut and value is step.value and self.run_id is not None:
            value = self._runs.peek(self.run_id, step.ended).data["value"]
        self._runs.pins.pin(self._slug, node, value)

    def unpin(self, node: str) -> None:
        if self._runs.pins is not None:
            self._runs.pins.unpin(self._slug, node)

    async def sessions(self) -> list[str]:
        """The names of the flow's sessions, the last used first."""
        return [session.name for session in await self._runs.sessions(self._slug)]

    async def known_sessions(self) -> list[Session]:
        """The flow's sessions, the last used first."""
        return await self._runs.sessions(self._slug)

    async def unlearn(self, name: str, kind: str) -> None:
        """Raises what `RunService.unlearn` does."""
        await self._runs.unlearn(self._slug, name, kind)

    async def forget(self, name: str) -> None:
        await self._runs.forget(self._slug, name)

    def _follow_new(self, run_id: str) -> str:
        self.run_id, self.state = run_id, LightState()
        self._tell(None)
        self._following = asyncio.create_task(self._follow(run_id), name=f"follow run {run_id}")
        self._following.add_done_callback(_report)
        return run_id

    async def answer(self, path: str, value: Any, number: int, event: int, run_id: str | None = None) -> None:
        """Answer what the run, or another one of the flow, asks: the question of that number as that event put it.
        Raises what `RunService.answer` does."""
        if (wanted := run_id or self.run_id) is not None:
            await self._runs.answer(wanted, path, value, "", number, event)

    async def stop(self) -> None:
        if self.run_id is not None and self.active:
            await self._runs.cancel(self.run_id)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event from now on; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _follow(self, run_id: str) -> None:
        async for event in self._runs.watch(run_id):
            if run_id != self.run_id or self.state is None:
                return  # a newer run has taken its place
            self.state.apply(event)
            self._tell(event)

    def _tell(self, event: Event | None) -> None:
        for listener in list(self._listeners):
            listener(event)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a run could not be followed", exc_info=error)


class Runnings:
    """By flow. `parallel` is how many steps of a run may run at once; `since` is when the server began."""

    def __init__(self, runs: RunService, parallel: int, since: str) -> None:
        self._runs, self._parallel, self._since = runs, parallel, since
        self._by_slug: dict[str, Running] = {}
        self.waitings = Waitings(runs)

    def of(self, slug: str) -> Running:
        if slug not in self._by_slug:
            self._by_slug[slug] = Running(self._runs, slug, self._parallel, self._since)
        return self._by_slug[slug]
