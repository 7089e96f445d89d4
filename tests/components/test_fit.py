"""A prompt that is more than its model takes: it fails before it asks, or what it builds on is cut, and that is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from weft import component
from weft.model import Flow, from_json
from weft.providers.estimating import about_conversation
from weft.runs.reading.turns import turns
from weft.testing import ScriptedModel, run_flow
from weft.workspace import Workspace
from weft.workspace.foreseeing.foreseen import given_of
from weft.workspace.foreseeing.preview import preview

LONG = " ".join(f"word{number}" for number in range(300))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "files").mkdir()
    for name in ("small", "large"):
        (tmp_path / "files" / f"{name}.json").write_text(
            json.dumps({"Tell.": LONG, "And now?": f"By {name}."})
        )
    (tmp_path / "weft.toml").write_text(
        '[windows]\n"scripted:small.json" = 400\n"scripted:large.json" = 2000\n"scripted:*" = 5\n'
    )
    return tmp_path


def flow_of(model: str, **params: Any) -> Flow:
    tells = {"component": "prompt", "params": {"prompt": "Tell.", "model": "scripted:large.json"}}
    now = {"component": "prompt", "params": {"prompt": "And now?", "model": model, **params}}
    return from_json({"format": 1, "nodes": {"tell": tells, "now": {**now, "inputs": {"context": ["tell"]}}}})


async def test_what_it_builds_on_is_cut_and_record_and_preview_say_so(home: Path) -> None:
    flow = flow_of("scripted:small.json", fit="trim", settings={"max_tokens": 100})
    workspace = Workspace.open(home)
    try:
        runs = workspace.runs()
        run = await runs.start(flow, {}, slug="talk")
        result = await runs.result(run)
        call = (await runs.state(run)).steps["now"].calls[0]
        seen = await preview(workspace, flow, "now", await given_of(workspace, flow, slug="talk"))
    finally:
        await workspace.close()
    assert result.values["now"]["text"] == "By small."
    sent = call["messages"]
    assert [one["content"] for one in sent if "cut" not in one] == [
        "You are a helpful assistant.",
        "Tell.",
        "And now?",
    ]
    assert LONG.endswith(sent[2]["content"])
    assert 0 < len(sent[2]["content"]) < len(LONG) - 500
    assert 250 < about_conversation(sent) <= 300
    cut = f"its first {len(LONG) - len(sent[2]['content']):,} characters (about {sent[2]['cut']['tokens']} tokens) cut"
    assert [said.who for said in next(turns([call])).said][2] == f"assistant · {cut}, to fit the model"
    assert seen.conversation() == [{"role": one["role"], "content": one["content"]} for one in sent]
    assert [message.cut for message in seen.messages if message.cut] == [f"{cut}, to fit the model"]
    assert (seen.window, seen.trouble, seen.tokens) == (400, "", about_conversation(sent))
    assert {span.source.ref for span in seen.messages[2].spans} == {"tell"}


@pytest.mark.parametrize(
    ("model", "params", "answer"),
    [
        ("scripted:small.json", {}, "about 631 tokens; scripted:small.json takes 400. It was not asked."),
        (
            "scripted:small.json",
            {"fit": "trim", "system": LONG},
            "Even with all cut away that this prompt builds on",
        ),
        ("scripted:small.json | scripted:large.json", {}, "By small."),
        ("scripted:large.json | scripted:small.json", {"fit": "trim"}, "By large."),
        ("demo", {"fit": "trim"}, ""),
    ],
)
async def test_it_fails_before_it_asks_or_is_asked_whole(
    model: str, params: dict[str, Any], answer: str, home: Path
) -> None:
    flow = flow_of(model, **params)
    workspace = Workspace.open(home)
    try:
        runs = workspace.runs()
        run = await runs.start(flow, {}, slug="talk")
        result = await runs.result(run)
        step = (await runs.state(run)).steps["now"]
        seen = await preview(workspace, flow, "now", await given_of(workspace, flow, slug="talk"))
    finally:
        await workspace.close()
    if step.error is None:
        assert result.values["now"]["text"].startswith(answer)
        assert any("cut" in one for one in step.calls[0]["messages"]) == ("| scripted:small" in model)
        assert bool(seen.remark) == (model == "demo")
        return
    assert answer in step.error["message"].replace("scripted takes", "scripted:small.json takes")
    assert (step.error["code"], list(step.calls)) == ("context-overflow", [])
    assert answer in seen.trouble
    assert seen.messages


async def test_each_round_of_tools_fits_and_what_tools_gave_is_never_cut() -> None:
    @component
    async def look() -> str:
        """Look it up."""
        return "found " * 60

    call = AIMessage(content="", tool_calls=[{"name": "look", "args": {}, "id": "a"}])
    model = ScriptedModel([call, "Done."], metadata={"weft_model": "scripted", "weft_window": [400]})
    context = [[{"role": "user", "content": LONG[:1200]}, {"role": "assistant", "content": "a"}]]
    params = {"prompt": "Ask.", "tools": ["look"], "context": context, "fit": "trim"}
    flow = {"format": 1, "nodes": {"ask": {"component": "prompt", "params": params}}}
    result = await run_flow(flow, model=model, components=[look])
    assert result.outputs == {"ask": "Done."}
    first, second = ([one for one in sent if one["role"] != "tool"] for sent in model.requests)
    assert first[1]["cut"]["characters"] < second[1]["cut"]["characters"]
    assert model.requests[1][-1]["content"] == "found " * 60
    assert first[3] == second[3] == {"role": "user", "content": "Ask."}
