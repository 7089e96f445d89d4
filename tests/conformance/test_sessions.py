"""Runs that share their state and their previous answers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.build import node

from weft.catalog import Context, component
from weft.engine.events import Event
from weft.engine.services import Services
from weft.model import Conflict, Flow, NotFound, WeftError, from_json
from weft.runs import owner
from weft.runs.record import RunRecord, now
from weft.runs.service import RunService
from weft.runs.state import RunState, fold
from weft.runs.store.memory import MemoryStore
from weft.runs.store.protocol import RunStore
from weft.runs.store.sqlite import SqliteStore
from weft.testing import ScriptedModel, services, stock_catalog

Json = dict[str, Any]


@component
async def count(ctx: Context, by: int = 1, fails: bool = False, text: str = "") -> int:
    """Add to what the state counts; fail afterwards, if asked to."""
    total = ctx.state.get("total", 0) + by
    ctx.state.set("total", total)
    if fails:
        raise WeftError("It fails.", code="fails", retryable=False)
    return total


@component
async def say(text: str) -> str:
    """Give back what it gets."""
    return text


@component
async def refuse(text: str = "") -> str:
    """Fail."""
    raise WeftError("It fails.", code="fails", retryable=False)


INNER = {
    "format": 1,
    "inputs": {"look": {"type": "boolean"}, "seen": {}},
    "outputs": {"seen": "see"},
    "state": {"total": 100},
    "nodes": {
        "see": node(
            "say",
            text="@inputs.seen",
            look="@inputs.look",
            options={"when": "look", "otherwise": "previous"},
        ),
        "count": node("count"),
    },
}
CATALOG = stock_catalog(count, say, refuse, flows={"inner": from_json(INNER)})


def made(nodes: Json, **top: Any) -> Flow:
    return from_json({"format": 1, "name": "agent", "nodes": nodes, **top})


class Passes:
    """Runs of one session after another."""

    def __init__(self, store: RunStore, given: Services | None = None) -> None:
        self.store = store
        self.service = RunService(
            store, given or services(flows={"inner": from_json(INNER)}), lambda: CATALOG
        )

    async def run(self, flow: Flow, inputs: Json | None = None, *, session: str = "main") -> RunState:
        run_id = await self.service.start(flow, inputs, session=session)
        return fold([event async for event in self.service.watch(run_id)])

    async def state(self, session: str = "main") -> Json:
        return (await self.service.session("agent", session)).state


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def passes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Passes]:
    made = Passes(MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "weft.db"))
    yield made
    await made.service.close()


async def test_the_state_lives_on_from_run_to_run(passes: Passes) -> None:
    flow = made({"n": node("count")}, state={"total": 5})
    said = [(await passes.run(flow)).outputs["n"] for _ in range(3)]
    assert said == [6, 7, 8]
    assert await passes.state() == {"total": 8}
    found = await passes.service.session("agent", "main")
    assert (found.runs, found.run, found.previous["n"]) == (
        3,
        (await passes.service.runs())[0].id,
        {"output": 8},
    )


async def test_the_files_state_counts_for_the_first_run_only(passes: Passes) -> None:
    await passes.run(made({"n": node("count")}, state={"total": 5}))
    state = await passes.run(made({"n": node("count")}, state={"total": 1000, "more": 1}))
    assert state.outputs["n"] == 7
    assert await passes.state() == {"total": 7}


async def test_sessions_and_runs_without_one_know_nothing_of_each_other(passes: Passes) -> None:
    flow = made({"n": node("count")})
    assert (await passes.run(flow)).outputs["n"] == 1
    assert (await passes.run(flow, session="other")).outputs["n"] == 1
    alone = await passes.service.start(flow)
    assert fold([event async for event in passes.service.watch(alone)]).outputs["n"] == 1
    assert (await passes.run(flow)).outputs["n"] == 2
    assert {one.name for one in await passes.service.sessions("agent")} == {"main", "other"}


async def test_a_run_that_failed_leaves_what_its_steps_had_written(passes: Passes) -> None:
    nodes = {
        "one": node("count", by=10),
        "two": node("count", by=100, fails=True, text="@one"),
        "three": node("say", text="@two"),
    }
    state = await passes.run(made(nodes))
    assert state.status == "failed"
    found = await passes.service.session("agent", "main")
    assert (found.state, found.previous) == ({"total": 10}, {"one": {"output": 10}})


async def test_a_run_whose_process_died_is_gone_on_with_before_the_next(passes: Passes) -> None:
    flow = made({"n": node("count")})
    await passes.run(flow)
    record = RunRecord(
        id="r9",
        flow="agent",
        hash=flow.hash,
        document="",
        options={"session": "main"},
        owner="another-boot/1/1",
    )
    from weft.model import dumps

    await passes.store.create(record.model_copy(update={"document": dumps(flow), "created": now()}))
    wrote = {"value": {"output": 42}, "state": {"total": 42}, "usage": {}, "calls": [], "seconds": 0.0}
    events = [
        Event(1, "run-started", "", 0.0, {"flow": "agent", "hash": flow.hash, "inputs": {}, "time": ""}),
        Event(2, "step-finished", "n", 0.1, {**wrote, "cached": False, "cost": None}),
    ]
    await passes.store.append("r9", events)
    with pytest.raises(Conflict, match="its run r9 was left behind"):
        await passes.run(flow)
    assert await passes.service.resume("r9") == "r9"
    assert fold([event async for event in passes.service.watch("r9")]).outputs["n"] == 42
    assert (await passes.run(flow)).outputs["n"] == 43


async def test_one_run_of_a_session_at_a_time(passes: Passes) -> None:
    flow = made({"a": node("ask", question="Well?"), "n": node("count", text="@a")})
    first = await passes.service.start(flow, session="main")
    async for event in passes.service.watch(first):
        if event.kind == "step-paused":
            break
    with pytest.raises(Conflict, match=f"its run {first} isn't over") as refused:
        await passes.run(flow)
    assert refused.value.code == "session-busy"
    with pytest.raises(Conflict):
        await passes.service.forget("agent", "main")
    await passes.service.start(flow, session="other")
    await passes.service.answer(first, "a", True)
    assert fold([event async for event in passes.service.watch(first)]).outputs["n"] == 1
    assert await passes.state() == {"total": 1}


async def test_of_many_that_start_at_once_one_runs(passes: Passes) -> None:
    import asyncio

    flow = made({"n": node("count")})
    tries = [passes.run(flow) for _ in range(8)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    ran = [one.outputs["n"] for one in ended if isinstance(one, RunState)]
    refused = [one for one in ended if isinstance(one, Conflict)]
    assert len(ran) + len(refused) == 8
    assert sorted(ran) == list(range(1, len(ran) + 1))
    assert await passes.state() == {"total": len(ran)}


async def test_a_session_of_a_dead_process_is_free_again_once_its_run_is_cancelled(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = made({"n": node("count")})
    await passes.run(flow)
    alive = {"yes": True}
    monkeypatch.setattr(owner, "alive", lambda of: alive["yes"])
    from weft.model import dumps

    record = RunRecord(id="r9", flow="agent", hash="", options={"session": "main"}, owner="x/1/1")
    await passes.store.create(record.model_copy(update={"document": dumps(flow), "created": now()}))
    with pytest.raises(Conflict):
        await passes.run(flow)
    alive["yes"] = False
    with pytest.raises(Conflict, match="left behind"):
        await passes.service.forget("agent", "main")
    await passes.service.cancel("r9")
    assert (await passes.run(flow)).outputs["n"] == 2


async def test_forgetting_begins_anew(passes: Passes) -> None:
    flow = made({"n": node("count")})
    await passes.run(flow)
    await passes.service.forget("agent", "main")
    with pytest.raises(NotFound, match="'agent' has no session 'main'"):
        await passes.service.forget("agent", "main")
    assert (await passes.run(flow)).outputs["n"] == 1


@pytest.mark.parametrize("name", ["", " a", "a ", "a/b", "a\nb", "x" * 65, "-a", "'; DROP TABLE session; --"])
async def test_a_name_that_no_session_can_have(passes: Passes, name: str) -> None:
    with pytest.raises(WeftError) as refused:
        await passes.run(made({"n": node("count")}), session=name)
    assert refused.value.code == "bad-session"
    assert await passes.service.runs() == []


# --- previous answers ---

LOOK = {"type": "boolean"}
OLD = {"when": "look", "otherwise": "previous"}


async def test_the_first_run_has_no_previous_answer(passes: Passes) -> None:
    nodes = {
        "a": node("say", text="@inputs.seen", look="@inputs.look", options=OLD),
        "b": node("say", text="@a"),
    }
    flow = made(nodes, inputs={"look": LOOK, "seen": {}})
    state = await passes.run(flow, {"look": False, "seen": "1"})
    assert {path: step.status for path, step in state.steps.items()} == {"a": "skipped", "b": "skipped"}
    because = state.steps["a"].because
    assert because is not None
    assert because["message"] == "Its condition did not hold, and there is no previous answer."
    assert (await passes.service.session("agent", "main")).previous == {}


async def test_a_later_run_uses_the_answer_of_the_last(passes: Passes) -> None:
    nodes = {
        "a": node("say", text="@inputs.seen", look="@inputs.look", options=OLD),
        "b": node("say", text="@a"),
    }
    flow = made(nodes, inputs={"look": LOOK, "seen": {}})
    said: list[Any] = []
    for number, look in enumerate((True, False, False, True, False)):
        state = await passes.run(flow, {"look": look, "seen": str(number)})
        said.append((state.outputs["b"], state.steps["a"].cached))
    assert said == [("0", False), ("0", True), ("0", True), ("3", False), ("3", True)]


async def test_an_answer_outlives_runs_in_which_its_step_failed_or_was_skipped(passes: Passes) -> None:
    def of(component: str) -> Flow:
        nodes = {"a": node(component, text="@inputs.seen", look="@inputs.look", options=OLD)}
        return made(nodes, inputs={"look": LOOK, "seen": {}})

    await passes.run(of("say"), {"look": True, "seen": "kept"})
    assert (await passes.run(of("refuse"), {"look": True, "seen": "x"})).status == "failed"
    assert (await passes.run(of("say"), {"look": False, "seen": "y"})).outputs == {"a": "kept"}


async def test_nested_steps_have_their_previous_answers_by_path(passes: Passes) -> None:
    nodes = {"sub": node("subtask", flow="inner", look="@inputs.look", seen="@inputs.seen")}
    flow = made(nodes, inputs={"look": LOOK, "seen": {}})
    said: list[Any] = []
    for look, seen in ((True, "a"), (False, "b"), (True, "c"), (False, "d")):
        state = await passes.run(flow, {"look": look, "seen": seen})
        said.append((state.outputs["sub"], state.steps["sub/see"].cached, state.steps["sub/count"].value))
    assert [one[:2] for one in said] == [("a", False), ("a", True), ("c", False), ("c", True)]
    # A nested flow has a state of its own, which begins anew and is none of the session's.
    assert [one[2] for one in said] == [{"output": 101}] * 4
    assert await passes.state() == {}


async def test_an_answer_whose_ports_the_node_no_longer_has_is_none(passes: Passes) -> None:
    def of(**params: Any) -> Flow:
        nodes = {"a": node("ask", question="Well?", look="@inputs.look", options=OLD, **params)}
        return made(nodes, inputs={"look": LOOK})

    run_id = await passes.service.start(of(), {"look": True}, session="main", answers={"a": [True]})
    assert fold([event async for event in passes.service.watch(run_id)]).status == "succeeded"
    state = await passes.run(of(kind="edit"), {"look": False})
    assert state.steps["a"].status == "skipped"


async def test_the_answers_of_nodes_that_are_gone_are_let_go(passes: Passes) -> None:
    await passes.run(made({"a": node("say", text="x"), "b": node("say", text="y")}))
    await passes.run(made({"b": node("say", text="y")}))
    assert (await passes.service.session("agent", "main")).previous == {"b": {"output": "y"}}


async def test_a_conversation_shows_the_question_and_the_answer_of_the_last_time() -> None:
    model = ScriptedModel(["Rain.", "Take a coat.", "Take a hat."])
    passes = Passes(MemoryStore(), services(model))
    nodes = {
        "look": node(
            "prompt",
            prompt="What is it like on day {{day}}?",
            day="@inputs.day",
            options={**OLD, "when": "day < 2"},
        ),
        "plan": node("prompt", prompt="What to take on day {{day}}?", day="@inputs.day", context=["@look"]),
    }
    flow = made(nodes, inputs={"day": {"type": "integer"}})
    await passes.run(flow, {"day": 1})
    await passes.run(flow, {"day": 2})
    assert [message["content"] for message in model.requests[-1]] == [
        "You are a helpful assistant.",
        "What is it like on day 1?",
        "Rain.",
        "What to take on day 2?",
    ]
    await passes.service.close()


# --- any passes ---

PASSES = st.lists(
    st.fixed_dictionaries({name: st.booleans() for name in ("a", "b", "c")} | {"fails": st.booleans()}),
    min_size=1,
    max_size=6,
)


def _model(plan: list[dict[str, bool]]) -> list[Json]:
    """What the outputs must be, told in the plainest way: each step runs, or reuses, or is skipped."""
    last: Json = {}
    told: list[Json] = []
    total = 0
    for number, one in enumerate(plan):
        got: Json = {}
        for name, needs in (("a", ()), ("b", ("a",)), ("c", ("a", "b"))):
            if any(need not in got for need in needs):
                continue
            if one[name]:
                got[name] = f"{name}{number}({','.join(got[need] for need in needs)})"
            elif name in last:
                got[name] = last[name]
        last |= got
        total += 0 if one["fails"] else 1
        told.append({"got": got, "total": total})
    return told


@component
async def mark(name: str, number: int, first: str | None = None, second: str | None = None) -> str:
    """Who was called when, on what."""
    return f"{name}{number}({','.join(one for one in (first, second) if one is not None)})"


@component
async def needs(name: str, number: int, first: str) -> str:
    """The same, needing one."""
    return f"{name}{number}({first})"


@component
async def needs_two(name: str, number: int, first: str, second: str) -> str:
    """The same, needing two."""
    return f"{name}{number}({first},{second})"


@given(plan=PASSES)
def test_over_any_passes_each_step_runs_or_reuses_or_is_skipped(plan: list[dict[str, bool]]) -> None:
    import asyncio

    def option(name: str) -> Json:
        return {"when": name, "otherwise": "previous"}

    number = {"number": "@inputs.number"}
    nodes = {
        "a": node("mark", name="a", **number, a="@inputs.a", options=option("a")),
        "b": node("needs", name="b", **number, first="@a", b="@inputs.b", options=option("b")),
        "c": node(
            "needs_two", name="c", **number, first="@a", second="@b", c="@inputs.c", options=option("c")
        ),
        "n": node("count", fails="@inputs.fails"),
    }
    flags = {name: LOOK for name in ("a", "b", "c", "fails")}
    flow = made(nodes, inputs={"number": {"type": "integer"}, **flags})
    known = stock_catalog(mark, needs, needs_two, count)

    async def go() -> list[Json]:
        service = RunService(MemoryStore(), Services(), lambda: known)
        told: list[Json] = []
        for number, one in enumerate(plan):
            run_id = await service.start(flow, {"number": number, **one}, session="main")
            state = fold([event async for event in service.watch(run_id)])
            steps = {path: step.value for path, step in state.steps.items() if path in "abc"}
            got = {path: value["output"] for path, value in steps.items() if value is not None}
            total = (await service.session("agent", "main")).state.get("total", 0)
            told.append({"got": got, "total": total})
        await service.close()
        return told

    assert asyncio.run(go()) == _model(plan)
