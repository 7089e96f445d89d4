"""Results that are used again: what a cache is to the engine, and the one place where a step asks it.

A step asks when its inputs are there and its texts finished, before anything is made live: no secret is read, no
connection opened, for a step whose result is known. What is kept is what a component declared `pure` gave, and what it
wrote into the state through its context; what failed, was skipped, or is no answer ("N/A": `data` was declared and not
taken) is not, nor is a step that secrets go into, or that ran flows or asked a person.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from weft.catalog.context import StateView
from weft.engine.cost import cost_data, cost_of
from weft.engine.events import NO_USAGE
from weft.engine.inputs import enliven, finish_texts
from weft.engine.outcome import Replay
from weft.engine.planned import PlanNode
from weft.engine.recipes import Recipe, raw_parts, recipe, with_state
from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.ground import Ground
    from weft.engine.recorded import Recorded

_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A step's result: its `value` by port, what its component wrote into the state, the `run` that made it, and what
    that took. With `reads` it is a signpost instead: the component looked at these paths of the state itself, and its
    results lie under keys that say what stood there."""

    value: Mapping[str, Any]
    writes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    run: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    cost: float | None = 0.0
    seconds: float = 0.0
    reads: tuple[str, ...] = ()


class Note(NamedTuple):
    """What the step at a path was made of when it last succeeded."""

    key: str
    parts: Mapping[str, str]
    run: str


class StepCache(Protocol):
    """Where results are kept, and notes on the steps of one flow (and session). Nothing here raises: what can't be
    read is not there, what can't be written is not kept."""

    async def get(self, key: str) -> Entry | None: ...
    def put(self, key: str, entry: Entry) -> None:
        """Keep it; seen at once by whoever asks this cache, and by other processes a little later."""
        ...

    def note(self, path: str, note: Note) -> None: ...
    async def notes(self) -> Mapping[str, Note]: ...


class MemoryCache:
    """A cache that lasts as long as its process, and keeps so many entries, those used last."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._notes: dict[str, Note] = {}

    async def get(self, key: str) -> Entry | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: str, entry: Entry) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def note(self, path: str, note: Note) -> None:
        self._notes[path] = note

    async def notes(self) -> Mapping[str, Note]:
        return self._notes

    def __len__(self) -> int:
        return len(self._entries)


class Kept(NamedTuple):
    """What a step's result will be kept as, once it is there."""

    key: str
    recipe: Recipe


async def reuse_or_call(attempt: Attempt, values: dict[str, Any], cache: StepCache) -> Any:
    """The result of a step that may be cached: the one that is known, else what its component gives."""
    scheduler, node = attempt.scheduler, attempt.node
    ground, state = scheduler.ground, scheduler.state
    parts = raw_parts(node, values, state)
    finish_texts(node, values, state)
    made = await recipe(node, values, parts, attempt, ground.services)
    if made.key:
        if ground.recorded is not None:
            await _recall_keys(ground, ground.recorded, cache)
        key = numbered(made.key, attempt)
        if attempt.number == 1 and not ground.fresh_at(attempt):
            entry = await look(cache, key, state)
            if entry is not None:
                attempt.reused, attempt.used = entry, True
                if entry.writes:
                    attempt.view = WatchedView({})
                    attempt.view.written.update(deepcopy(dict(entry.writes)))
                cache.note(attempt.path, Note(key, made.parts, entry.run))
                return Replay(deepcopy(dict(entry.value)))
        attempt.kept, attempt.used = Kept(key, made), True
    if scheduler.chosen is not None:
        scheduler.chosen.refuse_to_run(node)
    await enliven(node, values, attempt, ground.services)
    return await node.call(values, attempt)


def numbered(key: str, attempt: Attempt) -> str:
    """A step that comes again in one run, as another item or round with the very same ingredients, asks anew: its
    results are numbered, in the order in which the steps come."""
    if not _samples(attempt.node):
        return key
    paths = attempt.scheduler.ground.keys_asked.setdefault(key, {})
    number = paths.setdefault(attempt.path, len(paths))
    return f"{key}.{number}" if number else key


async def _recall_keys(ground: Ground, recorded: Recorded, cache: StepCache) -> None:
    """A run that was resumed goes on numbering: what the steps before have taken or made isn't given to others."""
    notes = await cache.notes()
    if ground.keys_recalled:
        return
    ground.keys_recalled = True
    for path, note in notes.items():
        if note.run == ground.run_id or path in recorded.reused:
            key, _, number = note.key.partition(".")
            ground.keys_asked.setdefault(key, {})[path] = int(number or 0)


def _samples(node: PlanNode) -> bool:
    return any(live.kind == "model" for live in node.special.live)


async def look(cache: StepCache, key: str, state: Mapping[str, Any]) -> Entry | None:
    """What is kept under a key, the state being as it is."""
    entry = await cache.get(key)
    return (
        await cache.get(with_state(key, entry.reads, state)) if entry is not None and entry.reads else entry
    )


def keep(attempt: Attempt, value: Mapping[str, Any], ended: float) -> None:
    """The step has succeeded: put its result by, if it is one to be used again."""
    ground, node, kept = attempt.scheduler.ground, attempt.node, attempt.kept
    if kept is None or ground.cache is None or "inner" in vars(attempt) or attempt.asked or attempt.expanded:
        return
    if "data" in node.outputs and "data" not in value:
        return
    clean = ground.log.clean
    if clean is not None and clean("step-finished", attempt.path, value) is not value:
        return  # there is a secret in it
    view = attempt.view
    cost = cost_data([cost_of(attempt.calls)])["cost"] if attempt.calls else 0.0
    writes = view.written if view is not None else _NONE
    entry = Entry(value, writes, ground.run_id, attempt.usage, cost, ended - attempt.first)
    key = kept.key
    if isinstance(view, WatchedView) and view.reads:
        ground.cache.put(key, Entry({}, run=ground.run_id, reads=tuple(sorted(view.reads))))
        key = with_state(key, view.reads, view.before)
    ground.cache.put(key, entry)
    ground.cache.note(attempt.path, Note(kept.key, kept.recipe.parts, ground.run_id))


def reused_data(attempt: Attempt, value: Mapping[str, Any], ended: float) -> dict[str, Any]:
    """The data of the `step-finished` of a step whose result was known: nothing was spent, so much was saved."""
    entry = attempt.reused
    assert entry is not None
    saved = {"usage": dict(entry.usage), "cost": entry.cost, "seconds": entry.seconds}
    data: dict[str, Any] = {
        "value": value,
        "usage": NO_USAGE,
        "cost": 0.0,
        "cached": True,
        "from": entry.run,
        "saved": saved,
        "seconds": ended - attempt.first,
        "calls": [],
    }
    return data | {"state": attempt.writes} if attempt.writes else data


class WatchedView(StateView):
    """The state as a step sees it that notes where the step looks: "" is everywhere."""

    def __init__(self, root: dict[str, Any]) -> None:
        super().__init__(root)
        self.before = deepcopy(root)
        self.reads: set[str] = set()

    def get(self, path: str, default: Any = None) -> Any:
        self.reads.add(path)
        return super().get(path, default)

    def __getitem__(self, path: str) -> Any:
        self.reads.add(path)
        return super().__getitem__(path)

    def __iter__(self) -> Iterator[str]:
        self.reads.add("")
        return super().__iter__()

    def __len__(self) -> int:
        self.reads.add("")
        return super().__len__()

    def __bool__(self) -> bool:
        return True  # asking whether there is a view is no look at the state


def not_available(node: str, because: str = "") -> StepFailed:
    return StepFailed(
        f"What {node!r} gives isn't known, so it would have to run first{f': {because}' if because else ''}.",
        code="not-available",
        hint=f"Run from {node!r}, or until the step that you want.",
        retryable=False,
    )
