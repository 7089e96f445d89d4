"""Weft from Python: load, run, start; what the words of a flow's inputs may clash with; what is raised."""

import json
from pathlib import Path
from typing import Any

import pytest

import weft
from weft.model import DocumentError, FlowHasProblems, NotFound, RunFailed
from weft.providers import ScriptedModel

GREET = {
    "format": 1,
    "inputs": {"who": {"default": "you"}, "model": {"default": "none"}},
    "outputs": {"greeting": "greet"},
    "nodes": {
        "greet": {
            "component": "text",
            "params": {"template": "{{who}} {{model}}"},
            "inputs": {"who": "inputs.who", "model": "inputs.model"},
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "greet.json").write_text(json.dumps(GREET))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def prompt(folder: Path, **node: object) -> None:
    document = {
        "format": 1,
        "outputs": {"a": "ask"},
        "nodes": {"ask": {"component": "prompt", "params": {"prompt": "Q"}, **node}},
    }
    (folder / "flows" / "asks.json").write_text(json.dumps(document))


async def test_a_flow_is_loaded_by_slug_or_path_and_run(folder: Path):
    for name in ("greet", "flows/greet.json", folder / "flows" / "greet.json"):
        result = await weft.run(weft.load(name), who="Ada")
        assert (result["greeting"], result.status) == ("Ada none", "succeeded")
    assert (await weft.run("greet"))["greeting"] == "you none"


async def test_inputs_that_are_called_like_an_option_go_into_inputs(folder: Path):
    result = await weft.run("greet", inputs={"model": "T"}, who="Ford", model="demo")
    assert result["greeting"] == "Ford T"


async def test_events_as_they_happen(folder: Path):
    async with weft.start("greet", who="Ada") as run:
        kinds = [event.kind async for event in run]
    assert kinds == ["run-started", "step-ready", "step-started", "step-finished", "run-finished"]
    assert [event.seq for event in run.events] == [1, 2, 3, 4, 5]
    assert (await run.finished())["greeting"] == "Ada none"


async def test_a_flow_built_in_python_runs_in_the_current_workspace(folder: Path):
    flow = weft.Flow.model_validate({"nodes": {"a": {"component": "text", "params": {"template": "Hi"}}}})
    assert (await weft.run(flow)).outputs == {"a": "Hi"}


async def test_a_live_model_answers_everywhere(folder: Path):
    prompt(folder)
    model = ScriptedModel(["Because."])
    assert (await weft.run("asks", model=model))["a"] == "Because."
    assert model.requests[0][-1] == {"role": "user", "content": "Q"}


async def test_a_run_that_failed_raises_with_its_result(folder: Path):
    prompt(folder)
    with pytest.raises(RunFailed) as failed:
        await weft.run("asks", model=ScriptedModel([]))
    assert failed.value.message.startswith("Step 'ask': The scripted model has 0 answers")
    assert failed.value.result.status == "failed"


async def test_a_flow_with_problems_raises_them_before_anything_runs(folder: Path):
    prompt(folder, component="promt")
    with pytest.raises(FlowHasProblems) as refused:
        await weft.run("asks")
    assert [problem.code for problem in refused.value.problems] == ["unknown-component"]


async def test_inputs_that_don_t_fit_are_said(folder: Path):
    with pytest.raises(weft.WeftError, match="There is no input 'whom'"):
        await weft.run("greet", whom="Ada")


def test_what_can_t_be_loaded(folder: Path):
    with pytest.raises(NotFound, match="There is no flow 'grete'"):
        weft.load("grete")
    (folder / "flows" / "bad.json").write_text("{")
    with pytest.raises(DocumentError, match=r"flows/bad.json:1:"):
        weft.load("bad")


async def test_leaving_early_cancels(folder: Path):
    async with weft.start("greet") as run:
        pass
    assert (await run.finished()).status in ("cancelled", "succeeded")


def test_the_public_names_are_few():
    assert len(weft.__all__) == 15
    for name in weft.__all__:
        assert getattr(weft, name) is not None
    with pytest.raises(AttributeError):
        _ = weft.nothing


async def test_a_program_uses_what_earlier_runs_gave_only_when_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flows").mkdir()
    monkeypatch.chdir(tmp_path)
    flow = weft.Flow.model_validate(
        {
            "name": "hello",
            "nodes": {
                "a": {"component": "text", "params": {"template": "hello"}},
                "b": {"component": "text", "params": {"template": "{{a}} you"}, "inputs": {"a": "a"}},
            },
        }
    )

    async def cached(**more: Any) -> list[str]:
        async with weft.start(flow, **more) as run:
            result = await run.finished()
        assert result.status == "succeeded"
        return [event.path for event in run.events if event.data.get("cached")]

    assert await cached() == []
    assert not (tmp_path / ".weft").exists()
    assert await cached(cache=True) == []
    assert await cached(cache=True) == ["a", "b"]
    assert await cached(cache=True, choice={"from": "b"}) == ["a"]
    assert await cached() == []
    result = await weft.run(flow, choice={"until": "a", "pins": {"a": "pinned"}})
    assert result.values == {"a": {"output": "pinned"}}
