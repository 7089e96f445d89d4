"""What whoever records a run may do to it while it goes on: hold it back, let go of its log, keep its values elsewhere.

A run in memory needs nothing of this. One whose events are stored needn't hold them a second time, and may not be ahead
of the store by more than fits into memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from weft.engine.inputs import assemble
from weft.engine.planned import PlanNode

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.ground import Ground
    from weft.engine.scheduler import Scheduler

Fetch = Callable[[], Mapping[str, Any]]
"""Gets a step's values by port; on whichever thread it is called."""
ROOM: Final = 32_000_000
"""Characters of fetched values that steps of a run have at once, or one step of any size."""
PATIENCE: Final = 30.0
"""Seconds in which no value was fetched and no room given back, after which there is room for one more step: whoever
has it may be waiting for a person, or for steps of a flow inside it."""


class Stored(dict[str, Any]):
    """The outcome of a node whose values are kept elsewhere: its ports, and a way to what they hold. Who can't wait may
    ask for a port; a lane fetches them on another thread."""

    def __init__(self, outcome: Mapping[str, Any], fetch: Fetch, size: int, room: Room) -> None:
        super().__init__(dict.fromkeys(outcome))
        self.fetch = fetch
        self.size = size
        self.room = room

    def __getitem__(self, port: str) -> Any:
        return self.fetch()[port]


class Room:
    """What fetched values take: steps that would be too many with theirs wait, in their order. A slow disk is waited
    for; where nothing moves at all, the room grows by what the next one needs, until it is empty again."""

    def __init__(self) -> None:
        self._taken = 0
        self._room = ROOM
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._moved = 0.0

    async def enter(self, size: int) -> None:
        """Wait until there is room for so much; `leave` is due in any case."""
        if self._fits(size):
            self._taken += size
            self.moved()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            while not turn.done():
                await asyncio.wait({turn}, timeout=self._patience())
                if self._waiting and not self._patience():
                    self._room = max(self._room, self._taken + self._waiting[0][0])
                    self._admit()
        finally:
            if not turn.done():
                self._waiting.remove((size, turn))
                self._taken += size

    def moved(self) -> None:
        """It goes on, however slowly."""
        self._moved = asyncio.get_running_loop().time()

    def leave(self, size: int) -> None:
        self._taken -= size
        self.moved()
        if not self._taken:
            self._room = ROOM
        self._admit()

    def _fits(self, size: int) -> bool:
        return not self._taken or self._taken + size <= self._room

    def _admit(self) -> None:
        """As many of those that wait go in as there is room for."""
        while self._waiting and self._fits(self._waiting[0][0]):
            size, turn = self._waiting.popleft()
            self._taken += size
            self.moved()
            turn.set_result(None)

    def _patience(self) -> float:
        """Seconds for which it may yet stand still."""
        return max(0.0, self._moved + PATIENCE - asyncio.get_running_loop().time())


_ALL: Final = 1 << 40
"""More slots than there are."""


class Valve:
    """Belongs to the loop's thread, as all of the run does."""

    def __init__(self, ground: Ground, scheduler: Scheduler, parallel: int) -> None:
        self._ground = ground
        self._parallel = parallel
        self._root = scheduler
        self._closed = 0
        """How many of the run's slots are taken away."""
        self._shut = 0
        self._room = Room()
        self._names: list[str] = []
        self._places: dict[str, int] = {}

    def narrow(self, parallel: int) -> None:
        """Let at most so many steps run at once, none if 0; those that run already go on."""
        slots = self._ground.slots
        closed = max(0, self._parallel - parallel)
        more, self._closed = self._closed - closed, closed
        slots.free += more
        if more > 0:
            slots.fill()

    def shut(self) -> None:
        """Start no step until `open` was called as often; those that run go on."""
        self._shut += 1
        self._ground.slots.free -= _ALL

    def open(self) -> None:
        self._shut -= 1
        self._ground.slots.free += _ALL
        self._ground.slots.fill()

    @property
    def busy(self) -> int:
        """How many steps are running, without those that wait for flows inside themselves or for persons."""
        return self._parallel - self._ground.slots.free - self._closed - self._shut * _ALL

    def ahead(self, seq: int) -> int:
        """How many events there are past that number."""
        log = self._ground.log
        return log.base + len(log.raw) - seq

    def let_go(self, seq: int) -> None:
        """Keep the events up to this number no longer."""
        self._ground.log.let_go(seq)

    def put_aside(self, path: str, fetch: Fetch, size: int) -> None:
        """Keep the values of the step that finished at `path` no longer, which have about so many characters: `fetch`
        gets them when a step needs them.
        What a flow gives, and what decides whether a step runs, stays."""
        scheduler = self._scheduler_of(path)
        if scheduler is None or scheduler.session is not None:
            return
        place = self._place(scheduler, path[len(scheduler.path) :])
        if place is None or type(scheduler.outcomes[place]) is not dict or _stays(scheduler, place):
            return
        scheduler.outcomes[place] = Stored(scheduler.outcomes[place], fetch, size, self._room)
        scheduler.gaps = True  # inputs are looked at before they are taken

    def _scheduler_of(self, path: str) -> Scheduler | None:
        """The one that ran the step, unless it is over."""
        found = self._root
        while "/" in (rest := path[len(found.path) :]):
            inside = found.path + rest.partition("/")[0] + "/"
            inner = (attempt.inner.get(inside) for attempt in found.running.values() if attempt.inner)
            deeper = next((one for one in inner if one is not None), None)
            if deeper is None:
                return None
            found = deeper
        return None if found.over else found

    def _place(self, scheduler: Scheduler, name: str) -> int | None:
        names = scheduler.plan.names
        if names is not self._names:
            self._names, self._places = names, {each: place for place, each in enumerate(names)}
        return self._places.get(name)


def _stays(scheduler: Scheduler, place: int) -> bool:
    plan = scheduler.plan
    return any(output.place == place for output in plan.outputs) or any(
        plan.nodes[target].special.when is not None for target in plan.nodes[place].targets
    )


def reads_stored(node: PlanNode, outcomes: list[Any]) -> bool:
    """Whether a value that goes into the node is kept elsewhere."""
    return any(type(outcomes[single.place]) is Stored for single in node.singles) or any(
        type(outcomes[source.place]) is Stored for gather in node.gathers for source in gather.sources
    )


async def fetch_and_call(attempt: Attempt, call: Callable[[Attempt, dict[str, Any]], Any] | None) -> Any:
    """Call the component once all its values are here: by `call`, if there is more to be made."""
    node, outcomes = attempt.node, attempt.scheduler.outcomes
    found: Any = {source.place: outcomes[source.place] for source in node.sources()}
    stored = [outcome for outcome in found.values() if type(outcome) is Stored]
    room, size = stored[0].room, sum(outcome.size for outcome in stored)
    try:
        await _stored_values(attempt, found, room, size)
        values = assemble(node, found, gaps=True)
        del found
        return await (node.call(values, attempt) if call is None else call(attempt, values))
    finally:
        room.leave(size)


async def _stored_values(attempt: Attempt, found: dict[int, Any], room: Room, size: int) -> None:
    """Fetch what is stored, once there is room. The step's deadline stands still meanwhile."""
    ground = attempt.scheduler.ground
    begun, due = ground.time(), ground.deadlines.table.pop(attempt, None)
    await room.enter(size)
    for place, outcome in found.items():
        if type(outcome) is Stored:
            found[place] = await asyncio.to_thread(outcome.fetch)
            room.moved()
    if due is not None:
        ground.deadlines.set(attempt, due + ground.time() - begun)
