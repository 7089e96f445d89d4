"""What waits for a person, in all runs of all flows: looked at for all tabs together, as long as one is open."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weft.model.errors import WeftError
from weft.model.text import loads
from weft.runs.reading.step_names import StepNames
from weft.runs.record import UNFINISHED, RunRecord
from weft.runs.service import RunService
from weft.ui.elements import Box, icon

log = logging.getLogger("weft.ui")
LOOK = 1.5
"""Seconds between two looks."""
MOST = 200
"""Runs that aren't over, of which questions are shown."""


@dataclass(frozen=True)
class Waiting:
    """An open question: of which run and flow, of the step at a path, called `title`, the run since `since` (ISO 8601)."""

    run: str
    flow: str
    path: str
    question: dict[str, Any]
    since: str
    title: str = ""

    @property
    def key(self) -> str:
        return f"{self.run}/{self.path}/{self.question['event']}"


class Waitings:
    """`all` are those that are open, the oldest run first."""

    def __init__(self, runs: RunService) -> None:
        self._runs = runs
        self._listeners: list[Callable[[], Any]] = []
        self._looking: asyncio.Task[None] | None = None
        self._one = asyncio.Lock()
        """One look at a time: what an older one saw never takes the place of what a newer one did."""
        self._parked: dict[tuple[str, int], list[Waiting]] = {}
        """Of runs that nobody drives: they change only when somebody takes them up."""
        self.all: tuple[Waiting, ...] = ()

    def listen(self, listener: Callable[[], Any]) -> Callable[[], None]:
        """Call `listener` when another question is open or one is answered; returns what ends it."""
        self._listeners.append(listener)
        if self._looking is None:
            self._looking = asyncio.create_task(self._watch(), name="look for open questions")

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)
            if not self._listeners and self._looking is not None:
                self._looking.cancel()
                self._looking = None

        return leave

    async def answer(self, one: Waiting, value: Any) -> None:
        """Raises what `RunService.answer` does."""
        asked = one.question
        await self._runs.answer(one.run, one.path, value, "", asked["number"], asked["event"])
        await self.look()

    async def look(self) -> None:
        """Look now."""
        async with self._one:
            await self._look()

    async def _look(self) -> None:
        found: list[Waiting] = []
        records = await self._runs.runs(status=UNFINISHED, limit=MOST)
        parked: dict[tuple[str, int], list[Waiting]] = {}
        for record in reversed(records):
            key = (record.id, record.epoch) if record.status == "waiting" and not record.owner else None
            asked = self._parked[key] if key in self._parked else await self._of(record)
            if key is not None:
                parked[key] = asked
            found += asked
        self._parked = parked
        if tuple(found) != self.all:
            self.all = tuple(found)
            for listener in list(self._listeners):
                listener()

    async def _of(self, record: RunRecord) -> list[Waiting]:
        state = await self._runs.light(record.id)
        if not state.questions:
            return []
        whole = await self._runs.get(record.id)  # a list of runs has them without their documents
        flow = await asyncio.to_thread(loads, whole.document)
        names = StepNames(lambda: flow)
        names.take(state)
        return [
            Waiting(record.id, record.flow, path, dict(question), record.created, names.full(path))
            for path, question in state.questions.items()
        ]

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except WeftError as problem:
                log.info("open questions can't be looked for: %s", problem)
            await asyncio.sleep(LOOK)


def badge(waitings: Waitings, client: Any) -> None:
    """A link to what waits, with how many; it is there only when something does."""
    link = Box("a", "w-button w-waits", attributes={"href": "/waiting"}).mark("waits")
    with link:
        icon("ask")
        count = Box("span", "w-waits-count")

    def show() -> None:
        many = len(waitings.all)
        link.show(bool(many))
        count.text = str(many)
        said = "1 question waits for you" if many == 1 else f"{many} questions wait for you"
        link.attributes(aria_label=said, data_tip=said, data_tip_side="left")

    show()
    client.on_delete(waitings.listen(show))
