"""Weft from Python: runs that ask, and runs of a session."""

import json
from pathlib import Path
from typing import Any

import pytest

import weft
from weft.model import Conflict, ReadOnly, RunFailed, WeftError
from weft.testing import ScriptedModel, run_flow
from weft.workspace import Workspace

COUNT = '''
from weft import Context, component


@component
async def count(ctx: Context, fails: bool = False) -> int:
    """Count the runs."""
    ctx.state.set("total", ctx.state.get("total", 0) + 1)
    if fails:
        raise ValueError("no")
    return ctx.state.get("total")
'''
ASKS = {"a": {"component": "ask", "params": {"question": "Well?", "value": "x"}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("flows", "components"):
        (tmp_path / name).mkdir()
    (tmp_path / "components" / "count.py").write_text(COUNT)
    write(tmp_path, "agent", {"n": {"component": "count"}})
    write(tmp_path, "asks", ASKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def write(folder: Path, slug: str, nodes: dict[str, Any], **top: Any) -> None:
    (folder / "flows" / f"{slug}.json").write_text(json.dumps({"format": 1, "nodes": nodes, **top}))


async def test_a_session_goes_on_from_run_to_run(folder: Path) -> None:
    assert [(await weft.run("agent", session="main"))["n"] for _ in range(3)] == [1, 2, 3]
    assert (await weft.run(weft.load("flows/agent.json"), session="main"))["n"] == 4
    assert (await weft.run("agent"))["n"] == 1
    result = await weft.run("agent", session="main", workspace=folder)
    assert result.state == {"total": 5}
    workspace = Workspace.open(folder)
    found = await workspace.runs().session("agent", "main")
    assert (found.runs, found.run, found.state) == (5, result.run_id, {"total": 5})
    assert (await weft.run("agent", session="main", workspace=workspace))["n"] == 6
    await workspace.close()


async def test_a_session_with_a_model_of_ones_own(folder: Path) -> None:
    write(folder, "talk", {"t": {"component": "prompt", "params": {"prompt": "Q"}}})
    model = ScriptedModel(["One.", "Two."])
    said = [(await weft.run("talk", session="main", model=model))["t"] for _ in range(2)]
    assert said == ["One.", "Two."]


async def test_a_failed_run_of_a_session_raises_and_leaves_what_was_done(folder: Path) -> None:
    nodes = {
        "n": {"component": "count"},
        "m": {"component": "count", "params": {"fails": True}, "after": ["n"]},
    }
    write(folder, "fails", nodes)
    for _ in range(2):
        with pytest.raises(RunFailed, match="ValueError: no"):
            await weft.run("fails", session="main")
    workspace = Workspace.open(folder)
    assert (await workspace.runs().session("fails", "main")).state == {"total": 2}
    await workspace.close()


async def test_what_no_session_can_be(folder: Path) -> None:
    with pytest.raises(WeftError, match="can't be called"):
        await weft.run("agent", session="a/b")
    looking = Workspace.open(folder)
    looking.read_only = True
    with pytest.raises(ReadOnly, match="No session can be kept here"):
        await weft.run("agent", session="main", workspace=looking)


async def test_answers_beforehand(folder: Path) -> None:
    assert (await weft.run("asks", answers={"a": [True]}))["a"] == "x"
    result = await weft.run("asks", answers={"a": [False]}, session="main")
    assert (result.outputs, result.values["a"]) == ({}, {"declined": "x", "remark": ""})
    with pytest.raises(RunFailed, match="can't be taken"):
        await weft.run("asks", answers={"a": ["hm"]})


async def test_a_program_answers_while_it_runs(folder: Path) -> None:
    async with weft.start("asks") as run:
        async for event in run:
            if event.kind == "step-paused":
                assert run.questions["a"]["text"] == "Well?"
                with pytest.raises(WeftError, match="must be true or false"):
                    run.answer("a", "perhaps")
                run.answer("a", True, by="program")
                with pytest.raises(Conflict):
                    run.answer("a", True)
        result = await run.finished()
    assert result["a"] == "x"


async def test_a_test_of_a_flow_gives_answers_and_previous_values() -> None:
    result = await run_flow({"format": 1, "nodes": ASKS}, answers={"a": [True]})
    assert result["a"] == "x"
    nodes = {
        "a": {
            "component": "text",
            "params": {"template": "new"},
            "options": {"when": "1 > 2", "otherwise": "previous"},
        }
    }
    again = await run_flow({"format": 1, "nodes": nodes}, previous={"a": {"output": "old"}})
    assert again["a"] == "old"
