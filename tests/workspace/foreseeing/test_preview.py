"""What a node will see: the very messages of the run, with where each piece comes from, and nothing called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weft.model import Flow, from_json
from weft.model.errors import NotFound
from weft.workspace import Workspace
from weft.workspace.foreseeing.foreseen import Given, given_of
from weft.workspace.foreseeing.preview import Preview, preview

TOPIC = {"topic": {"type": "text"}}
ESSAY = {
    "format": 1,
    "inputs": TOPIC,
    "nodes": {
        "plan": {
            "component": "prompt",
            "params": {"prompt": "Plan {{topic | upper}}."},
            "inputs": {"topic": "inputs.topic"},
        },
        "essay": {
            "component": "prompt",
            "params": {
                "prompt": "Of {{plan | trim}}, {{plan | length}} signs: write.",
                "system": "Be terse.",
            },
            "inputs": {"plan": "plan", "context": ["plan"]},
        },
    },
}


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    (tmp_path / "flows").mkdir()
    return Workspace(tmp_path, env={})


def written(home: Workspace, document: dict[str, Any], slug: str = "essay") -> Flow:
    (home.root / "flows" / f"{slug}.json").write_text(json.dumps(document))
    return home.load(slug)


def told(made: Preview) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (m.role, [(s.text, s.source.ref, s.source.origin) for s in m.spans])
        for m in made.messages or made.values
    ]


async def test_a_prompt_that_has_tools_shows_its_messages_too(home: Workspace):
    document = json.loads(json.dumps(ESSAY))
    document["nodes"]["plan"]["params"]["tools"] = [
        "search_text",
        {"component": "math", "name": "twice", "params": {"formula": "x * 2"}, "ask": True},
    ]
    flow = written(home, document)
    made = await preview(home, flow, "plan", Given(inputs={"topic": "owls"}))
    assert not made.trouble
    assert [(m.role, m.text) for m in made.messages] == [
        ("system", "You are a helpful assistant."),
        ("user", "Plan OWLS."),
    ]
    search, twice = made.tools
    assert (search.name, twice.name, twice.parameters["required"]) == ("search_text", "twice", ["x"])
    assert made.tokens > search.tokens + twice.tokens > 50
    document["nodes"]["plan"]["params"]["tools"] = ["nowhere"]
    wrong = await preview(home, written(home, document), "plan", Given(inputs={"topic": "owls"}))
    assert wrong.trouble == "This can't be a tool: there is no component or flow 'nowhere'."


async def test_before_anything_ran_names_stand_for_values_and_questions_are_real(home: Workspace):
    flow = written(home, ESSAY)
    made = await preview(home, flow, "essay", Given(inputs={"topic": "owls"}))
    assert told(made) == [
        ("system", [("Be terse.", "system", "")]),
        ("user", [("Plan OWLS.", "plan", "missing")]),
        ("assistant", [("⟨Plan⟩", "plan", "missing")]),
        (
            "user",
            [
                ("Of ", "prompt", ""),
                ("⟨plan⟩", "plan", "missing"),
                (", ", "prompt", ""),
                ("⟨plan⟩", "plan", "missing"),
                (" signs: write.", "prompt", ""),
            ],
        ),
    ]
    assert [s.source.told for s in made.messages[1].spans] == ["as it would be asked"]


async def test_the_messages_are_those_of_the_run_and_filtered_values_keep_their_source(home: Workspace):
    flow = written(home, ESSAY)
    service = home.runs()
    run = await service.start(flow, {"topic": "owls"}, slug="essay", model="demo")
    async for _ in service.watch(run):
        pass
    sent = (await service.state(run)).steps["essay"].calls[0]["messages"]
    made = await preview(home, flow, "essay", await given_of(home, flow, slug="essay"))
    assert [{"role": m.role, "content": m.text} for m in made.messages] == [
        {"role": m["role"], "content": m["content"]} for m in sent
    ]
    filtered = [span for span in made.messages[-1].spans if span.source.kind == "node"]
    answer = str(((await service.state(run)).steps["plan"].value or {})["text"])
    assert [span.text for span in filtered] == [answer.strip(), str(len(answer))]
    assert {span.source.origin for span in filtered} == {"cache"}
    by_run = await preview(home, flow, "essay", await given_of(home, flow, slug="essay", run=run))
    assert "from the run of " in by_run.messages[1].spans[0].source.told
    assert by_run.tokens == made.tokens > 0
    await home.close()


async def test_what_has_changed_is_no_longer_from_the_cache_but_from_the_last_run(home: Workspace):
    flow = written(home, ESSAY)
    service = home.runs()
    run = await service.start(flow, {"topic": "owls"}, slug="essay", model="demo")
    async for _ in service.watch(run):
        pass
    document = json.loads(json.dumps(ESSAY))
    document["nodes"]["plan"]["params"]["prompt"] = "Sketch {{topic}}."
    flow = written(home, document)
    made = await preview(home, flow, "essay", await given_of(home, flow, slug="essay"))
    assert made.messages[1].spans[0].source.origin == "run"
    pins = service.pins
    assert pins is not None
    pins.pin("essay", "plan", "A pinned plan")
    made = await preview(home, flow, "essay", await given_of(home, flow, slug="essay"))
    assert (made.messages[-1].spans[1].text, made.messages[-1].spans[1].source.told) == (
        "A pinned plan",
        "pinned",
    )
    await home.close()


async def test_structured_answers_show_their_schema_and_stand_as_examples(home: Workspace):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    flow = written(
        home,
        {
            "format": 1,
            "nodes": {
                "read": {"component": "prompt", "params": {"prompt": "Who?", "output": schema}},
                "greet": {
                    "component": "prompt",
                    "params": {"prompt": "Greet {{who.name}}."},
                    "inputs": {"who": "read.data"},
                },
            },
        },
    )
    asked = await preview(home, flow, "read", model="demo")
    assert (asked.schema, asked.told_schema) == (schema, True)
    greeted = await preview(home, flow, "greet")
    assert greeted.messages[-1].spans[1].source.origin == "sample"
    assert "example" in greeted.messages[-1].spans[1].source.told


async def test_classify_shows_what_it_writes_itself_beside_what_comes_in(home: Workspace):
    flow = written(
        home,
        {
            "format": 1,
            "inputs": {"message": {"type": "text", "default": "It burns!"}},
            "nodes": {
                "way": {
                    "component": "classify",
                    "params": {"cases": [{"name": "alarm"}]},
                    "inputs": {"value": "inputs.message"},
                }
            },
        },
    )
    made = await preview(home, flow, "way")
    assert made.why == ""
    kinds = {span.source.kind: span.text for message in made.messages for span in message.spans}
    assert kinds["input"] == "It burns!"
    assert "alarm" in kinds["component"]


async def test_state_that_steps_before_it_save_is_in_the_text(home: Workspace):
    document = json.loads(json.dumps(ESSAY))
    document["nodes"]["plan"]["params"]["save"] = {"plan": ""}
    document["nodes"]["essay"] = {
        "component": "prompt",
        "params": {"prompt": "Go by {{state.plan}}, {{state.tone}}, {{state.mood | default('calm')}}."},
        "after": ["plan"],
    }
    flow = written(home, document)
    made = await preview(home, flow, "essay", Given(values={"plan": "a plan"}))
    assert made.messages[-1].text == "Go by a plan, ⟨state.tone⟩, calm."


async def test_a_node_without_a_model_shows_its_finished_values(home: Workspace):
    flow = written(
        home,
        {
            "format": 1,
            "inputs": TOPIC,
            "nodes": {
                "note": {
                    "component": "text",
                    "params": {"template": "On {{topic}}"},
                    "inputs": {"topic": "inputs.topic"},
                }
            },
        },
    )
    made = await preview(home, flow, "note", Given(inputs={"topic": "tides"}))
    assert made.why.startswith("It asks no model")
    assert told(made) == [("template", [("On ", "template", ""), ("tides", "topic", "typed")])]


async def test_a_component_that_may_do_other_things_first_is_not_called(home: Workspace):
    (home.root / "components").mkdir()
    (home.root / "components" / "rash.py").write_text(
        "from pathlib import Path\nfrom weft import ChatModel, component\n\n@component\n"
        f"async def rash(text: str, model: ChatModel) -> str:\n    Path({str(home.root / 'done')!r}).touch()\n"
        "    return str(await model.ainvoke(text))\n"
    )
    flow = written(home, {"format": 1, "nodes": {"go": {"component": "rash", "params": {"text": "hello"}}}})
    made = await preview(home, flow, "go")
    assert "may do other things first" in made.why
    assert told(made) == [("text", [("hello", "text", "")])]
    assert not (home.root / "done").exists()


@pytest.mark.parametrize(
    ("nodes", "node", "said"),
    [
        ({"a": {"component": "prompt", "params": {"prompt": "Say {{"}}}, "a", "template can't be read"),
        ({"a": {"component": "nowhere"}}, "a", "no component 'nowhere'"),
        (
            {
                "a": {"component": "prompt", "params": {"prompt": "{{b}}"}, "inputs": {"b": "b"}},
                "b": {"component": "prompt", "params": {"prompt": "{{a}}"}, "inputs": {"a": "a"}},
            },
            "a",
            "in a circle",
        ),
    ],
)
async def test_what_can_not_be_finished_is_told(home: Workspace, nodes: Any, node: str, said: str):
    made = await preview(home, from_json({"format": 1, "nodes": nodes}), node)
    assert said in made.trouble
    assert not made.messages


async def test_a_flow_with_problems_elsewhere_and_holes_unfilled_is_shown_all_the_same(home: Workspace):
    nodes = {
        "a": {
            "component": "prompt",
            "params": {"prompt": "Say {{what}} of {{x}}."},
            "inputs": {"x": "gone.y"},
        },
        "b": {"component": "prompt"},
    }
    made = await preview(home, from_json({"format": 1, "nodes": nodes}), "a")
    assert made.messages[-1].text == "Say ⟨what⟩ of ⟨x⟩."
    with pytest.raises(NotFound, match="no node 'zzz'"):
        await preview(home, from_json({"format": 1, "nodes": nodes}), "zzz")


async def test_signs_of_the_marks_in_a_value_cost_the_sources_and_nothing_else(home: Workspace):
    flow = written(home, ESSAY)
    odd = "a\U000f5e72b\U000f5e703\U000f5e71c"
    made = await preview(home, flow, "plan", Given(inputs={"topic": odd}))
    assert made.messages[-1].text == f"Plan {odd.upper()}."
