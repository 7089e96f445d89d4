"""One run of the past, loaded so that each of its moments can be shown; and what a run that goes on adds to it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from weft.engine.events import Event
from weft.model.flow import Flow
from weft.model.text import loads
from weft.runs.light import cut
from weft.runs.reading.replay import Replay
from weft.runs.reading.step_names import title_of
from weft.runs.record import RunRecord
from weft.runs.service import RunService
from weft.runs.state import RunState
from weft.workspace.flows.layered import places

PAGE = 500
LARGE = 256 * 1024
"""Characters of a value from which on only its beginning is kept; the whole is read again when it is looked at."""
TICKS = 160

_WORDS = {
    "step-ready": "{} could start",
    "step-started": "{} started",
    "step-output": "{} wrote",
    "step-thought": "{} thought",
    "step-progress": "{} went on",
    "step-noted": "{} called tools",
    "step-retried": "{} is tried again",
    "step-paused": "{} asked",
    "step-answered": "{} was answered",
    "step-waiting": "{} waits",
    "step-finished": "{} was done",
    "step-failed": "{} failed",
    "step-skipped": "{} was skipped",
    "graph-expanded": "{} added steps",
    "run-started": "the run began",
    "run-resumed": "the run went on",
    "run-finished": "the run ended",
    "budget-warned": "the budget is nearly spent",
}


class Past:
    """`state` is the run at the moment `seq`. `whole` is how it ended, or how far it has come."""

    def __init__(self, record: RunRecord, flow: Flow) -> None:
        self.record, self.flow = record, flow
        self.here: Flow | None = flow  # the part of it that the tab shows: what it had written at that place
        self.replay = Replay()
        self.seq = 0
        self.as_it_was = False
        self.node = ""  # what is selected of its own revision, and not in the flow any more
        self.origin: float | None = (
            None  # when the run began that it was forked from, in milliseconds since 1970
        )
        self.state = self.whole = RunState()
        self.cut: dict[tuple[str, str], int] = {}
        """Of which steps and ports only the beginning of the value is kept, and the event that has it all."""

    @property
    def last(self) -> int:
        return len(self.replay)

    @property
    def at_end(self) -> bool:
        return self.seq >= self.last

    def add(self, event: Event) -> None:
        self.replay.add(self._light(event))

    def move(self, seq: int) -> RunState:
        """Show another moment; the state that was shown before."""
        before, self.seq = self.state, max(0, min(seq, self.last))
        self.state = self.replay.at(self.seq)
        return before

    def picked(self, nodes: Sequence[str], flow: Flow) -> tuple[str, ...]:
        """Those of the selected nodes that this flow has too; the first of the others is remembered."""
        lost = [name for name in nodes if self.here and name in self.here.nodes and name not in flow.nodes]
        self.node = lost[0] if lost else ""
        return tuple(name for name in nodes if name not in lost)

    def gone(self, flow: Flow) -> list[dict[str, Any]]:
        """The nodes of its revision that this flow hasn't: where they stood, to be drawn as what they were."""
        here = self.here
        if self.as_it_was or here is None:
            return []
        lost = [name for name in here.nodes if name not in flow.nodes]
        edges = ((edge.ref.node, edge.node) for edge in here.edges())
        spots = {**places([*here.nodes], edges), **here.layout.nodes} if lost else {}
        return [
            {
                "id": name,
                "title": title_of(here.nodes, name),
                "by": "",
                "refs": [],
                "at": spots.get(name, (0, 0)),
            }
            for name in lost
        ]

    def fresh(self, flow: Flow) -> list[str]:
        """The nodes that came since."""
        known = self.here.nodes if self.here is not None else {}
        return [] if self.as_it_was else [name for name in flow.nodes if name not in known]

    def ticks(self) -> list[int]:
        """How much happened when: 0 to 4 for each of `TICKS` parts of its time, 5 where something failed."""
        total = self.replay.seconds or 1.0
        counts, failed = [0] * TICKS, set[int]()
        for event in self.replay.events:
            part = min(TICKS - 1, max(0, int(TICKS * event.at / total)))
            counts[part] += 1
            if event.kind == "step-failed":
                failed.add(part)
        most = max(counts, default=0) or 1
        return [
            5 if n in failed else 0 if not count else 1 + round(3 * count / most)
            for n, count in enumerate(counts)
        ]

    def words(self, title: Any) -> str:
        """What happened at this moment."""
        if not 0 < self.seq <= self.last:
            return "before the run began"
        event = self.replay.events[self.seq - 1]
        return _WORDS.get(event.kind, event.kind.replace("-", " ")).format(title(event.path))

    def _light(self, event: Event) -> Event:
        value: Any = event.data.get("value")
        if event.kind != "step-finished" or not isinstance(value, dict):
            return event
        short, _ = cut(cast("dict[str, Any]", value), LARGE)
        if short is None:
            return event
        for port in short:
            if short[port] is not value[port]:
                self.cut[event.path, port] = event.seq
        return event._replace(data={**event.data, "value": short})


async def load(runs: RunService, run_id: str) -> Past:
    """Read a run, as far as it has come. The loop isn't held: it is read and folded a page at a time."""
    record = await runs.get(run_id)
    past = Past(record, await asyncio.to_thread(loads, record.document))
    while page := await runs.events(run_id, past.last, PAGE):
        for event in page:
            past.add(event)
        await asyncio.sleep(0)
    past.whole = past.replay.at(past.last)
    past.move(past.last)
    return past


async def whole_value(runs: RunService, run_id: str, seq: int, port: str, value: Any) -> Any:
    """What the event of that number gives for a port; `value`, of which only the beginning is kept, if it doesn't."""
    for event in await runs.events(run_id, seq - 1, 1):
        found: Mapping[str, Any] = event.data.get("value") or {}
        return found.get(port, value)
    return value
