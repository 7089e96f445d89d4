"""Which steps a run is about, and what stands in for the others."""

from typing import Any

import pytest
from tests.engine.build import ends, flow, node
from tests.engine.test_caching import KNOWN, RAN, cached, run

from weft.engine.caching import MemoryCache
from weft.engine.choice import Choice, Given
from weft.engine.explaining import StepPlan, explain, summary
from weft.model import Flow, WeftError

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


def chain(**more: Json) -> Flow:
    """a -> b -> c, with d beside them."""
    nodes = {
        "a": node("write", name="a", text="one"),
        "b": node("write", name="b", text="{{x}} two", x="@a"),
        "c": node("write", name="c", text="{{x}} three", x="@b"),
        "d": node("write", name="d", text="aside"),
    }
    return flow({**nodes, **more})


async def plan(
    made: Flow, cache: MemoryCache, inputs: Json | None = None, **more: Any
) -> dict[str, StepPlan]:
    steps = await explain(made, KNOWN, inputs, cache=cache, **more)
    assert [step.path for step in steps] == list(made.nodes)
    return {step.path: step for step in steps}


async def test_from_runs_a_node_and_what_depends_on_it_anew() -> None:
    cache = MemoryCache()
    await run(chain(), cache)
    events = await run(chain(), cache, choice=Choice(start=("b",)))
    assert RAN == ["b", "c"]
    assert cached(events) == ["a"]
    assert ends(events)["d"] == "d skipped not-chosen".removeprefix("d ")
    assert events[-1].data["status"] == "succeeded"


async def test_until_runs_a_node_and_only_what_it_needs() -> None:
    events = await run(chain(), MemoryCache(), choice=Choice(until=("b",)))
    assert RAN == ["a", "b"]
    assert ends(events)["c"] == ends(events)["d"] == "skipped not-chosen"


async def test_from_and_until_together_are_what_lies_between() -> None:
    cache = MemoryCache()
    await run(chain(), cache)
    await run(chain(), cache, choice=Choice(start=("b",), until=("b",)))
    assert RAN == ["b"]
    with pytest.raises(WeftError, match="Nothing leads from d to b"):
        await run(chain(), cache, choice=Choice(start=("d",), until=("b",)))


async def test_only_runs_one_node_and_says_what_is_missing() -> None:
    cache = MemoryCache()
    events = await run(chain(), cache, choice=Choice(only=("b",)))
    assert RAN == []
    assert events[-1].data["error"]["code"] == "not-available"
    assert events[-1].data["error"]["node"] == "a"
    await run(chain(), cache, choice=Choice(until=("a",)))
    await run(chain(), cache, choice=Choice(only=("b",)))
    assert RAN == ["b"]


async def test_only_needs_what_is_never_cached_from_elsewhere() -> None:
    made = flow({"f": node("fetch", name="f"), "b": node("write", name="b", text="{{x}}", x="@f")})
    events = await run(made, MemoryCache(), choice=Choice(only=("b",)))
    assert (RAN, events[-1].data["error"]["code"]) == ([], "not-available")
    given = Choice(only=("b",), given={"f": Given({"output": "known"}, run="earlier")})
    events = await run(made, MemoryCache(), choice=given)
    assert RAN == ["b"]
    assert events[-1].data["outputs"] == {"b": "known"}
    known = next(event for event in events if event.path == "f")
    assert (known.data["cached"], known.data["from"]) == (True, "earlier")


async def test_fresh_takes_nothing_from_the_cache_and_writes_into_it() -> None:
    cache = MemoryCache()
    await run(chain(), cache)
    await run(chain(), cache, choice=Choice(fresh=True))
    assert sorted(RAN) == ["a", "b", "c", "d"]
    await run(chain(), cache)
    assert RAN == []


async def test_a_pin_is_used_instead_of_running_and_what_it_needs_does_not_run() -> None:
    events = await run(chain(), MemoryCache(), choice=Choice(until=("c",), pins={"b": "pinned"}))
    assert RAN == ["c"]
    pinned = next(event for event in events if event.path == "b")
    assert (pinned.data["cached"], pinned.data["pinned"], pinned.data["value"]) == (
        True,
        True,
        {"output": "pinned"},
    )
    assert next(e for e in events if e.kind == "step-finished" and e.path == "c").data["value"] == {
        "output": "pinned three"
    }


async def test_a_pinned_node_saves_what_its_value_holds() -> None:
    made = flow({"a": node("write", name="a", text="x", save={"plan": "way"})})
    events = await run(made, MemoryCache(), choice=Choice(pins={"a": {"output": {"way": 3}}}))
    assert next(event for event in events if event.path == "a").data["state"] == {"plan": 3}


async def test_a_disabled_node_stays_so_though_it_is_pinned() -> None:
    made = flow({"a": node("write", name="a", text="x", options={"disabled": True})})
    events = await run(made, MemoryCache(), choice=Choice(pins={"a": "y"}))
    assert ends(events)["a"] == "skipped disabled"


@pytest.mark.parametrize(
    ("choice", "code", "said"),
    [
        (Choice(start=("bb",)), "unknown-node", "no node 'bb'"),
        (Choice(until=("zzzzzz",)), "unknown-node", "no node 'zzzzzz'"),
        (Choice(only=("b[0]/x",)), "bad-choice", "inside 'b'"),
        (Choice(pins={"nobody": 1}), "unknown-node", "no node 'nobody'"),
        (Choice(pins={"a": {1, 2}.__class__}), "bad-choice", "can't be used"),
        (Choice(only=("a",), until=("b",)), "bad-choice", "goes with neither"),
    ],
)
async def test_what_can_not_be_chosen_is_refused_before_anything_runs(
    choice: Choice, code: str, said: str
) -> None:
    with pytest.raises(WeftError, match=said.replace("[", r"\[")) as refused:
        await run(chain(), MemoryCache(), choice=choice)
    assert refused.value.code == code
    assert RAN == []


def test_a_choice_is_read_from_plain_json_and_written_back() -> None:
    asked = {"from": ["a"], "until": ["b"], "fresh": True, "pins": {"c": 1}}
    assert Choice.read(asked).as_json() == asked
    assert Choice.read({"only": "a"}) == Choice(only=("a",))
    assert not Choice.read({})
    for bad in ({"form": "a"}, {"from": 1}, {"fresh": "yes"}, {"pins": "x"}, {"until": [1]}):
        with pytest.raises(WeftError) as refused:
            Choice.read(bad)
        assert refused.value.code == "bad-choice"


# --- what a run would do ---


async def test_a_plan_says_what_is_new_cached_stale_and_dependent() -> None:
    cache = MemoryCache()
    steps = await plan(chain(), cache)
    assert {step.kind or step.status for step in steps.values()} == {"new", "depends"}
    assert steps["b"].because == "depends on a, which will run"
    await run(chain(), cache, run_id="first")
    steps = await plan(chain(), cache)
    assert {step.status for step in steps.values()} == {"cached"}
    assert steps["c"].run == "first"
    changed = chain(b=node("write", name="b", text="{{x}} zwei", x="@a"))
    steps = await plan(changed, cache)
    assert (steps["b"].status, steps["b"].because) == ("run", "b.text changed")
    assert (steps["c"].status, steps["a"].status, steps["d"].status) == ("depends", "cached", "cached")
    assert summary(list(steps.values())) == "2 cached, 1 stale because b.text changed, 1 depending on those"


async def test_planning_calls_nothing() -> None:
    from tests.engine.test_caching import services

    def forbidden(value: Any, scope: Any) -> Any:
        raise AssertionError("planning made something live")

    blind = services()
    blind = type(blind)(dict.fromkeys(blind.resolvers, forbidden), blind.explain, blind.identities)
    made = flow(
        {
            "m": node("ask", name="m", prompt="hello"),
            "s": node("login", name="s", key={"$secret": "KEY"}),
            "f": node("read", name="f", path={"$file": "x"}),
            "t": node("fetch", name="t"),
        }
    )
    steps = await plan(made, MemoryCache(), services=blind)
    assert RAN == []
    assert steps["s"].because == "a secret goes into it"
    assert steps["f"].because == "the file it reads is looked at when it runs"
    assert steps["t"].because == "fetch isn't pure"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"inputs": {"topic": "moon"}}, "input topic differs"),
        ({"model": "openai:x"}, "model is openai:x instead of demo"),
        ({"state": {"plan": 2}}, "state.plan changed"),
    ],
)
async def test_a_plan_says_because_of_what(after: Json, said: str) -> None:
    from tests.engine.test_caching import services

    cache = MemoryCache()
    made = flow(
        {"m": node("ask", name="m", prompt="{{topic}} {{state.plan}}", topic="@inputs.topic")},
        inputs={"topic": {"type": "text"}},
        state={"plan": 1},
    )
    await run(made, cache, {"topic": "tides"})
    given = after.pop("inputs", {"topic": "tides"})
    steps = await plan(made, cache, given, services=services(), **after)
    assert steps["m"].because == said
    await run(made, cache, given, **after)
    assert RAN == ["m"]


async def test_a_plan_names_the_one_of_several_sources_that_differs() -> None:
    def made(text: str) -> Flow:
        return flow(
            {
                "a": node("write", name="a", text="one"),
                "b": node("write", name="b", text=text),
                "c": node("write", name="c", items=["@a", "@b"]),
            }
        )

    cache = MemoryCache()
    await run(made("two"), cache)
    await run(made("three"), cache, choice=Choice(until=("b",)))
    steps = await plan(made("three"), cache)
    assert steps["c"].because == "b gives another value"


async def test_a_result_that_was_let_go_is_said_to_be() -> None:
    cache = MemoryCache(most=1)
    await run(chain(), cache)
    steps = await plan(chain(), cache)
    assert steps["a"].because == "its result is no longer in the cache"


async def test_what_reads_the_state_depends_on_who_may_write_it() -> None:
    cache = MemoryCache()
    made = flow(
        {
            "f": node("fetch", name="f", save={"plan": ""}),
            "b": node("write", name="b", text="{{state.plan}}", after=["f"]),
            "c": node("write", name="c", text="x", options={"when": "state.plan == ''"}, after=["f"]),
        },
        state={"plan": ""},
    )
    await run(made, cache)
    steps = await plan(made, cache)
    assert steps["b"].because == steps["c"].because == "depends on f, which will run"


async def test_a_plan_follows_the_choice_and_the_pins() -> None:
    cache = MemoryCache()
    await run(chain(), cache)
    steps = await plan(chain(), cache, choice=Choice(start=("b",), pins={"c": "x"}))
    assert {name: step.status for name, step in steps.items()} == {
        "a": "cached",
        "b": "run",
        "c": "pinned",
        "d": "skipped",
    }


async def test_a_plan_and_its_run_agree() -> None:
    cache = MemoryCache()
    await run(chain(), cache)
    changed = chain(a=node("write", name="a", text="eins"))
    steps = await plan(changed, cache)
    await run(changed, cache)
    would = {name for name, step in steps.items() if step.status in ("run", "depends")}
    assert set(RAN) == would
