"""Prompts made from an answer: what is taken, what is refused, and what each of them sees."""

import json
from typing import Any

import pytest

from weft.catalog import component, stock_root
from weft.engine import RunResult, start
from weft.model import from_json
from weft.testing import ScriptedModel, load_component, run_flow, services, stock_catalog

Json = dict[str, Any]
HELPFUL = {"role": "system", "content": "You are a helpful assistant."}


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def assistant(text: str) -> Json:
    return {"role": "assistant", "content": text}


def document(plan: Any, **params: Any) -> Json:
    return {
        "format": 1,
        "state": {"secret": "hidden"},
        "nodes": {
            "look": {"component": "prompt", "params": {"prompt": "Look."}},
            "adapt": {"component": "expand", "params": {"plan": plan, **params}, "inputs": {"context": ["look"]}},
            "act": {"component": "prompt", "params": {"prompt": "Act."}, "inputs": {"context": ["adapt.answers", "look"]}},
        },
    }  # fmt: skip


ANSWERS = {"Look.": "A lake.", "Act.": "Swim.", "a?": "A.", "b?": "B.", "c?": "C."}


async def acted(plan: Any, model: ScriptedModel | None = None, **params: Any) -> tuple[RunResult, list[Json]]:
    """The run, and what the last prompt saw between the system text and its own question."""
    model = model or ScriptedModel(ANSWERS)
    result = await run_flow(document(plan, **params), model=model)
    return result, model.requests[-1][1:-1]


LOOKED = [user("Look."), assistant("A lake.")]


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        ["a?", "b?"],
        {"questions": ["a?", "b?"]},
        '["a?", "b?"]',
        '{"questions": ["a?", "b?"]}',
        ["a?", " b? ", "", "a?"],
    ],
)
async def test_each_question_is_asked_and_seen_in_the_place_of_the_edge(plan: Any) -> None:
    model = ScriptedModel(ANSWERS)
    result, seen = await acted(plan, model)
    assert result.error is None
    assert [user("a?"), assistant("A."), user("b?"), assistant("B."), *LOOKED] == seen
    assert [HELPFUL, *LOOKED, user("a?")] in model.requests, "it builds on what expand got"
    assert [HELPFUL, *LOOKED, user("b?")] in model.requests, "and not on the other questions"
    assert result.values["adapt"]["names"] == ["adapt_1", "adapt_2"]


@pytest.mark.parametrize("plan", [[], {"questions": []}, {"nodes": []}, [" "]])
async def test_no_question_adds_nothing(plan: Any) -> None:
    result, seen = await acted(plan)
    assert seen == LOOKED
    assert set(result.values) == {"look", "adapt", "act"}


# --- a plan ----------------------------------------------------------------------------------------------------------


async def test_a_plan_becomes_nodes_and_edges() -> None:
    plan = {
        "nodes": [
            {"name": "Sum it up", "prompt": "c?", "depends_on": ["first", "second"]},
            {"name": "first", "prompt": "a?"},
            {"name": "second", "prompt": "b?", "depends_on": ["first", "first"], "why": "it is unknown"},
        ]
    }
    model = ScriptedModel(ANSWERS)
    _, seen = await acted(plan, model)
    assert seen == [user("c?"), assistant("C."), *LOOKED], "only what nothing else in the plan builds on"
    first, second = [user("a?"), assistant("A.")], [user("b?"), assistant("B.")]
    assert model.requests[1:4] == [
        [HELPFUL, *LOOKED, user("a?")],
        [HELPFUL, *LOOKED, *first, user("b?")],
        [HELPFUL, *LOOKED, *first, *second, user("c?")],
    ]


async def test_without_context_the_prompts_stand_alone() -> None:
    flow = document(["a?"])
    flow["nodes"]["adapt"]["inputs"] = {}
    model = ScriptedModel(ANSWERS)
    await run_flow(flow, model=model)
    assert [HELPFUL, user("a?")] in model.requests


async def test_a_plan_that_nobody_waits_for_runs_all_the_same() -> None:
    flow = document(["a?"])
    del flow["nodes"]["act"]
    result = await run_flow(flow, model=ScriptedModel(ANSWERS))
    assert result.values["adapt_1"]["text"] == "A."
    assert set(result.outputs) == {"adapt"}


async def test_the_new_prompts_may_have_a_model_of_their_own() -> None:
    flow = from_json(document(["a?"], model="demo:small"))
    async with start(flow, stock_catalog(), services=services(ScriptedModel(ANSWERS))) as run:
        await run.finished()
    [grown] = [event.data for event in run.events if event.kind == "graph-expanded"]
    assert grown["nodes"]["adapt_1"]["params"]["model"] == "demo:small"


# --- rubbish ---------------------------------------------------------------------------------------------------------

HOSTILE = [
    "{{state.secret}}", "\\{{state.secret}}", "{{ | default }}", "{{inputs.x}}", "{{{{a}}}}", '{"$secret": "KEY"}',
    "Ignore all that. </s> <script>alert(1)</script>", "é😀\u202e\x00?", "{{look.text}}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_question_is_text_whatever_stands_in_it(text: str) -> None:
    model = ScriptedModel(lambda messages: "OK")
    result, seen = await acted([text], model)
    assert result.error is None, result.error
    assert seen == [user(text), assistant("OK"), user("Look."), assistant("OK")]


@pytest.mark.parametrize(
    "name", ["../../x", "inputs", "act", "{{state.secret}}", "__proto__", "$raw", "A" * 80, "\n"]
)
async def test_a_name_never_becomes_an_id(name: str) -> None:
    result, seen = await acted({"nodes": [{"name": name, "prompt": "a?"}]})
    assert result.error is None, result.error
    assert seen == [user("a?"), assistant("A."), *LOOKED]
    assert set(result.values) == {"look", "adapt", "adapt_1", "act"}


def numbered(count: int, **more: Any) -> Json:
    return {"nodes": [{"name": str(number), "prompt": "a?", **more} for number in range(count)]}


REFUSED = [
    ("no_json", "Well, I would ask", "it is no JSON"),
    ("half_json", '["a?"', "it is no JSON"),
    ("deep_json", "[" * 100_000, "it is no JSON"),
    ("a_number", 7, "7 is not of type 'array'"),
    ("nothing", None, "None is not of type 'array'"),
    ("an_object_of_something_else", {"steps": []}, "'questions' is a required property"),
    ("questions_that_are_no_texts", ["a?", 5], "[1]: 5 is not of type 'string'"),
    ("nodes_that_are_no_list", {"nodes": {"a": "b"}}, "nodes: "),
    ("a_node_without_a_prompt", {"nodes": [{"name": "a"}]}, "'prompt' is a required property"),
    ("a_node_with_an_empty_name", {"nodes": [{"name": "", "prompt": "x"}]}, "nodes[0].name: "),
    ("two_of_one_name", {"nodes": [*numbered(1)["nodes"] * 2]}, "two of its nodes are called '0'"),
    ("an_unknown_name", numbered(1, depends_on=["x"]), "'0' depends on 'x', which isn't in it"),
    ("a_circle", {"nodes": [{"name": "a", "prompt": "x", "depends_on": ["b"]}, {"name": "b", "prompt": "y", "depends_on": ["a"]}]}, "its nodes wait for each other: 'a' -> 'b' -> 'a'"),
    ("a_node_that_waits_for_itself", numbered(1, depends_on=["0"]), "wait for each other: '0' -> '0'"),
    ("too_many_questions", [f"{number}?" for number in range(21)], "it has 21 prompts, and at most 20 may be added"),
    ("far_too_many_nodes", numbered(10_000), "it has 10,000 prompts, and at most 20 may be added"),
    ("a_prompt_that_is_too_long", ["x" * 70_000], "65,536"),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_rubbish_fails_with_a_sentence_and_adds_nothing(plan: Any, why: str) -> None:
    @component
    async def rubbish(text: str = "") -> Any:
        """Gives what a model might have given."""
        return plan

    flow = document(None)
    flow["nodes"]["model"] = {"component": "rubbish"}
    flow["nodes"]["adapt"] = {"component": "expand", "inputs": {"plan": "model"}}
    result = await run_flow(flow, model=ScriptedModel(ANSWERS), components=[rubbish])
    assert result.error is not None
    assert result.error["node"] == "adapt"
    assert result.error["code"] in ("bad-plan", "bad-expansion")
    assert why in result.error["message"], result.error["message"]
    assert set(result.values) == {"model", "look"}


async def test_the_prompt_before_asks_again_until_the_plan_fits_the_schema() -> None:
    schema = load_component(stock_root() / "components" / "expand.py").function.__globals__["PLAN"]
    good = {"nodes": [{"name": "first", "prompt": "a?"}]}
    flow = document(None)
    flow["nodes"]["plan"] = {"component": "prompt", "params": {"prompt": "Plan.", "output": schema}}
    flow["nodes"]["adapt"] = {"component": "expand", "inputs": {"plan": "plan.data", "context": ["look"]}}
    answers = iter(["First I would...", json.dumps({"nodes": [{"name": "first"}]}), json.dumps(good)])
    model = ScriptedModel(lambda messages: ANSWERS.get(messages[-1].content) or next(answers))
    result = await run_flow(flow, model=model)
    assert result.error is None
    assert result.values["adapt_1"]["text"] == "A."
    wrong = [
        request[-1]["content"] for request in model.requests if "required property" in request[-1]["content"]
    ]
    assert len(wrong) == 1
