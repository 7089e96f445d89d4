"""What the engine does for a node it does for every kind: conditions, failures let go, order, an end that is told."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from tests.conformance.cases import SMALL, Json, flow, item_flow, node, ran
from tests.engine.build import ends

from weft.engine import Event, RunResult
from weft.model import StepFailed
from weft.runs.state import fold
from weft.testing import ScriptedModel, stock_catalog


class Kind(NamedTuple):
    """A node of the kind that succeeds, one that fails, and what may be put in place of its main output."""

    fine: Json | None
    failing: Json | None
    default: Any = "instead"


ECHO = flow({"out": node("need", value="@inputs.x")}, {"out": "out"}, {"x": None})
TRY = flow({"try": node("fragile", value="@inputs.x")}, {"out": "try"}, {"x": None})
ONE = item_flow({"out": node("need", value="@inputs.item")}, {"out": "out"})
TRY_ONE = item_flow({"try": node("fragile", value="@inputs.item")}, {"out": "try"})
KINDS: dict[str, Kind] = {
    "ask": Kind(node("ask", question="Well?", value="v"), node("ask", question="Well?", answer_within=0.001)),
    "best_of": Kind(node("best_of", answers=["v"], task="T"), node("best_of", answers=["v", "w"], task="T")),
    "branch": Kind(
        node("branch", cases=[{"name": "a", "when": "true"}], value="v"),
        node("branch", cases=[{"name": "a", "when": "x > 1"}], x="text", value="v"),
    ),
    "choose": Kind(
        node("choose", condition="true", then="v"), node("choose", condition="x > 1", x="text", then="v")
    ),
    "choose_model": Kind(
        node("choose_model", task="T", candidates=["demo"]), node("choose_model", task="T", candidates=[])
    ),
    "classify": Kind(
        node("classify", cases=[{"name": "a"}], value="v"),
        node("classify", cases=[{"name": "b"}], value="v"),
    ),
    "critique": Kind(None, node("critique", text="v")),
    "csv": Kind(node("csv", text="a,b\n1,2"), node("csv", text="a,a\n"), [1]),
    "embed": Kind(node("embed", texts=["v"]), node("embed", texts=["v"], model="none"), 7),
    "expand": Kind(node("expand", plan=[]), node("expand", plan="no plan"), []),
    "extract": Kind(
        node("extract", text="v", fields=[{"name": "case"}]),
        node("extract", text="v", fields=[{"name": "sum"}]),
        {"a": 1},
    ),
    "file": Kind(None, node("file", path="gone.txt")),
    "http": Kind(None, node("http", url="ftp://example.org")),
    "island": Kind(node("island"), None),
    "json": Kind(node("json", value='{"a": 1}'), node("json", value="{")),
    "map": Kind(
        node("map", flow=ONE, items=[1, 2]), node("map", flow=TRY_ONE, items=[1, "bad"]), ["instead"]
    ),
    "math": Kind(node("math", formula="1 + 1"), node("math", formula="x + 1", x="text"), 7),
    "prompt": Kind(node("prompt", prompt="Q"), node("prompt", prompt="Fail.")),
    "python": Kind(node("python", code="1 + 1"), node("python", code="1 / 0"), 7),
    "rate_model": Kind(
        node("rate_model", model="demo", score=0.5), node("rate_model", model="demo", score=2), {"a": 1}
    ),
    "remember": Kind(node("remember", value="v", at="learnt"), node("remember", value="v", at="there")),
    "repeat": Kind(
        node("repeat", flow=ECHO, until="true", x=1), node("repeat", flow=TRY, until="true", x="bad")
    ),
    "retrieve": Kind(None, node("retrieve", question="v"), [1]),
    "search_text": Kind(node("search_text", words="v", texts=["v"]), node("search_text", words="!"), [1]),
    "summarise_long": Kind(node("summarise_long", text="v"), None),
    "subtask": Kind(node("subtask", flow=ECHO, x=1), node("subtask", flow=TRY, x="bad")),
    "table": Kind(node("table", rows=[{"a": 1}]), node("table", rows=[{"a": 1}], columns=["b"]), [1]),
    "text": Kind(
        node("text", template="v"),
        node("text", template="{{state.gone}}"),
    ),
    "vote": Kind(node("vote", answers=["v"]), node("vote", answers=["v", "w"], least=1.0)),
    "one of the user's": Kind(node("say", text="v"), node("fragile", value="bad")),
}
FAILING = {name: kind.failing for name, kind in KINDS.items() if kind.failing is not None}
FINE = [name for name, kind in KINDS.items() if kind.fine is not None]


def fine(name: str) -> Json:
    made = KINDS[name].fine
    assert made is not None
    return made


def answer(messages: list[Any]) -> str:
    last = str(messages[-1]["content"] if isinstance(messages[-1], dict) else messages[-1].content)
    if last == "Fail.":
        raise StepFailed("It is no use.", code="broken", retryable=False)
    return '{"case": "a"}'


async def run_with(one: Json, **rest: Any) -> tuple[RunResult, list[Event]]:
    """The node `n`, two behind it of which one needs it, and one beside it."""
    options: dict[str, Any] = {key: rest.pop(key) for key in ("previous",) if key in rest}
    document = flow(
        {
            "n": {**one, "options": {**one["options"], **rest}},
            "needs": node("need", value="@n"),
            "joins": node("gather", items=["@n"]),
            "then": node("say", text="on", after=["n"]),
            "beside": node("say", text="on"),
        },
        {"then": "then", "beside": "beside"},
        state={"there": 1},
    )
    answers = {"n": [True]} if one["component"] == "ask" and "value" in one["params"] else {}
    result, events = await ran(document, model=ScriptedModel(answer), answers=answers, **options)
    assert_none_stays_running(result, events)
    return result, events


def assert_none_stays_running(result: RunResult, events: list[Event]) -> None:
    """Every step has ended, for whoever reads the record; and what is beside it was done."""
    statuses = {path: step.status for path, step in fold(events).steps.items()}
    assert set(statuses.values()) <= {"succeeded", "failed", "skipped", "cancelled"}, statuses
    assert result.outputs == {"then": "on", "beside": "on"}


def test_all_kinds_there_are_are_here() -> None:
    own = {component.name for component in SMALL}
    assert {component.name for component in stock_catalog().components} - own == KINDS.keys() - {
        "one of the user's"
    }


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("otherwise", ["skip", "previous"])
async def test_one_whose_condition_does_not_hold_is_skipped(name: str, otherwise: str) -> None:
    result, events = await run_with(
        FAILING.get(name) or fine(name), when="state.there > 1", otherwise=otherwise
    )
    told = ends(events)
    assert result.error is None
    assert told["n"] == "skipped when"
    assert told["needs"] == "skipped skipped n"
    assert told["joins"] == "finished "
    assert not [path for path in told if path.startswith(("n/", "n["))]


@pytest.mark.parametrize("name", FINE)
async def test_one_whose_condition_holds_runs(name: str) -> None:
    result, events = await run_with(fine(name), when="state.there == 1")
    assert result.error is None, result.error
    assert ends(events)["n"].startswith("finished")


@pytest.mark.parametrize("name", FINE)
async def test_the_previous_answer_stands_in_for_one_whose_condition_does_not_hold(name: str) -> None:
    first, _ = await run_with(fine(name))
    second, events = await run_with(
        fine(name), when="false", otherwise="previous", previous={"n": first.values["n"]}
    )
    assert second.values["n"] == first.values["n"]
    assert second.values["needs"] == first.values["needs"]
    assert [event.kind for event in events if event.path == "n"] == ["step-finished"]
    assert second.usage["calls"] == 0


@pytest.mark.parametrize("name", FAILING)
async def test_one_that_fails_stops_what_needs_it_and_nothing_else(name: str) -> None:
    result, events = await run_with(FAILING[name])
    told = ends(events)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["node"] == "n"
    assert result.error["message"]
    assert told["n"].startswith("failed ")
    assert (told["needs"], told["joins"]) == ("skipped failed n", "skipped failed n")


@pytest.mark.parametrize("name", FAILING)
async def test_one_that_fails_can_be_let_go(name: str) -> None:
    result, events = await run_with(FAILING[name], on_error="skip")
    told = ends(events)
    assert result.error is None
    assert (told["n"], told["needs"], told["joins"]) == (
        "skipped on-error",
        "skipped skipped n",
        "finished ",
    )


@pytest.mark.parametrize("name", FAILING)
async def test_one_that_fails_can_be_gone_on_from_with_a_default(name: str) -> None:
    default = KINDS[name].default
    result, events = await run_with(FAILING[name], on_error="continue", default=default)
    assert result.error is None
    assert result.values["needs"] == {"output": default}
    (data,) = (event.data for event in events if event.path == "n" and event.kind == "step-finished")
    assert data["error"]["code"]


@pytest.mark.parametrize("name", KINDS)
async def test_a_disabled_one_is_skipped(name: str) -> None:
    result, events = await run_with(FAILING.get(name) or fine(name), disabled=True)
    assert result.error is None
    assert ends(events)["n"] == "skipped disabled"


@pytest.mark.parametrize("name", FINE)
@pytest.mark.parametrize("first", ["skipped", "failed", "let go"])
async def test_one_runs_after_whatever_became_of_what_it_waits_for(name: str, first: str) -> None:
    options: Mapping[str, Any] = {
        "skipped": {"disabled": True},
        "failed": {},
        "let go": {"on_error": "skip"},
    }
    nodes = {
        "first": node("fragile", value="bad", options=dict(options[first])),
        "n": {**fine(name), "after": ["first"]},
    }
    answers = {"n": [True]} if name == "ask" else {}
    result, events = await ran(flow(nodes), model=ScriptedModel(answer), answers=answers)
    assert ends(events)["n"].startswith("finished")
    assert result.status == ("failed" if first == "failed" else "succeeded")
