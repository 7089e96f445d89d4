"""Asking through the service: who waits, who may answer, and what is in the books then."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.engine.build import Doors, flow, node
from tests.runs.events import record

from weft import Context, component
from weft.catalog import Catalog
from weft.engine import Event
from weft.engine.events import event_json
from weft.engine.services import Services
from weft.model.errors import Conflict, NotFound, StepFailed, WeftError
from weft.runs.event_models import read_event
from weft.runs.service import RunService
from weft.runs.state import fold
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore
from weft.testing import stock_catalog


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunStore]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "weft.db")
    yield store
    await store.close()


class Asked:
    """A service with a run, followed as far as a test wants."""

    def __init__(self, store: RunStore, known: Catalog) -> None:
        self.service = RunService(store, Services(), lambda: known)
        self.run_id = ""

    async def start(self, nodes: dict[str, Any], **more: Any) -> str:
        self.run_id = await self.service.start(flow(nodes), slug="asks", **more)
        return self.run_id

    async def until(self, kind: str, path: str = "") -> Event:
        async for event in self.service.watch(self.run_id):
            if event.kind == kind and (not path or event.path == path):
                return event
        raise AssertionError(f"there was no {kind}")

    async def status(self) -> str:
        return (await self.service.get(self.run_id)).status

    async def answer(self, path: str, value: Any, **more: Any) -> None:
        await self.service.answer(self.run_id, path, value, **more)


@pytest_asyncio.fixture
async def asked(store: RunStore) -> AsyncIterator[Asked]:
    made = Asked(store, stock_catalog())
    yield made
    await made.service.close()


async def test_a_run_waits_when_all_it_could_do_is_done(store: RunStore) -> None:
    doors = Doors()
    made = Asked(store, stock_catalog(doors.component()))
    await made.start({"a": node("ask", question="Well?"), "d": node("door", name="d")})
    await doors.reached("d")
    await made.until("step-paused")
    assert await made.status() == "running"
    doors.open("d")
    await made.until("step-finished", "d")
    assert await made.status() == "waiting"
    assert [found.id for found in await made.service.runs(status="waiting")] == [made.run_id]
    await made.answer("a", True)
    await made.until("run-finished")
    assert await made.status() == "succeeded"
    await made.service.close()


async def test_it_goes_on_when_it_is_answered(store: RunStore) -> None:
    doors = Doors()
    made = Asked(store, stock_catalog(doors.component()))
    await made.start({"a": node("ask", question="Well?"), "d": node("door", name="d", text="@a")})
    await made.until("step-paused")
    assert await made.status() == "waiting"
    await made.answer("a", True)
    await doors.reached("d")
    assert await made.status() == "running"
    doors.open("d")
    await made.until("run-finished")
    await made.service.close()


async def test_an_answer_is_in_the_books_when_it_is_taken(asked: Asked, store: RunStore) -> None:
    run_id = await asked.start({"a": node("ask", question="Well?"), "b": node("ask", question="Well?")})
    await asked.until("step-paused", "b")
    await asked.answer("a", {"approved": True, "remark": "Go."}, by="ada")
    kept = await store.events(run_id)
    (answer,) = [event for event in kept if event.kind == "step-answered"]
    assert (answer.path, answer.data["by"], answer.data["value"]["remark"]) == ("a", "ada", "Go.")
    state = fold(kept)
    assert (list(state.questions), state.answered) == (["b"], 1)
    assert state.steps["a"].answers == [
        {"number": 0, "value": {"approved": True, "remark": "Go."}, "by": "ada", "how": "person"}
    ]
    for event in kept:
        assert read_event(event_json(event, run_id)) == (run_id, event._replace(at=round(event.at, 6)))


async def test_refusals(asked: Asked) -> None:
    await asked.start({"a": node("ask", question="Well?"), "b": node("ask", question="Well?")})
    await asked.until("step-paused", "b")
    with pytest.raises(WeftError, match="must be true or false"):
        await asked.answer("a", "perhaps")
    with pytest.raises(NotFound, match="These ask: 'a', 'b'"):
        await asked.answer("c", True)
    with pytest.raises(NotFound, match="no run"):
        await asked.service.answer("nope", "a", True)
    both = await asyncio.gather(
        asked.answer("a", True, by="ada"), asked.answer("a", False, by="bob"), return_exceptions=True
    )
    assert both[0] is None
    assert isinstance(both[1], Conflict)
    await asked.answer("b", True, number=0)
    await asked.until("run-finished")
    with pytest.raises(Conflict, match="is over"):
        await asked.answer("b", True)


async def test_a_run_that_nobody_drives_and_that_asks_nothing_takes_no_answer(
    asked: Asked, store: RunStore
) -> None:
    await store.create(record("r1", owner="", status="waiting"))
    with pytest.raises(NotFound) as refused:
        await asked.service.answer("r1", "a", True)
    assert refused.value.code == "no-question"


async def test_a_run_that_waits_can_be_cancelled_and_closing_ends_it(asked: Asked, store: RunStore) -> None:
    first = await asked.start({"a": node("ask", question="Well?")})
    await asked.until("step-paused")
    await asked.service.cancel(first)
    assert await asked.status() == "cancelled"
    second = await asked.start({"a": node("ask", question="Well?")})
    await asked.until("step-paused")
    await asked.service.close()
    if isinstance(store, SqliteStore):
        store = SqliteStore(store.path)
    kept = await store.get(second)
    assert kept is not None
    assert kept.status == "cancelled"
    assert fold(await store.events(second)).questions == {}
    await store.close()


async def test_answers_beforehand_are_kept_with_the_run(asked: Asked) -> None:
    run_id = await asked.start({"a": node("ask", question="Well?")}, answers={"a": [True]})
    await asked.until("run-finished")
    kept = await asked.service.get(run_id)
    assert (kept.status, kept.options) == ("succeeded", {"answers": {"a": [True]}})
    with pytest.raises(WeftError, match="no node 'b'"):
        await asked.start({"a": node("ask", question="Well?")}, answers={"b": [True]})


async def test_an_answer_is_bound_to_the_words_that_were_read(asked: Asked, store: RunStore) -> None:
    run_id = await asked.start({"a": node("ask", question="Well?"), "b": node("ask", question="Well?")})
    await asked.until("step-paused", "b")
    questions = (await asked.service.state(run_id)).questions
    a, b = questions["a"]["event"], questions["b"]["event"]
    assert [(await store.events(run_id))[one - 1].path for one in (a, b)] == ["a", "b"]
    for other in (b, a + 100):
        with pytest.raises(Conflict, match="asks something else now"):
            await asked.answer("a", True, number=0, event=other)
    await asked.answer("a", True, number=0, event=a)
    await asked.answer("b", True, number=0, event=b)
    await asked.until("run-finished")


async def test_an_answer_to_a_former_question_is_refused_before_the_new_one_is_recorded(
    store: RunStore,
) -> None:
    """The step is tried again, and asks something else under the same number, while the books are slow."""
    doors = Doors()
    tries: list[int] = []

    @component
    async def fickle(ctx: Context) -> str:
        """Ask, fail, and ask something else."""
        tries.append(1)
        if len(tries) > 1:
            asked = asyncio.create_task(ctx.ask("Delete it?"))
            await asyncio.sleep(0)
            doors.came.setdefault("asked anew", asyncio.Event()).set()
            return str((await asked)["approved"])
        async with asyncio.TaskGroup() as group:
            group.create_task(ctx.ask("Keep it?"))
            await doors.wait("first")
            raise StepFailed("Once more.", code="again", retryable=True)
        return ""

    made = Asked(store, stock_catalog(fickle))
    nodes = {"a": {"component": "fickle", "options": {"retries": 1}}}
    run_id = await made.start(nodes)
    former = (await made.until("step-paused")).seq
    append, slow = store.append, asyncio.Event()

    async def appended(*given: Any, **more: Any) -> Any:
        await slow.wait()
        return await append(*given, **more)

    store.append = appended  # type: ignore[method-assign]
    doors.open("first")
    await doors.reached("asked anew")
    answering = asyncio.create_task(made.answer("a", True, number=0, event=former))
    for _ in range(5):
        await asyncio.sleep(0)
    slow.set()
    with pytest.raises(Conflict, match="asks something else now"):
        await answering
    assert (await made.service.state(run_id)).questions["a"]["text"] == "Delete it?"
    await made.answer("a", False)
    assert (await made.service.result(run_id)).outputs == {"a": "False"}
    await made.service.close()
