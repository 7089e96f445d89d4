"""A run is never lost and never run by two: whoever dies, waits, is asked or drains."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.runs.events import event, record
from tests.runs.unowned import unowned

from weft.catalog import Catalog, Context, component
from weft.engine.events import Event
from weft.engine.services import Services
from weft.model.errors import Conflict, NotFound, WeftError
from weft.model.flow import Flow
from weft.model.text import dumps
from weft.runs import owner, watch
from weft.runs.driving import holding, tending
from weft.runs.record import RunRecord
from weft.runs.service import RunService
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes a blink."""
    for module, name, value in (
        (tending, "TICK", 0.01),
        (tending, "RECOVERY", 0.01),
        (tending, "REST", 0.02),
        (tending, "SHORT", 0.2),
        (watch, "POLL", 0.01),
        (watch, "SELDOM", 0.05),
        (watch, "PATIENCE", 0.2),
    ):
        monkeypatch.setattr(module, name, value)


class Bench:
    """Services on one store, and what their steps do outside: `calls`, and `gates` that they wait at."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.calls: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.services: list[RunService] = []
        self.broken = False

    def gate(self, name: str) -> asyncio.Event:
        return self.gates.setdefault(name, asyncio.Event())

    def service(self, *, recovers: bool = False) -> RunService:
        made = RunService(self.store, Services(), self.catalog)
        self.services.append(made)
        if recovers:
            made.recover()
        return made

    def catalog(self) -> Catalog:
        @component
        async def work(name: str, text: str = "") -> str:
            """Note the call outside."""
            self.calls.append(name)
            return f"{text}{name}"

        @component
        async def hold(name: str, text: str = "") -> str:
            """Wait at a gate."""
            self.calls.append(name)
            await self.gate(name).wait()
            return f"{text}{name}"

        @component
        async def asks(ctx: Context, text: str = "", within: float | None = None) -> bool:
            """Ask."""
            said = await ctx.ask("Well?", answer_within=within, default=None if within is None else False)
            self.calls.append("answered")
            return said["approved"]

        return Catalog([] if self.broken else [work, hold, asks])

    async def close(self) -> None:
        for service in self.services:
            await service.close()


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "weft.db")
    made = Bench(store)
    yield made
    wrong = [] if made.services and all(one._holder.closing.is_set() for one in made.services) else None
    if wrong is None:
        wrong = await unowned(store)
    await made.close()
    await store.close()
    assert wrong == []


def chain(*components: str, **params: Any) -> Flow:
    """One after the other, each called n0, n1, ... after its place."""
    nodes: dict[str, Any] = {}
    for number, name in enumerate(components):
        given = {"name": f"n{number}"} if name != "asks" else {}
        nodes[f"n{number}"] = {
            "component": name,
            "params": {**given, **params.get(f"n{number}", {})},
            **({"inputs": {"text": f"n{number - 1}"}} if number else {}),
        }
    return Flow.model_validate({"name": "test", "nodes": nodes, "outputs": {"out": f"n{len(nodes) - 1}"}})


async def seen(service: RunService, run_id: str, kind: str, path: str = "") -> Event:
    async for one in service.watch(run_id):
        if one.kind == kind and path in ("", one.path):
            return one
    raise AssertionError(f"no {kind}")


async def ended(service: RunService, run_id: str) -> Event:
    return await seen(service, run_id, "run-finished")


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not what():  # noqa: ASYNC110 - it happens in a task or a database, which tell nobody
            await asyncio.sleep(0.005)


async def let_go(service: RunService) -> None:
    """Wait until it drives nothing: what is in the books already is so in the next turns of the loop."""
    if tasks := [live.task for live in service._holder.live.values()]:
        await asyncio.wait(tasks, timeout=60)
        await asyncio.sleep(0)
    assert service._holder.live == {}


async def parked(bench: Bench, run_id: str) -> RunRecord:
    async with asyncio.timeout(60):
        while True:
            kept = await bench.store.get(run_id)
            assert kept is not None
            if kept.status == "waiting" and not kept.owner:
                return kept
            await asyncio.sleep(0.005)


# --- left behind ---


async def test_a_run_left_behind_goes_on_with_what_is_recorded(bench: Bench) -> None:
    first = bench.service()
    run_id = await first.start(chain("work", "hold", "work"))
    await seen(first, run_id, "step-started", "n1")
    owner.leave(first._holder.name)  # as if its process had died
    bench.gate("n1").set()
    second = bench.service(recovers=True)
    last = await ended(second, run_id)
    assert (last.data["status"], last.data["outputs"]) == ("succeeded", {"out": "n0n1n2"})
    assert bench.calls.count("n0") == 1
    events = await second.events(run_id)
    assert [one.seq for one in events] == list(range(1, len(events) + 1))


async def test_an_owner_that_was_taken_for_dead_drops_its_run_and_never_fails_it(bench: Bench) -> None:
    first = bench.service()
    run_id = await first.start(chain("hold", "work"))
    await seen(first, run_id, "step-started", "n0")
    live = first._holder.live[run_id]
    watching = asyncio.create_task(ended(first, run_id))
    claimed = await bench.store.get(run_id)
    assert claimed is not None
    await bench.store.claims.claim(run_id, claimed.epoch, "another-boot/1/1", time.monotonic() + 5)
    bench.gate("n0").set()
    await live.task
    kept = await first.get(run_id)
    assert (kept.status, kept.owner) == ("running", "another-boot/1/1")
    assert "run-finished" not in [one.kind for one in await first.events(run_id)]
    second = bench.service(recovers=True)
    assert (await ended(second, run_id)).data["outputs"] == {"out": "n0n1"}
    assert (await watching).data["status"] == "succeeded"


async def test_a_lease_that_ran_out_is_over_though_the_process_lives(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bench.service()
    run_id = await first.start(chain("hold"))
    await seen(first, run_id, "step-started", "n0")
    assert not await first.left_behind(await first.get(run_id))
    await bench.store.claims.beat(first._holder.name, time.monotonic() - 1)
    second = bench.service(recovers=True)
    assert await second.left_behind(await second.get(run_id))
    await seen(second, run_id, "run-resumed")
    bench.gate("n0").set()
    assert (await ended(second, run_id)).data["status"] == "succeeded"


async def test_one_that_recovers_not_takes_no_run_up_and_says_that_it_was_left_behind(bench: Bench) -> None:
    flow = chain("work")
    left = record("r1", owner="another-boot/1/1", document=dumps(flow), hash=flow.hash)
    await bench.store.create(left)
    await bench.store.append("r1", [event(1, "run-started", "", hash=flow.hash, inputs={}, time="")])
    service = bench.service()
    with pytest.raises(Conflict, match="was left behind by a process that ended") as refused:
        await ended(service, "r1")
    assert refused.value.code == "left-behind"
    assert "weft resume r1" in refused.value.hint
    assert await service.left_behind(await service.get("r1"))
    assert (await service.get("r1")).status == "running"
    assert await service.resume("r1") == "r1"
    assert (await ended(service, "r1")).data["outputs"] == {"out": "n0"}


async def test_many_left_behind_are_taken_up_some_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "AT_ONCE", 3)
    flow = chain("hold")
    for number in range(8):
        await bench.store.create(
            record(f"r{number}", owner="another-boot/1/1", document=dumps(flow), hash=flow.hash)
        )
    service = bench.service(recovers=True)
    await until(lambda: len(service._holder.live) == 3)
    await service._tending.look()
    assert sorted(service._holder.live) == ["r0", "r1", "r2"]
    bench.gate("n0").set()
    for number in range(8):
        assert (await ended(service, f"r{number}")).data["status"] == "succeeded"


async def test_a_run_that_kills_its_process_again_and_again_fails(bench: Bench) -> None:
    flow = chain("work", "hold")
    await bench.store.create(record("r1", owner="dead/1/1", epoch=1, document=dumps(flow), hash=flow.hash))
    started = event(2, "step-started", "n1", attempt=1, component="hold")
    opening = event(1, "run-started", "", hash=flow.hash, inputs={}, time="")
    await bench.store.append("r1", [opening, started], epoch=1)
    for epoch in range(1, holding.MOST_DEATHS):
        await bench.store.claims.claim("r1", epoch, f"dead/{epoch}/1", time.monotonic())
    service = bench.service(recovers=True)
    last = await ended(service, "r1")
    assert (last.data["status"], last.data["error"]["code"]) == ("failed", "keeps-failing")
    assert "died 3 times without getting any further. Running then: 'n1'" in last.data["error"]["message"]
    bench.gate("n1").set()
    again = await service.resume("r1")
    assert again != "r1"
    assert (await ended(service, again)).data["status"] == "succeeded"


async def test_a_run_whose_component_is_gone_fails_with_that(bench: Bench) -> None:
    flow = chain("work")
    await bench.store.create(record("r1", owner="dead/1/1", document=dumps(flow), hash=flow.hash))
    bench.broken = True
    last = await ended(bench.service(recovers=True), "r1")
    assert last.data["status"] == "failed"
    assert "work" in last.data["error"]["message"]


# --- runs that wait ---


async def test_a_run_that_only_waits_is_let_go_and_goes_on_when_it_is_answered(bench: Bench) -> None:
    service = bench.service(recovers=True)
    run_id = await service.start(chain("work", "asks", "work"))
    watching = asyncio.create_task(ended(service, run_id))
    await parked(bench, run_id)
    await let_go(service)
    for wrong, code in (
        (service.answer(run_id, "n1", "perhaps"), "bad-answer"),
        (service.answer(run_id, "n2", True), "no-question"),
        (service.answer(run_id, "n1", True, number=3), "no-question"),
        (service.answer(run_id, "n1", True, number=0, event=1), "answered"),
    ):
        with pytest.raises(WeftError) as refused:
            await wrong
        assert refused.value.code == code
    other = bench.service()
    await other.answer(run_id, "n1", "yes", "ann")
    assert (await watching).data["status"] == "succeeded"
    with pytest.raises(Conflict):
        await other.answer(run_id, "n1", True)
    events = await service.events(run_id)
    assert [one.data["by"] for one in events if one.kind == "step-answered"] == ["ann"]
    assert [one.kind for one in events].count("step-paused") == 1
    assert bench.calls == ["n0", "answered", "n2"]


async def test_of_many_who_answer_a_parked_run_one_is_taken(bench: Bench) -> None:
    service = bench.service(recovers=True)
    run_id = await service.start(chain("asks"))
    await parked(bench, run_id)
    others = [bench.service() for _ in range(4)]
    tries = [one.answer(run_id, "n0", True, f"{number}") for number, one in enumerate(others)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in done if one is None] == [None]
    assert {one.code for one in done if isinstance(one, WeftError)} <= {"answered", "run-over", "no-question"}
    assert (await ended(service, run_id)).data["status"] == "succeeded"


async def test_a_run_that_waits_for_a_time_goes_on_then(bench: Bench) -> None:
    service = bench.service(recovers=True)
    run_id = await service.start(chain("asks", n0={"within": 0.5}))
    kept = await parked(bench, run_id)
    claim = await bench.store.claims.of(run_id)
    assert claim is not None
    assert claim.due is not None
    assert time.time() - 1 < claim.due < time.time() + 1
    assert kept.epoch == 1
    last = await ended(service, run_id)
    assert (last.data["status"], last.data["outputs"]) == ("succeeded", {"out": False})


async def test_parked_runs_cost_no_task_and_no_memory(bench: Bench) -> None:
    service = bench.service(recovers=True)
    ids = [await service.start(chain("asks")) for _ in range(30)]
    for run_id in ids:
        await parked(bench, run_id)
    await let_go(service)
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert not [name for name in names if "run " in name or "record " in name]
    assert await bench.store.claims.due(time.time() + 3600, 100) == []


async def test_a_parked_run_is_cancelled_in_the_books(bench: Bench) -> None:
    service = bench.service(recovers=True)
    run_id = await service.start(chain("asks"))
    await parked(bench, run_id)
    watching = asyncio.create_task(ended(service, run_id))
    await bench.service().cancel(run_id)
    assert (await watching).data["status"] == "cancelled"
    assert (await service.state(run_id)).steps["n0"].status == "cancelled"


# --- what others ask of the owner ---


async def test_another_process_cancels_a_run_and_answers_it(bench: Bench) -> None:
    mine, other = bench.service(), bench.service()
    run_id = await mine.start(chain("asks", "hold"))
    await seen(mine, run_id, "step-paused")
    with pytest.raises(WeftError) as refused:
        await other.answer(run_id, "n0", "perhaps")
    assert refused.value.code == "bad-answer"
    with pytest.raises(NotFound):
        await other.answer(run_id, "n1", True)
    with pytest.raises(Conflict, match="asks something else now"):
        await other.answer(run_id, "n0", True, "bob", 0, 1)
    event = (await other.state(run_id)).questions["n0"]["event"]
    await other.answer(run_id, "n0", True, "bob", 0, event)
    await seen(other, run_id, "step-started", "n1")
    with pytest.raises(Conflict, match="is closed"):
        await other.answer(run_id, "n0", True)
    begun = time.monotonic()
    await other.cancel(run_id)
    assert (await ended(other, run_id)).data["status"] == "cancelled"
    assert time.monotonic() - begun < 1
    await other.cancel(run_id)


async def test_runs_left_behind_and_queued_are_cancelled_by_anybody(bench: Bench) -> None:
    flow = chain("work", "asks")
    for number, (of, status) in enumerate((("dead/1/1", "running"), ("", "queued"))):
        made = record(f"r{number}", owner=of, status=status, document=dumps(flow), hash=flow.hash)
        await bench.store.create(made)
        await bench.store.append(
            made.id,
            [event(1, "run-started", "", hash=flow.hash), event(2, "step-started", "n0")],
            then="queued",
        )
        await bench.service().cancel(made.id)
        kept = await bench.store.get(made.id)
        assert kept is not None
        assert kept.status == "cancelled"
        assert (await bench.service().state(made.id)).steps["n0"].status == "cancelled"


# --- draining ---


async def test_draining_lets_steps_end_starts_none_and_lets_the_runs_go(bench: Bench) -> None:
    service = bench.service(recovers=True)
    ids = [await service.start(chain("hold", "work")) for _ in range(3)]
    asking = await service.start(chain("asks"))
    for run_id in ids:
        await seen(service, run_id, "step-started")
    await seen(service, asking, "step-paused")
    draining = asyncio.create_task(service.drain(10))
    await until(service._holder.closing.is_set)
    with pytest.raises(WeftError) as refused:
        await service.start(chain("work"))
    assert refused.value.code == "closing"
    bench.gate("n0").set()
    await draining
    assert bench.calls == ["n0"] * 3
    for run_id in ids:
        kept = await bench.store.get(run_id)
        assert kept is not None
        assert (kept.status, kept.owner) == ("queued", "")
        assert [one.kind for one in await bench.store.events(run_id)][-2:] == ["step-finished", "step-ready"]
    waiting = await bench.store.get(asking)
    assert waiting is not None
    assert (waiting.status, waiting.owner) == ("waiting", "")
    assert await unowned(bench.store) == []
    if isinstance(bench.store, SqliteStore):
        return  # it is closed with the service
    again = bench.service(recovers=True)
    for run_id in ids:
        assert (await ended(again, run_id)).data["outputs"] == {"out": "n0n1"}
    assert bench.calls == ["n0"] * 3 + ["n1"] * 3


async def test_whoever_is_in_a_hurry_waits_for_no_step(bench: Bench) -> None:
    service, hurry = bench.service(), asyncio.Event()
    run_id = await service.start(chain("hold"))
    await seen(service, run_id, "step-started")
    draining = asyncio.create_task(service.drain(1000, hurry))
    await until(service._holder.closing.is_set)
    hurry.set()
    await draining
    kept = await bench.store.get(run_id)
    assert kept is not None
    assert (kept.status, kept.owner) == ("queued", "")


# --- resuming ---


async def test_what_can_be_resumed_and_what_not(bench: Bench) -> None:
    mine, other = bench.service(), bench.service()
    done = await mine.start(chain("work"))
    await ended(mine, done)
    with pytest.raises(Conflict, match="nothing of it is left to do"):
        await mine.resume(done)
    going = await mine.start(chain("work", "hold"))
    await seen(mine, going, "step-started", "n1")
    assert await mine.resume(going) == going
    with pytest.raises(Conflict) as refused:
        await other.resume(going)
    assert refused.value.code == "run-goes-on"
    await mine.cancel(going)
    bench.gate("n1").set()
    again = await other.resume(going)
    assert again != going
    assert (await ended(other, again)).data["outputs"] == {"out": "n0n1"}
    assert bench.calls == ["n0", "n0", "n1", "n1"]
    with pytest.raises(NotFound):
        await other.resume("none")


async def test_values_taken_from_another_run_are_there_when_a_run_done_again_is_resumed(bench: Bench) -> None:
    mine = bench.service()
    flow = chain("work", "work", "hold", "work")
    first = await mine.start(flow)
    bench.gate("n2").set()
    await ended(mine, first)
    bench.gates.clear()
    again = await mine.rerun(first, {"n1": "edited"})
    await seen(mine, again, "step-started", "n2")
    owner.leave(mine._holder.name)
    bench.gate("n2").set()
    other = bench.service(recovers=True)
    assert (await ended(other, again)).data["outputs"] == {"out": "editedn2n3"}
