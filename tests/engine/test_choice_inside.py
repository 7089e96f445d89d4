"""A part of the flow inside a step is chosen, or a value put in the place of a step in it."""

from typing import Any

import pytest
from tests.engine.build import catalog, ends, flow, node, subtask
from tests.engine.test_caching import RAN, cached, fetch, run, write

from weft.engine.caching import MemoryCache
from weft.engine.choice import Choice, refuse_pin
from weft.model import Flow, WeftError, to_json

Json = dict[str, Any]
KNOWN = catalog(write, fetch, subtask)


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


def chain(**more: Json) -> Flow:
    """a -> sub (b -> c -> d) -> e; `b` is never cached."""
    inner = flow(
        {
            "b": node("fetch", name="b", text="@inputs.x"),
            "c": node("write", name="c", text="{{x}} three", x="@b"),
            "d": node("write", name="d", text="{{x}} four", x="@c"),
        },
        inputs={"x": {"type": "text"}},
    )
    return flow(
        {
            "a": node("write", name="a", text="one"),
            "sub": node("subtask", flow=to_json(inner), x="@a"),
            "e": node("write", name="e", text="{{x}} five", x="@sub.d"),
            **more,
        }
    )


async def test_until_a_step_inside_ends_there() -> None:
    events = await run(chain(), MemoryCache(), known=KNOWN, choice=Choice(until=("sub/c",)))
    assert RAN == ["a", "b", "c"]
    assert ends(events)["sub/d"] == ends(events)["e"] == "skipped not-chosen"
    assert events[-1].data["status"] == "succeeded"


async def test_only_a_step_inside_runs_anew_and_what_it_needs_comes_from_the_cache() -> None:
    cache = MemoryCache()
    await run(chain(), cache, known=KNOWN)
    events = await run(chain(), cache, known=KNOWN, choice=Choice(only=("sub/d",)))
    assert RAN == ["b", "d"]
    assert cached(events) == ["a", "sub/c"]


async def test_from_a_step_inside_runs_what_depends_on_it_anew() -> None:
    cache = MemoryCache()
    await run(chain(), cache, known=KNOWN)
    events = await run(chain(), cache, known=KNOWN, choice=Choice(start=("sub/c",)))
    assert RAN == ["b", "c", "d", "e"]
    assert cached(events) == ["a"]


async def test_a_pin_inside_stands_for_its_step_in_every_run_of_that_flow() -> None:
    events = await run(chain(), MemoryCache(), known=KNOWN, choice=Choice(pins={"sub/c": "mine"}))
    assert RAN == ["a", "b", "d", "e"]
    pinned = next(event for event in events if event.path == "sub/c" and event.kind == "step-finished")
    assert pinned.data["pinned"]
    assert next(e.data["value"] for e in events if (e.path, e.kind) == ("e", "step-finished")) == {
        "output": "mine four five"
    }


async def test_a_step_chosen_with_all_that_is_inside_it_runs_whole() -> None:
    await run(chain(), MemoryCache(), known=KNOWN, choice=Choice(until=("sub", "sub/b")))
    assert RAN == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(until=("a/b",)), "'a' runs no flow"),
        (Choice(until=("subb/b",)), "no node 'subb'"),
        (Choice(until=("sub[1]/b",)), "chosen with it"),
    ],
)
async def test_names_that_lead_nowhere_are_refused(choice: Choice, message: str) -> None:
    with pytest.raises(WeftError, match=message.replace("[", "\\[")):
        await run(chain(), MemoryCache(), known=KNOWN, choice=choice)


async def test_a_name_that_is_not_inside_fails_its_step() -> None:
    events = await run(chain(), MemoryCache(), known=KNOWN, choice=Choice(until=("sub/zz",)))
    assert ends(events)["sub"] == "failed unknown-node"


def test_a_pin_inside_is_refused_as_one_of_the_flow_itself() -> None:
    refuse_pin(chain(), KNOWN, "sub/c", "mine")
    for name, message in (("sub/zz", "no node 'zz'"), ("a/b", "No flow is written inside 'a'")):
        with pytest.raises(WeftError, match=message):
            refuse_pin(chain(), KNOWN, name, "mine")
