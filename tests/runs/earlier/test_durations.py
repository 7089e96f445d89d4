"""What a flow's runs teach about its steps is given to the next."""

import asyncio
from pathlib import Path

import pytest
from tests.engine.build import catalog, flow
from tests.runs.events import event, finished, record

from weft.catalog import component
from weft.engine import Services
from weft.runs.driving.tail import Tail
from weft.runs.earlier.durations import Learnt, durations_of
from weft.runs.service import RunService
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RunStore:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "weft.db")


async def put(store: RunStore, number: int, **seconds: float) -> None:
    await store.create(record(f"r{number}"))
    await store.append(f"r{number}", ran(**seconds))


def ran(**seconds: float) -> list:  # type: ignore[type-arg]
    events = []
    for path, taken in seconds.items():
        events.append(event(len(events) + 1, "step-started", path.replace("_", "[3]/"), 1.0, attempt=1))
        ended = event(len(events) + 1, "step-finished", path.replace("_", "[3]/"), 1.0 + taken)
        ended.data["seconds"] = taken  # type: ignore[index]
        events.append(ended)
    return [*events, finished(len(events) + 1)]


def tail(**seconds: float) -> Tail:
    log = Tail()
    log.add(ran(**seconds))
    return log


async def test_the_middle_of_the_last_runs_counts(store: RunStore) -> None:
    for number, taken in enumerate([50, 50, 1, 2, 9, 3, 4]):
        await put(store, number, a=float(taken), each_b=0.5)
    assert await Learnt(store).of("essay") == {"a": 3.0, "each[]/b": 0.5}
    await store.close()


async def test_a_run_that_ends_is_learnt_from_and_small_changes_change_nothing(store: RunStore) -> None:
    learnt = Learnt(store)
    assert not await learnt.of("essay")
    learnt.note("essay", tail(a=2.0))
    known = await learnt.of("essay")
    assert known == {"a": 2.0}
    learnt.note("essay", tail(a=2.1))
    assert await learnt.of("essay") is known
    learnt.note("essay", tail(a=8.0))
    learnt.note("essay", tail(a=8.0))
    assert await learnt.of("essay") == {"a": 5.05}
    long = tail(a=9.0)
    long.base = 1000
    learnt.note("essay", long)  # its first events are in the store only
    assert not await learnt.of("essay")
    learnt.note("unheard_of", tail(a=1.0))
    assert not await learnt.of("unheard_of")
    await store.close()


def test_a_step_that_never_started_teaches_nothing() -> None:
    assert durations_of([("a", "step-finished", 2.0), ("b", "step-started", 1.0)]) == {}


async def test_the_service_starts_the_longest_path_first_once_it_knows_it(store: RunStore) -> None:
    gate: dict[str, asyncio.Event] = {}

    @component
    async def take(name: str, before: list[str] = []) -> str:  # noqa: B006 - never changed
        """Wait a little if it is the slow one."""
        if name == "slow":
            loop = asyncio.get_running_loop()
            gate[name] = asyncio.Event()
            loop.call_later(0.2, gate[name].set)
            await gate[name].wait()
        return name

    nodes = {name: {"component": "take", "params": {"name": name}} for name in ("a", "b", "slow")}
    nodes["a2"] = {"component": "take", "params": {"name": "a2"}, "inputs": {"before": ["a"]}}
    made = flow(nodes)
    service = RunService(store, Services(), lambda: catalog(take))
    orders: list[list[str]] = []
    for _ in range(2):
        run_id = await service.start(made, slug="timed", parallel=1)
        events = [event async for event in service.watch(run_id)]
        orders.append([event.path for event in events if event.kind == "step-started"])
        await asyncio.sleep(0)  # the service hears of the run's end in the same turn as its watchers
    await service.close()
    assert orders[0][0] == "a"
    assert orders[1][0] == "slow"
