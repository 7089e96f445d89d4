"""What a budget does to a run, case by case: each is named after the behaviour."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from weft import component, providers
from weft.catalog import ChatModel, Context
from weft.engine import Services, start
from weft.engine.budget import Budget
from weft.engine.events import Event
from weft.engine.run import RunResult
from weft.model import Flow, StepFailed, WeftError, from_json
from weft.providers.local import LocalModel
from weft.providers.prices import Prices, read_prices
from weft.testing import stock_catalog

PRICES = Prices(
    read_prices('["test:priced"]\ninput = 1000000\noutput = 1000000\n["test:free"]\ninput = 0\noutput = 0\n')
)
"""A dollar a token: what a run costs is what it counts."""


class Metered(LocalModel):
    """Uses exactly the tokens it is told to, and knows how many calls are in flight. `held` calls wait for a door."""

    def __init__(
        self, each: int = 10, name: str = "test:priced", *, door: asyncio.Event | None = None
    ) -> None:
        super().__init__(metadata={"weft_model": name})
        object.__setattr__(self, "meter", Meter(each, door))

    @property
    def _llm_type(self) -> str:
        return "metered"

    async def reply(self, messages: list[Any], schema: Any) -> AIMessage:
        return AIMessage(content=await self.meter.use())  # type: ignore[attr-defined]


class Meter:
    def __init__(self, each: int, door: asyncio.Event | None) -> None:
        self.each, self.door = each, door
        self.calls = self.inside = self.most = 0

    async def use(self) -> str:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(0)
            if self.door is not None:
                await self.door.wait()
        finally:
            self.inside -= 1
        return " ".join(["word"] * self.each)


def services(model: Any) -> Services:
    def live(value: Any, scope: Any) -> Any:
        return providers.bind(model, scope, prices=PRICES)

    def flow(value: Any, scope: Any) -> Flow | None:
        return from_json(value) if isinstance(value, dict) else value

    return Services(resolvers={"model": live, "flow": flow}, explain=providers.explain)


@component
async def one_call(prompt: str, model: ChatModel, ctx: Context, after: list[str] = []) -> str:  # noqa: B006 - never changed
    """One call, with no system text: as many tokens as the prompt has words, and those of the answer."""
    answer = await model.ainvoke(prompt)
    return str(answer.content)


@component
async def ask_twice(prompt: str, model: ChatModel) -> str:
    """A call made while another answer is still being read."""
    first = model.astream(prompt)
    await anext(first)
    second = await model.ainvoke(prompt)
    async for _ in first:
        pass
    return str(second.content)


@component
def ask_in_thread(prompt: str, model: ChatModel) -> str:
    """A synchronous component calls in its thread."""
    return str(model.invoke(prompt).content)


@component
async def plain(text: str) -> str:
    """Asks nobody."""
    return text


def flow(nodes: dict[str, Any], **top: Any) -> Flow:
    return from_json({"format": 1, "nodes": nodes, **top})


def prompt(text: str = "one two", kind: str = "one_call", **more: Any) -> dict[str, Any]:
    return {"component": kind, "params": {"prompt": text}, **more}


def chain(length: int) -> Flow:
    """Each waits for the one before it."""
    return flow({f"n{i}": prompt(after=[f"n{i - 1}"]) if i else prompt() for i in range(length)})


def fan(width: int) -> Flow:
    return flow({f"n{i}": prompt() for i in range(width)})


async def run(
    made: Flow, model: Any, budget: Budget | None = None, **more: Any
) -> tuple[RunResult, list[Event]]:
    catalog = stock_catalog(one_call, ask_twice, ask_in_thread, plain)
    async with start(made, catalog, services=services(model), budget=budget, **more) as started:
        return await started.finished(), started.events


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


async def test_what_a_run_costs_is_the_sum_of_its_steps() -> None:
    result, events = await run(chain(3), Metered(each=10))
    assert [event.data["cost"] for event in of(events, "step-finished")] == [12.0, 12.0, 12.0]
    assert (result.cost, result.unpriced_calls) == (36.0, 0)
    assert events[-1].data["cost"] == 36.0


async def test_a_step_that_asks_no_model_costs_nothing_and_one_of_unknown_price_is_not_free() -> None:
    made = flow({"a": {"component": "plain", "params": {"text": "x"}}, "b": prompt()})
    result, events = await run(made, Metered(name="test:unknown"))
    costs = {event.path: event.data for event in of(events, "step-finished")}
    assert costs["a"]["cost"] == 0.0
    assert (costs["b"]["cost"], costs["b"]["unpriced_calls"]) == (None, 1)
    assert (result.cost, result.unpriced_calls) == (None, 1)


@pytest.mark.parametrize("budget", [Budget(max_tokens=30), Budget(max_cost=30)])
async def test_no_call_starts_once_the_budget_is_spent_and_what_was_done_is_kept(budget: Budget) -> None:
    model = Metered(each=10)
    result, events = await run(chain(5), model, budget)
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("budget-exceeded", "n3")
    assert "so the model was not asked" in result.error["message"]
    assert set(result.values) == {"n0", "n1", "n2"}
    assert model.meter.calls == 3
    assert result.usage == {"calls": 3, "input_tokens": 6, "output_tokens": 30}
    failed, _ = of(events, "step-failed")
    assert (failed.data["usage"]["calls"], failed.data["cost"]) == (0, 0.0)


async def test_a_budget_that_is_just_enough_is_no_failure() -> None:
    result, _ = await run(chain(3), Metered(each=10), Budget(max_tokens=25))
    assert result.status == "succeeded"


async def test_steps_that_need_no_model_go_on_after_the_budget_is_spent() -> None:
    nodes = {
        "a": prompt(),
        "b": prompt(after=["a"]),
        "c": {"component": "plain", "params": {"text": "x"}, "after": ["a"]},
    }
    result, _ = await run(flow(nodes), Metered(), Budget(max_tokens=5))
    assert set(result.values) == {"a", "c"}
    assert result.error is not None
    assert result.error["code"] == "budget-exceeded"


async def test_four_fifths_of_a_limit_are_told_once() -> None:
    _, events = await run(chain(5), Metered(each=8), Budget(max_tokens=50, max_cost=1000))
    (warned,) = of(events, "budget-warned")
    assert (warned.path, warned.data) == ("", {"limit": "max_tokens", "spent": 40, "of": 50})


async def test_parallel_calls_wait_for_each_other_near_the_limit_instead_of_failing() -> None:
    """What is held for calls in flight is a guess: a call that doesn't fit beside them waits, and often fits after."""
    model = Metered(each=1)
    result, _ = await run(fan(8), model, Budget(max_tokens=1000))
    assert result.status == "succeeded"
    assert model.meter.calls == 8
    assert model.meter.most < 8


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 40),
    each=st.integers(0, 900),
    limit=st.integers(1, 20_000),
    parallel=st.integers(1, 16),
)
def test_a_limit_is_never_exceeded_by_more_than_the_calls_in_flight(
    width: int, each: int, limit: int, parallel: int
) -> None:
    async def main() -> None:
        model = Metered(each=each)
        result, events = await run(fan(width), model, Budget(max_tokens=limit), parallel=parallel)
        used = result.usage["input_tokens"] + result.usage["output_tokens"]
        call = each + 2
        assert used < limit + min(parallel, width) * call
        assert model.meter.most <= parallel
        if result.status == "succeeded":
            assert model.meter.calls == width
        else:
            assert result.error is not None
            assert result.error["code"] == "budget-exceeded"
            assert used >= limit, "refused although there was something left"
        assert len(of(events, "step-finished")) == model.meter.calls

    asyncio.run(main())


async def test_a_node_has_its_own_budget_and_its_failure_is_an_ordinary_one() -> None:
    nodes = {
        "tight": prompt(options={"budget": {"max_tokens": 5}, "on_error": "skip"}, kind="ask_twice"),
        "other": prompt(),
    }
    result, events = await run(flow(nodes), Metered())
    assert result.status == "succeeded"
    assert set(result.values) >= {"other"}
    again = {
        "tight": prompt(options={"budget": {"max_tokens": 5}, "retries": 3}, after=["other"]),
        "other": prompt(),
    }
    result, events = await run(flow(again), Metered())
    assert result.status == "succeeded", result.error
    assert [event.path for event in of(events, "budget-warned")] == ["tight"]


async def test_all_attempts_of_a_node_share_its_budget() -> None:
    class Failing(Metered):
        async def reply(self, messages: list[Any], schema: Any) -> AIMessage:
            await self.meter.use()  # type: ignore[attr-defined]
            return AIMessage(content="no JSON", response_metadata={"finish_reason": "stop"})

    node = {
        "component": "prompt",
        "params": {"prompt": "x", "output": "json", "attempts": 9},
        "options": {"budget": {"max_tokens": 40}, "retries": 5},
    }
    model = Failing()
    result, _ = await run(flow({"a": node}), model)
    assert result.error is not None
    assert result.error["code"] == "budget-exceeded"
    assert result.error["message"].startswith("The budget of 'a' of 40 tokens is spent")
    assert model.meter.calls < 9


async def test_a_nested_flow_spends_from_its_own_budget_and_from_the_run() -> None:
    inner = {
        "format": 1,
        "nodes": {"p": prompt(), "q": prompt(after=["p"])},
        "defaults": {"budget": {"max_tokens": 10}},
    }
    made = flow({"sub": {"component": "subtask", "params": {"flow": inner}}, "next": prompt()})
    result, _ = await run(made, Metered(each=10))
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("budget-exceeded", "sub")
    assert "'sub'" in result.error["message"]
    inner.pop("defaults")
    result, _ = await run(made_with(inner), Metered(each=10), Budget(max_tokens=12))
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("budget-exceeded", "sub/q")
    assert result.usage["calls"] == 1


def made_with(inner: dict[str, Any]) -> Flow:
    return flow({"sub": {"component": "subtask", "params": {"flow": inner}}})


def each(count: int, kind: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A call for each of so many items, one after the other."""
    ask = kind or {"component": "one_call", "inputs": {"prompt": "inputs.item"}}
    inner = {"format": 1, "inputs": {"item": {}}, "outputs": {"a": "a"}, "nodes": {"a": ask}}
    on_error = options.pop("on_item_error", "fail")
    params = {"flow": inner, "items": ["one two"] * count, "at_once": 1, "on_item_error": on_error}
    return {"component": "map", "params": params, "options": options}


async def test_a_budget_of_a_map_is_for_all_its_items() -> None:
    made = flow({"m": each(5, budget={"max_tokens": 30}), "other": prompt()})
    model = Metered(each=10)
    result, events = await run(made, model)
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("budget-exceeded", "m")
    assert result.outputs == {"other": "word " * 9 + "word"}
    items = [event.path for event in of(events, "step-finished") if event.path.startswith("m[")]
    assert items == [f"m[{number}]/a" for number in range(len(items))]
    assert 1 <= len(items) < 5
    assert model.meter.calls == len(items) + 1


async def test_a_budget_of_a_step_inside_a_map_is_for_each_item_anew() -> None:
    ask = {
        "component": "one_call",
        "inputs": {"prompt": "inputs.item"},
        "options": {"budget": {"max_tokens": 15}},
    }
    result, _ = await run(flow({"m": each(5, ask)}), Metered(each=10))
    assert result.error is None
    assert len(result.outputs["m"]) == 5


@pytest.mark.parametrize("on_item_error", ["skip", "collect"])
async def test_the_budget_of_the_run_ends_a_map_whatever_becomes_of_failing_items(on_item_error: str) -> None:
    made = flow({"m": each(5, on_item_error=on_item_error), "after": prompt(after=["m"])})
    model = Metered(each=10)
    result, _ = await run(made, model, Budget(max_tokens=30))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "budget-exceeded"
    assert model.meter.calls < 5


async def test_the_budget_asked_for_goes_before_that_of_the_flow() -> None:
    made = flow({"a": prompt(), "b": prompt(after=["a"])}, defaults={"budget": {"max_tokens": 5}})
    result, _ = await run(made, Metered())
    assert result.error is not None
    assert result.error["code"] == "budget-exceeded"
    result, _ = await run(made, Metered(), Budget(max_tokens=500))
    assert result.status == "succeeded"


async def test_a_step_that_asks_while_it_reads_an_answer_does_not_wait_for_itself() -> None:
    nodes = {f"n{i}": prompt(kind="ask_twice") for i in range(4)}
    result, _ = await run(flow(nodes), Metered(each=1), Budget(max_tokens=600))
    assert result.status == "succeeded", result.error


async def test_a_component_in_a_thread_is_held_back_too() -> None:
    nodes = {f"n{i}": prompt(kind="ask_in_thread", after=[f"n{i - 1}"] if i else []) for i in range(4)}
    model = Metered(each=10)
    result, _ = await run(flow(nodes), model, Budget(max_tokens=20))
    assert result.error is not None
    assert (result.error["code"], model.meter.calls) == ("budget-exceeded", 2)


async def test_cancelling_ends_those_who_wait_for_the_budget() -> None:
    door = asyncio.Event()
    model = Metered(each=1, door=door)
    async with start(
        fan(6), stock_catalog(one_call), services=services(model), budget=Budget(max_tokens=500)
    ) as started:
        async for event in started:
            if event.kind == "step-started" and event.path == "n5":
                started.cancel()
        result = await started.finished()
    assert result.status == "cancelled"
    assert model.meter.inside == 0


async def test_a_price_nobody_knows_refuses_the_call_when_the_cost_is_limited() -> None:
    model = Metered(name="test:unknown")
    result, _ = await run(fan(1), model, Budget(max_cost=1))
    assert result.error is not None
    assert (result.error["code"], model.meter.calls) == ("unknown-price", 0)
    result, _ = await run(fan(1), Metered(name="test:unknown"), Budget(max_tokens=100))
    assert result.status == "succeeded"
    result, _ = await run(fan(1), Metered(name="test:free"), Budget(max_cost=0.01))
    assert (result.status, result.cost) == ("succeeded", 0.0)


async def test_a_run_ends_when_its_time_is_over_and_keeps_what_was_done() -> None:
    door = asyncio.Event()
    model = Metered(door=door)
    nodes = {"done": {"component": "plain", "params": {"text": "x"}}, "slow": prompt()}
    result, _ = await run(flow(nodes), model, Budget(max_time=0.05))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "budget-exceeded"
    assert set(result.values) == {"done"}
    assert model.meter.inside == 0


@pytest.mark.parametrize(
    "limits",
    [{"max_cost": 0}, {"max_cost": -1}, {"max_tokens": 1.5}, {"max_tokens": True}, {"max_time": "soon"}, {"max_cost": float("nan")}, {"most": 1}, {"max_cost": float("inf")}],
)  # fmt: skip
def test_what_is_no_budget_is_refused_in_a_sentence(limits: dict[str, Any]) -> None:
    with pytest.raises(WeftError, match="budget") as refused:
        Budget.read(limits)
    assert refused.value.code == "bad-budget"
    assert refused.value.hint


async def test_a_refusal_is_not_tried_again() -> None:
    failed = StepFailed("x", code="budget-exceeded", retryable=False)
    assert failed.retryable is False
    result, events = await run(
        flow({"a": prompt(), "b": prompt(after=["a"], options={"retries": 5})}),
        Metered(),
        Budget(max_tokens=5),
    )
    assert of(events, "step-retried") == []
    assert result.status == "failed"
