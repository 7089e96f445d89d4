"""A run that is recorded holds little: its newest events, a state without large values, and no more than the store takes."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.engine.build import flow, node
from tests.runs.events import event

from weft.catalog import Catalog, component
from weft.engine import Event, Services
from weft.runs.driving import shown, tail
from weft.runs.driving.tail import Tail
from weft.runs.light import LONGEST, ROOM, SHORT, LightState
from weft.runs.service import RunService
from weft.runs.sessions import Session
from weft.runs.sizes import heavy, size_of
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore
from weft.runs.wire import snapshot_json, state_json

ROOT = Path(__file__).parents[2]


def ended(seq: int, path: str, **value: Any) -> Event:
    return Event(seq, "step-finished", path, float(seq), {"value": value, "usage": {}, "calls": []})


# --- sizes ---


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("abc", 3),
        (1, 8),
        (["ab"] * 10, 8 + 20),
        ({"a": "x" * 50, "b": [1]}, 8 + 50 + 16),
        (["x" * 10] * 64_000, 640_000),  # by a sample
        ([], 8),
    ],
)
def test_a_value_is_sized_about_as_it_is(value: Any, size: int) -> None:
    assert size_of(value) == size


def test_only_events_that_hold_values_are_large() -> None:
    text = "x" * 5_000
    events = [
        event(1, "step-ready", "a"),
        ended(2, "a", out=text),
        ended(3, "b", out="short"),
        event(4, "step-output", "c", text=text),
        event(5, "run-finished", outputs={"o": [text]}),
    ]
    assert heavy(events) == [(2, 5_000), (4, 5_000), (5, 5_016)]


# --- the newest events ---


def test_the_tail_keeps_the_newest_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST", 10)
    log = Tail()
    log.add([event(seq, "step-ready", "a") for seq in range(1, 11)])
    assert log.surplus() == []
    log.add([event(11, "step-ready", "a")])
    assert [each.seq for each in log.surplus()] == [1, 2, 3, 4, 5, 6]
    assert (log.base, log.last, log.after(5, 9)) == (6, 11, None)
    assert [each.seq for each in log.after(6, 2) or ()] == [7, 8]
    assert log.after(11, 9) == []


def test_the_tail_keeps_the_newest_by_size_and_always_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST_CHARACTERS", 10_000)
    monkeypatch.setattr(tail, "PAGE_CHARACTERS", 5_000)
    log = Tail()
    log.add([ended(seq, "a", out="x" * 3_000) for seq in range(1, 4)])
    assert log.surplus() == []
    assert [each.seq for each in log.after(0, 9) or ()] == [1]  # one more would be too much at once
    log.add([ended(4, "b", out="x" * 20_000)])
    assert [each.seq for each in log.surplus()] == [1, 2, 3]
    assert [each.seq for each in log.after(3, 9) or ()] == [4]


# --- the state ---


def test_large_values_of_a_state_are_cut_and_their_events_named() -> None:
    state = LightState()
    state.apply(event(1, "run-started", inputs={}))
    state.apply(event(2, "step-output", "a", text="y" * (3 * LONGEST)))
    assert len(state.steps["a"].text) == LONGEST
    state.apply(ended(3, "a", text="x" * (LONGEST + 1), short="s", many=[1] * LONGEST))
    step = state.steps["a"]
    assert (step.cut, step.ended, step.status) == (True, 3, "succeeded")
    assert step.value is not None
    assert {port: len(value) for port, value in step.value.items()} == {
        "text": LONGEST,
        "short": 1,
        "many": LONGEST,
    }
    state.apply(ended(4, "b", text="x" * LONGEST))
    assert not state.steps["b"].cut
    seen = snapshot_json(state)
    assert [len(seen["steps"][path]["value"]["text"]) for path in "ab"] == [SHORT, SHORT]
    assert seen["steps"]["b"]["cut"]
    assert seen.keys() == state_json(state).keys()
    assert json.dumps(seen)


def test_the_values_of_a_state_are_bounded_together() -> None:
    state = LightState()
    for seq in range(1, 1001):
        state.apply(ended(seq, f"s{seq}", text="x" * LONGEST))
    held = sum(len((step.value or {})["text"]) for step in state.steps.values())
    assert held < ROOM + LONGEST + 1000 * SHORT


# --- a run ---


@component
async def text(size: int, after: str = "") -> str:
    """A text of that many characters, the first of which says what came before."""
    await asyncio.sleep(0)
    return f"{len(after)}".ljust(size, ".")


@component
async def total(texts: list[str]) -> list[str]:
    """What the texts begin with."""
    return [text.partition(".")[0] for text in texts]


CATALOG = Catalog([text, total])


class Counting(MemoryStore):
    """A store that takes its time, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.peeked: list[int] = []
        self.open = asyncio.Event()
        self.pause_after = 10_000
        """Events that it takes before it waits to be opened again."""
        self.paused = asyncio.Event()

    async def append(
        self, run_id: str, events: Sequence[Event], session: Session | None = None, **more: Any
    ) -> None:
        await self.open.wait()
        self.batches.append(sum(size for _, size in heavy(events)))
        await super().append(run_id, events, session, **more)
        if events[-1].seq >= self.pause_after:
            self.pause_after = 10_000
            self.open.clear()
            self.paused.set()

    def peek(self, run_id: str, seq: int) -> Event:
        self.peeked.append(seq)
        return super().peek(run_id, seq)


def wide(count: int, size: int) -> Any:
    nodes = {f"t{number}": node("text", size=size) for number in range(count)}
    nodes["end"] = node("total", texts=[f"@t{number}" for number in range(count)])
    return flow(nodes, outputs={"all": "end"})


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds a thousandth of what they are."""
    monkeypatch.setattr("weft.runs.driving.pressure.CHARACTERS", 8_000)
    monkeypatch.setattr(shown, "BATCH_CHARACTERS", 4_000)
    monkeypatch.setattr(shown, "RESIDENT", 16_000)
    monkeypatch.setattr(tail, "MOST_CHARACTERS", 16_000)
    monkeypatch.setattr("weft.engine.valve.ROOM", 4_000)


@pytest.mark.usefixtures("tiny")
async def test_a_run_waits_for_a_slow_store_and_gets_its_values_from_there() -> None:
    store = Counting()
    service = RunService(store, Services(), lambda: CATALOG)
    run_id = await service.start(wide(60, 3_000), parallel=4)
    live = service._holder.live[run_id]  # type: ignore[reportPrivateUsage]
    for _ in range(200):
        await asyncio.sleep(0)
    waiting = live.shown._waiting  # type: ignore[reportPrivateUsage]
    assert 8_000 < waiting <= 8_000 + 2 * 4 * 3_000  # what ran when it was full still ended
    store.open.set()
    result = await service.result(run_id)
    assert result.outputs == {"all": ["0"] * 60}
    assert max(store.batches) <= 4_000
    assert len(store.peeked) > 40  # most were let go before they were needed, and came from the store
    assert result.log.base > 100  # the engine has let go what is stored
    assert len(result.log.events()) < 100
    await service.close()


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_watchers_read_everything_however_late(kind: str, tmp_path: Path) -> None:
    store: RunStore = MemoryStore() if kind == "memory" else SqliteStore(tmp_path / "weft.db")
    service = RunService(store, Services(), lambda: CATALOG)
    run_id = await service.start(wide(40, 3_000), parallel=4)
    late = service.watch(run_id)
    first = await anext(late)
    seen = [each.seq async for each in service.watch(run_id)]
    assert [first.seq, *[each.seq async for each in late]] == seen == list(range(1, len(seen) + 1))
    state = await service.state(run_id)
    assert {step.status for step in state.steps.values()} == {"succeeded"}
    await service.close()


@pytest.mark.usefixtures("tiny")
async def test_a_watcher_that_is_far_behind_can_catch_up() -> None:
    store = Counting()
    store.open.set()
    store.pause_after = 60
    service = RunService(store, Services(), lambda: CATALOG)
    run_id = await service.start(wide(60, 3_000), parallel=4)
    late = service.watch(run_id)
    await anext(late)
    await store.paused.wait()
    assert late.catch_up(1_000) is None
    state = late.catch_up(20)
    assert state is not None
    last = state.seq  # it goes on with the run
    assert last >= 60
    store.open.set()
    rest = [each.seq async for each in late]
    assert rest[0] == last + 1
    assert rest == list(range(rest[0], rest[-1] + 1))
    assert late.catch_up(0) is None
    await service.close()


# --- a real process ---


@pytest.mark.parametrize("shape", ["fan", "stream"])
def test_much_output_takes_little_memory(shape: str) -> None:
    asked = [sys.executable, "-m", "tests.soak.flood", shape, "100"]
    found = json.loads(subprocess.check_output(asked, cwd=ROOT, timeout=120))
    assert found["status"] == "succeeded", found
    assert found["grown"] < 120, found
