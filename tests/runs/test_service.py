"""The one door: what it accepts it keeps, what it shows is stored, and it leaves nothing behind."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.runs.events import event, record

from weft.catalog import Catalog, Context, component
from weft.engine.events import Event, event_json
from weft.engine.services import Services
from weft.model.errors import FlowHasProblems, NotFound, WeftError
from weft.model.flow import Flow
from weft.model.text import dumps
from weft.runs import owner
from weft.runs.driving.coalesce import INTERVAL, PIECES
from weft.runs.event_models import read_event
from weft.runs.record import RunRecord
from weft.runs.service import RunService
from weft.runs.sessions import Session
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore
from weft.runs.wire import record_json

Make = Callable[..., RunService]


@component
async def shout(text: str, ctx: Context) -> str:
    """Say it louder, a word at a time."""
    for word in text.split():
        ctx.emit(f"{word.upper()} ")
        await asyncio.sleep(0)
    return text.upper()


@component
async def flood(pieces: int, ctx: Context) -> str:
    """Stream many pieces."""
    for number in range(pieces):
        ctx.emit(f"{number} ")
        await asyncio.sleep(0)
    return "done"


@component
async def refuse(text: str) -> str:
    """Fail."""
    raise ValueError(f"no {text}")


@component
async def wait(text: str, ctx: Context) -> str:
    """Wait until cancelled."""
    ctx.emit("waiting")
    await asyncio.Event().wait()
    return text


def catalog() -> Catalog:
    return Catalog([shout, flood, refuse, wait])


def flow(name: str = "", **params: Any) -> Flow:
    """One node of the component, its output the flow's."""
    node = {"component": name or "shout", "params": params}
    return Flow.model_validate({"name": "test", "nodes": {"a": node}, "outputs": {"said": "a"}})


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunStore]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "weft.db")
    yield store
    await store.close()


@pytest_asyncio.fixture
async def make(store: RunStore) -> AsyncIterator[Make]:
    made: list[RunService] = []

    def service(of: RunStore = store) -> RunService:
        made.append(RunService(of, Services(), catalog))
        return made[-1]

    yield service
    for one in made:
        await one.close()


async def watched(service: RunService, run_id: str, after: int = 0) -> list[Event]:
    return [event async for event in service.watch(run_id, after)]


async def until(service: RunService, run_id: str, kind: str) -> None:
    async for one in service.watch(run_id):
        if one.kind == kind:
            return


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events]


async def test_a_run_from_start_to_end(make: Make) -> None:
    service = make()
    made = flow(text="hello there")
    run_id = await service.start(made, slug="greeting", model="demo")
    events = await watched(service, run_id)
    assert kinds(events) == [
        *(
            "run-started",
            "step-ready",
            "step-started",
            "step-output",
            "step-output",
            "step-finished",
            "run-finished",
        )
    ]
    assert [event.seq for event in events] == list(range(1, 8))
    kept = await service.get(run_id)
    assert (kept.flow, kept.status, kept.model, kept.hash) == ("greeting", "succeeded", "demo", made.hash)
    assert kept.document == dumps(made)
    assert kept.owner.startswith(f"{owner.this_process()}/")
    assert kept.finished is not None
    state = await service.state(run_id)
    assert (state.status, state.outputs, state.steps["a"].text) == (
        "succeeded",
        {"said": "HELLO THERE"},
        "HELLO THERE ",
    )
    assert [one.id for one in await service.runs()] == [run_id]
    assert record_json(kept)["id"] == run_id


async def test_what_is_live_and_what_is_stored_agree(make: Make, store: RunStore) -> None:
    service = make()
    run_id = await service.start(flow("flood", pieces=500))
    live = await watched(service, run_id)
    assert (
        live == await watched(service, run_id) == await store.events(run_id) == await service.events(run_id)
    )
    assert "".join(e.data["text"] for e in live if e.kind == "step-output").split() == [
        str(n) for n in range(500)
    ]


async def test_streamed_text_is_gathered(make: Make) -> None:
    service = make()
    run_id = await service.start(flow("flood", pieces=3000))
    events = await watched(service, run_id)
    outputs = [event for event in events if event.kind == "step-output"]
    assert len(outputs) <= events[-1].at / INTERVAL + 2 + 3000 // PIECES


async def test_watchers_may_come_at_any_time_and_leave_at_any_time(make: Make) -> None:
    service = make()
    run_id = await service.start(flow("flood", pieces=2000))
    early = asyncio.create_task(watched(service, run_id))
    await until(service, run_id, "step-output")  # leaves then
    late = asyncio.create_task(watched(service, run_id, after=3))
    left = asyncio.create_task(watched(service, run_id))
    await asyncio.sleep(0)
    left.cancel()
    whole = await early
    assert await late == whole[3:]
    assert await watched(service, run_id, after=len(whole) - 1) == whole[-1:]
    assert await watched(service, run_id, after=len(whole)) == []
    assert await watched(service, run_id, after=10_000) == []


async def test_a_slow_watcher_holds_up_nobody(make: Make) -> None:
    service = make()
    run_id = await service.start(flow("flood", pieces=300))
    slow = service.watch(run_id)
    first = await anext(slow)
    whole = await watched(service, run_id)
    assert [first, *[event async for event in slow]] == whole


async def test_an_accepted_run_is_in_the_books_before_its_id_is_known(make: Make, store: RunStore) -> None:
    run_id = await make().start(flow("wait", text="x"))
    other = SqliteStore(store.path) if isinstance(store, SqliteStore) else store
    kept = await other.get(run_id)
    assert kept is not None
    assert kept.status in ("queued", "running")
    assert owner.alive(kept.owner)
    await other.close()


class Hesitating(MemoryStore):
    """Waits before it takes a run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def create(self, record: RunRecord, until: float | None = None) -> None:
        self.asked.set()
        await self.may.wait()
        await super().create(record, until)


async def test_a_starter_that_leaves_does_not_take_the_run_with_it(make: Make) -> None:
    store = Hesitating()
    service = make(store)
    starting = asyncio.create_task(service.start(flow(text="hello"), slug="left"))
    await store.asked.wait()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    (run_id,) = service._holder.live
    store.may.set()
    assert kinds(await watched(service, run_id))[-1] == "run-finished"
    assert (await service.get(run_id)).status == "succeeded"


async def test_what_cannot_run_is_refused_and_not_recorded(make: Make) -> None:
    service = make()
    with pytest.raises(FlowHasProblems):
        await service.start(flow("nothing-like-it"))
    with pytest.raises(WeftError, match="no input 'topic'"):
        await service.start(flow(text="x"), {"topic": "tea"})
    assert await service.runs() == []


async def test_a_failing_run_ends_failed_with_its_error(make: Make) -> None:
    service = make()
    run_id = await service.start(flow("refuse", text="way"))
    events = await watched(service, run_id)
    kept = await service.get(run_id)
    assert kept.status == events[-1].data["status"] == "failed"
    assert kept.error is not None
    assert kept.error["node"] == "a"
    assert "no way" in kept.error["message"]


async def test_cancelling_ends_the_run_and_its_steps(make: Make) -> None:
    service = make()
    run_id = await service.start(flow("wait", text="x"))
    await until(service, run_id, "step-output")
    await service.cancel(run_id)
    kept = await service.get(run_id)
    assert kept.status == "cancelled"
    state = await service.state(run_id)
    assert (state.status, state.steps["a"].status) == ("cancelled", "cancelled")
    await service.cancel(run_id)  # what is over stays as it ended
    assert (await service.get(run_id)).status == "cancelled"
    with pytest.raises(NotFound):
        await service.cancel("nope")


async def test_runs_cancelled_at_any_moment_end_and_leave_nothing(make: Make) -> None:
    service, chance = make(), random.Random(5)
    ids: list[str] = []
    for number in range(60):
        made = chance.choice([flow("flood", pieces=50 * number), flow("wait", text="x")])
        ids.append(await service.start(made))
        for _ in range(chance.randrange(40)):
            await asyncio.sleep(0)
        await service.cancel(chance.choice(ids))
    await asyncio.gather(*(service.cancel(run_id) for run_id in ids))
    for one in await service.runs(limit=100):
        assert one.status in ("cancelled", "succeeded", "failed")
        assert kinds(await watched(service, one.id))[-1] == "run-finished"
    assert service._holder.live == {}


async def test_closing_lets_go_of_those_who_follow_runs_of_others(make: Make, store: RunStore) -> None:
    await abandoned(store, owner.this_process())
    service = make()
    watching = asyncio.create_task(watched(service, "r1"))
    await until(service, "r1", "step-started")
    service._holder.close()
    assert [one.seq for one in await watching] == [1, 2]


async def test_closing_cancels_what_runs_and_records_its_end(
    make: Make, store: RunStore, tmp_path: Path
) -> None:
    service = make()
    ids = [await service.start(flow("wait", text=str(number))) for number in range(5)]
    watching = asyncio.create_task(watched(service, ids[0]))
    await until(service, ids[-1], "step-output")
    await service.close()
    assert (await watching)[-1].data["status"] == "cancelled"
    with pytest.raises(WeftError, match="Weft is closing"):
        await service.start(flow(text="x"))
    again = MemoryStore() if isinstance(store, MemoryStore) else SqliteStore(tmp_path / "weft.db")
    if isinstance(store, SqliteStore):
        assert {one.status for one in await again.list()} == {"cancelled"}
    await again.close()


async def test_many_runs_at_once(make: Make) -> None:
    service = make()
    ids = await asyncio.gather(*(service.start(flow(text=f"word {number}")) for number in range(40)))
    assert len(set(ids)) == 40
    ends = await asyncio.gather(*(watched(service, run_id) for run_id in ids))
    assert [events[-1].data["outputs"]["said"] for events in ends] == [
        f"WORD {number}" for number in range(40)
    ]
    assert [one.id for one in await service.runs()] == sorted(ids, reverse=True)


async def test_ids_sort_by_start(make: Make) -> None:
    service = make()
    ids = [service._starter.new_id() for _ in range(200)]
    assert ids == sorted(set(ids))


async def test_every_event_is_what_its_model_says_and_comes_back_from_its_line(make: Make) -> None:
    service = make()
    for made in (flow(text="hello"), flow("refuse", text="way")):
        run_id = await service.start(made)
        for one in await watched(service, run_id):
            line = event_json(one, run_id)
            assert read_event(line) == (run_id, one._replace(at=line["at"]))


async def test_a_line_that_is_no_event_is_refused_with_the_place() -> None:
    line = {"seq": 1, "kind": "step-output", "run": "r", "path": "a", "at": 0.0}
    with pytest.raises(WeftError, match=r"step-output\.text: Field required"):
        read_event(line)
    with pytest.raises(WeftError, match="This is no event of a run"):
        read_event({**line, "kind": "tea"})


# --- runs of other processes ---


async def abandoned(store: RunStore, of: str) -> None:
    await store.create(record("r1", owner=of))
    await store.append(
        "r1",
        [
            event(1, "run-started", "", flow="essay", hash="h", inputs={}, time=""),
            event(2, "step-started", "a", attempt=1, component="prompt"),
        ],
    )


async def test_watching_a_run_that_is_not_there(make: Make) -> None:
    with pytest.raises(NotFound, match="no run 'nope'"):
        await watched(make(), "nope")


# --- a store that fails ---


class Failing(MemoryStore):
    """Fails at the third append, `times` times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.appends, self.times = 0, times

    async def append(
        self, run_id: str, events: Sequence[Event], session: Session | None = None, **how: Any
    ) -> None:
        self.appends += 1
        if 2 < self.appends <= 2 + self.times:
            raise WeftError("The disk is broken.", code="disk-error")
        await super().append(run_id, events, session, **how)


async def test_a_run_that_cannot_be_recorded_is_stopped_and_says_so() -> None:
    service = RunService(Failing(1), Services(), catalog)
    run_id = await service.start(flow("flood", pieces=100_000))
    events = await watched(service, run_id)
    assert (events[-1].kind, events[-1].data["error"]["code"]) == ("run-finished", "disk-error")
    assert (await service.get(run_id)).status == "failed"
    await service.close()


async def test_a_watcher_is_told_when_not_even_the_end_can_be_recorded() -> None:
    service = RunService(Failing(1000), Services(), catalog)
    run_id = await service.start(flow("flood", pieces=100_000))
    with pytest.raises(WeftError, match="disk is broken"):
        await watched(service, run_id)
    await service.close()


async def test_a_store_that_takes_no_run_takes_none(tmp_path: Path) -> None:
    (tmp_path / "weft.db").write_text("no database")
    service = RunService(SqliteStore(tmp_path / "weft.db"), Services(), catalog)
    for _ in range(2):
        with pytest.raises(WeftError, match="no database"):
            await service.start(flow(text="x"))
    await service.close()
