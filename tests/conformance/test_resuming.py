"""Every shape of flow, run once whole and then cut after each of its events and resumed: the same outputs, state, ends,
usage and cost, and nothing recorded is done again or said again."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tests.conformance.cases import Json, flow, item_flow, node
from tests.conformance.resuming import Shape, cuts, hold, run
from tests.conformance.test_budgets import Metered

from weft.engine.budget import Budget
from weft.engine.choice import Choice, Given
from weft.engine.limits import Limits
from weft.model import WeftError
from weft.providers import ScriptedModel

ITEM = item_flow(
    {"one": node("step", text="@inputs.item"), "two": node("step", text="@one", more="!")}, {"out": "two"}
)
FRAGILE = item_flow(
    {"one": node("broken", value="@inputs.item"), "two": node("step", text="@one")}, {"out": "two"}
)
ASKING = item_flow(
    {"ask": node("ask", question="Well?", value="@inputs.item"), "on": node("step", text="@ask.approved")},
    {"out": "on"},
)
ROUND = flow(
    {"n": node("count"), "old": node("step", text="@n", options={"when": "text < 2", "otherwise": "previous"}), "in": node("subtask", flow=flow({"deep": node("step", text="@inputs.n", options={"when": "text < 2", "otherwise": "previous"})}, {"deep": "deep"}, {"n": None}), n="@n")},
    {"n": "n", "old": "old", "deep": "in.deep"},
    state={"count": 0},
)  # fmt: skip


def shape(name: str, nodes: Json, outputs: Any = (), inputs: Any = (), **more: Any) -> Shape:
    top = {key: more.pop(key) for key in ("state", "defaults") if key in more}
    return Shape(name, flow(nodes, dict(outputs), dict(inputs), **top), inputs=more.pop("given", {}), **more)


def mapped(items: Any, inner: Json = ITEM, **more: Any) -> Json:
    return node("map", items=items, flow=inner, **more)


def after(*names: str, **more: Any) -> Json:
    return node("step", after=list(names), **more)


def numbered(names: str, first: Json, then: Any) -> Json:
    made = {names[0]: first}
    return made | {name: then(before) for before, name in pairwise(names)}


SHAPES = [
    shape("chain", numbered("abcd", node("step"), lambda before: node("step", text=f"@{before}", more="."))),
    shape("fan", {"a": node("step"), **{f"b{i}": node("step", text="@a", more=i) for i in range(4)}, "z": node("join", items=[f"@b{i}" for i in range(4)])}),
    shape("fan, one at once", {"a": node("step"), **{f"b{i}": node("step", text="@a") for i in range(3)}}, options={"parallel": 1}),
    shape("diamond", {"a": node("step"), "b": node("step", text="@a", more="b"), "c": node("step", text="@a", more="c"), "d": node("join", items=["@b", "@c"])}),
    shape("layers", {"a": node("step"), **{f"b{i}": node("step", text="@a") for i in range(3)}, **{f"c{i}": node("join", items=["@b0", f"@b{i}"]) for i in range(3)}}),
    shape("inputs", {"a": node("step", text="@inputs.x"), "b": node("step", text="@inputs.y")}, {"a": "a", "b": "b"}, {"x": None, "y": "given"}, given={"x": "X"}),
    shape("branch and join", {"a": node("step", text=7), "way": node("branch", value="@a", cases=[{"name": "big", "when": "value > 5"}, {"name": "small", "when": "value > 1"}]), "b": node("step", text="@way.big"), "c": node("step", text="@way.small"), "e": node("step", text="@way.else"), "j": node("join", items=["@b", "@c", "@e"]), "k": node("need", value="@c")}),
    shape("skips behind skips", {"a": node("step", options={"disabled": True}), "b": node("need", value="@a"), "c": node("need", value="@b"), "d": node("gather", items=["@c"]), "e": node("step", after=["c"])}),
    shape("a failure stops what needs it", {"a": node("broken"), "b": node("need", value="@a"), "c": node("step"), "d": node("join", items=["@a", "@c"]), "e": node("step", text="@c")}),
    shape("two failures", {"a": node("step"), "b": node("broken"), "c": node("broken", value="@a", bad="x"), "d": node("step", text="@a")}, options={"parallel": 1}),
    shape("on_error skip", {"a": node("broken", options={"on_error": "skip"}), "b": node("join", items=["@a", "@c"]), "c": node("step"), "d": node("need", value="@a")}),
    shape("on_error continue", {"a": node("broken", options={"on_error": "continue", "default": "instead"}, save={"kept": ""}), "b": node("step", text="@a", more="{{state.kept}}")}, state={"kept": "-"}),
    shape("retries", {"a": node("flaky"), "b": node("step", text="@a")}),
    shape("retries side by side", {"a": node("flaky"), "b": node("flaky", works=2), "c": node("flaky", works=9, options={"on_error": "skip"}), "d": node("join", items=["@a", "@b", "@c"])}),
    shape("retries that end", {"a": node("flaky", works=9, options={"retries": 1}), "b": node("step")}),
    shape("when", {"a": node("step", text=1), "b": node("step", text="@a", options={"when": "text > 3"}), "c": node("step", text="@a", options={"when": "text < 3"}), "d": node("join", items=["@b", "@c"])}),
    shape("when over a state that changes", {"a": node("count"), "b": node("step", after=["a"], options={"when": "state.count == 1"}), "c": node("count", after=["a"]), "d": node("step", after=["c"], options={"when": "state.count == 1"})}, state={"count": 0}),
    shape("after", {"a": node("step"), "b": after("a"), "c": after("a", "b"), "d": after("c")}),
    shape("state written in order", {**{f"a{i}": node("count", by=i, after=[f"a{i - 1}"] if i else []) for i in range(4)}, "z": node("look", after=["a3"])}, state={"count": 10}),
    shape("save", {"a": node("step", text={"x": {"y": 3}}, save={"found.it": "x.y"}), "b": node("look", after=["a"])}, state={"found": {}}),
    shape("prompts", {"a": node("prompt", prompt="One?"), "b": node("prompt", prompt="Two {{state.k}}?", context=["@a"], save={"k": ""}), "c": node("prompt", prompt="Three?", context=["@a", "@b"], after=["b"])}, state={"k": "-"}, model=lambda: ScriptedModel({"*": "An answer."})),
    shape("a prompt that asks again", {"a": node("prompt", prompt="Give JSON.", output={"type": "object", "required": ["x"]}), "b": node("step", text="@a.data")}, model=lambda: ScriptedModel(lambda messages: '{"x": 1}' if len(messages) > 2 else "no")),
    shape("map", {"a": node("step", text=[1, 2, 3]), "m": mapped("@a"), "z": node("step", text="@m")}),
    shape("map, one at once", {"m": mapped([1, 2, 3], at_once=1)}),
    shape("map of nothing", {"m": mapped([]), "z": node("step", text="@m")}),
    shape("map, failures skipped", {"m": mapped([1, "bad", 3], FRAGILE, on_item_error="skip"), "z": node("step", text="@m.errors")}),
    shape("map, failures collected", {"m": mapped(["bad", 2, "bad"], FRAGILE, on_item_error="collect")}),
    shape("map that fails, one at once", {"m": mapped([1, "bad", 3], FRAGILE, at_once=1), "z": node("need", value="@m"), "y": node("step")}),
    shape("map that fails", {"m": mapped([1, "bad", 3], FRAGILE), "z": node("need", value="@m")}, loose=True),
    shape("map with retries inside", {"m": mapped([1, 2], item_flow({"f": node("flaky"), "g": node("step", text="@inputs.item", more="@f")}, {"g": "g"}))}),
    shape("a failing subtask tried again as a whole", {"s": node("subtask", flow=flow({"a": node("step"), "b": node("flaky", works=9, text="@a", options={"retries": 1})}), options={"retries": 1}), "z": node("step", after=["s"])}),
    shape("map in map", {"m": mapped([[1, 2], [3]], item_flow({"in": mapped("@inputs.item"), "out": node("step", text="@in")}, {"out": "out"}))}),
    shape("repeat", {"r": node("repeat", flow=ROUND, until="n >= 3"), "z": node("step", text="@r.deep")}),
    shape("repeat in map", {"m": mapped([2, 3], item_flow({"r": node("repeat", flow=ROUND, until="n >= limit", limit="@inputs.item"), "o": node("step", text="@r.n")}, {"n": "o", "old": "r.old"}))}),
    shape("map in repeat", {"r": node("repeat", flow=flow({"n": node("count"), "m": mapped([1, 2], item_flow({"p": node("step", text="@inputs.item", options={"when": "state.go == 1", "otherwise": "previous"})}, {"p": "p"}, ) | {"state": {"go": 1}}), "z": node("step", text="@m", after=["n"])}, {"n": "n", "z": "z"}, state={"count": 0}), until="n >= 2")}),
    shape("subtasks, deep", {"s": node("subtask", flow=flow({"t": node("subtask", flow=flow({"u": node("subtask", flow=flow({"a": node("step"), "b": node("count", after=["a"]), "c": node("look", after=["b"])}, {"c": "c"}, state={"count": 5})), "v": node("step", text="@u")}, {"v": "v"}))}, {"v": "t.v"}))}),
    shape("a failure inside", {"s": node("subtask", flow=flow({"a": node("step"), "b": node("broken", value="@a", bad="x")}, {"b": "b"})), "t": node("step", text="@s")}),
    shape("the same flow several times in a step", {"t": node("twice", flow=ITEM), "z": node("step", text="@t")}),
    shape("expand", {"g": node("grow", to="j", cut="a"), "a": node("step"), "b": node("step"), "j": node("join", items=["@a", "@b"], after=["g"])}),
    shape("expand, all cut", {"g": node("grow", number=0, to="j", cut="a"), "a": node("step"), "j": node("join", items=["@a"], after=["g"]), "k": node("gather", items=["@j"])}),
    shape("expand, then fail and try again", {"g": node("grow", fails=True, to="j"), "a": node("step"), "j": node("join", items=["@a"], after=["g"])}),
    shape("expand inside a map", {"m": mapped([1, 2], item_flow({"g": node("grow", to="j"), "a": node("step", text="@inputs.item"), "j": node("join", items=["@a"], after=["g"])}, {"j": "j"}))}),
    shape("ask", {"a": node("step"), "q": node("ask", question="Well?", value="@a"), "y": node("step", text="@q.approved"), "n": node("step", text="@q.declined")}, live={"q": True}),
    shape("ask beforehand", {"q": node("ask", question="Well?"), "y": node("step", text="@q.approved")}, answers={"q": [True]}),
    shape("several questions of one step", {"i": node("interview", number=3), "z": node("step", text="@i"), "b": node("step")}, live={"i": [7, 8, 9]}),
    shape("ask inside a map", {"m": mapped([1, 2, 3], ASKING)}, live={f"m[{i}]/ask": i != 1 for i in range(3)}),
    shape("nobody answers", {"q": node("ask", question="Well?", answer_within=60), "r": node("ask", question="Or?", kind="edit", value=1, answer_within=30, default=5), "y": node("step", text="@q.approved"), "z": node("step", text="@r")}),
    shape("ask, and try again", {"i": node("interview", number=1), "s": node("subtask", flow=flow({"q": node("interview", number=1), "f": node("flaky", works=9, options={"retries": 0}, after=["q"])}), options={"retries": 1})}, live={"i": [1], "s/q": [2]}),
    shape("pinned, given and chosen", {"a": node("step"), "b": node("count", after=["a"]), "c": node("step", text="@b"), "d": node("step", text="@c"), "e": node("step", text="@a")}, state={"count": 0}, options={"choice": Choice(until=("d",), pins={"a": "pinned"}, given={"b": Given({"output": 4}, "before", writes={"count": 4})})}),
    shape("previous", {"a": node("step", options={"when": "false", "otherwise": "previous"}), "b": node("step", text="@a")}, options={"previous": {"a": {"output": "old"}}}),
    shape("budget", {f"n{i}": node("ask_model", prompt="one two", after=[f"n{i - 1}"] if i else []) for i in range(4)}, model=lambda: Metered(3), options={"budget": Budget(max_tokens=12)}),
    shape("budget of a map", {"m": mapped([1, 2, 3], item_flow({"a": node("ask_model", prompt="one two")}), options={"budget": {"max_tokens": 10}}, at_once=1, on_item_error="collect")}, model=lambda: Metered(3)),
    shape("a failure that a budget would hide", {"a": node("ask_model", prompt="one"), "b": node("ask_model", prompt="two", after=["a"], options={"on_error": "skip"}), "c": node("step", after=["b"])}, model=lambda: Metered(3), options={"budget": Budget(max_tokens=4)}),
    shape("what attempts before have spent", {"a": node("ask_model", prompt="one", fails=2), "b": node("ask_model", prompt="two", after=["a"])}, model=lambda: Metered(3), options={"budget": Budget(max_tokens=100)}),
    shape("more steps than allowed", {"a": node("step"), "m": mapped([1, 2, 3], at_once=1, after=["a"], options={"on_error": "skip"}), "z": node("step", after=["m"])}, options={"limits": Limits(steps=8)}),
    shape("a flow more than allowed", {"a": node("step"), "s": node("subtask", flow=flow({"a": node("step"), "b": node("step", text="@a")}), after=["a"], options={"when": "true", "on_error": "skip"}), "b": node("step", text="@a"), "c": node("step", after=["s"])}, options={"limits": Limits(steps=5), "parallel": 1}),
    shape("more expansions than allowed", {"g": node("grow", options={"on_error": "skip"}), "z": node("step", after=["g"])}, options={"limits": Limits(expansions=1)}),
]  # fmt: skip


@pytest.mark.parametrize("made", SHAPES, ids=lambda made: made.name)
def test_cut_after_any_event_it_comes_to_the_same(made: Shape) -> None:
    whole = run(made)
    for cut in cuts(whole.events):
        hold(made, whole, cut, run(made, whole.events[:cut]))
    with pytest.raises(WeftError, match="over"):
        run(made, whole.events)


@pytest.mark.parametrize("made", SHAPES, ids=lambda made: made.name)
def test_released_and_resumed_again_and_again_it_comes_to_the_same(made: Shape) -> None:
    whole, chance = run(made), Random(made.name)
    events = run(made, until=chance.randrange(len(whole.events))).events
    for _ in range(4):
        if events[-1].kind == "run-finished":
            break
        events = run(made, events, until=chance.randrange(1, 9)).events
    resumed = run(made, events) if events[-1].kind != "run-finished" else None
    if resumed is not None and not made.loose:
        assert resumed.end() == whole.end()
