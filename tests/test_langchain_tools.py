"""LangChain's tools as components, and the calls of a model on a cassette."""

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.tools import tool

from weft import WeftError, from_langchain
from weft.catalog import Component, load_file
from weft.engine import start
from weft.model import from_json
from weft.testing import ScriptedModel, run_flow
from weft.workspace import Workspace
from weft.workspace.taping import Recording, Replay


@tool
def exchange(
    amount: float, to: Literal["EUR", "USD"] = "EUR", tags: list[str] | None = None
) -> dict[str, Any]:
    """Change money.

    At the rate of the day."""
    return {"amount": amount * 2, "in": to}


@tool
async def failing(why: str) -> str:
    """Fail."""
    raise LookupError(why)


def test_its_arguments_are_ports() -> None:
    made = from_langchain(exchange)
    assert (made.name, made.help, made.title) == ("exchange", "Change money.", "Exchange")
    found = [(port.name, str(port.type), port.required, port.default) for port in made.inputs]
    assert found == [
        ("amount", "number", True, None),
        ("to", "text", False, "EUR"),
        ("tags", "list[text]", False, None),
    ]
    assert made.inputs[1].choices == ("EUR", "USD")


async def test_it_runs_as_a_node_and_as_a_tool() -> None:
    flow = {"format": 1, "nodes": {"pay": {"component": "money", "params": {"amount": 2, "to": "USD"}}}}
    result = await run_flow(flow, components=[from_langchain(exchange, name="money")])
    assert result.outputs == {"pay": {"amount": 4.0, "in": "USD"}}
    model = ScriptedModel([{"tool_calls": [{"name": "failing", "args": {"why": "no tea"}}]}, "Sorry."])
    asking = {"component": "prompt", "params": {"prompt": "Tea?", "tools": ["failing"]}}
    result = await run_flow(
        {"format": 1, "nodes": {"ask": asking}}, model=model, components=[from_langchain(failing)]
    )
    assert result.outputs == {"ask": "Sorry."}
    assert "LookupError: no tea" in model.requests[-1][-1]["content"]


def test_one_of_a_file_is_in_the_catalog(tmp_path: Path) -> None:
    path = tmp_path / "clock.py"
    path.write_text(
        "from langchain_core.tools import tool\nfrom weft import from_langchain\n\n\n"
        '@tool\ndef clock(zone: str) -> str:\n    """Say the time."""\n    return zone\n\n\n'
        "now = from_langchain(clock)\n"
    )
    components, errors = load_file(path, "workspace")
    assert (errors, [one.name for one in components]) == ([], ["clock"])
    with pytest.raises(WeftError, match="can't be called"):
        from_langchain(exchange, name="Ex change")


async def test_a_cassette_gives_calls_and_their_results_again(tmp_path: Path) -> None:
    made: list[float] = []

    def counted() -> Component:
        @tool
        def change(amount: float) -> str:
            """Change money."""
            made.append(amount)
            return f"{amount * 2} coins"

        return from_langchain(change)

    params = {"prompt": "How much?", "tools": ["change"]}
    flow = from_json({"format": 1, "nodes": {"ask": {"component": "prompt", "params": params}}})
    call = {
        "tool_calls": [{"name": "change", "args": {"amount": 3}}, {"name": "change", "args": {"amount": "x"}}]
    }

    async def ran(tape: Any, model: Any) -> tuple[Any, list[Any]]:
        home = Workspace(tmp_path, env={})
        home.tape = tape
        catalog = tape.catalog(home.catalog.add(counted()), tmp_path / "files")
        async with start(flow, catalog, services=home.services(model)) as run:
            result = await asyncio.wait_for(run.finished(), 30)
        await home.close()
        assert result.error is None, result.error
        return result.outputs, run.events

    recording = Recording()
    outputs, events = await ran(recording, ScriptedModel([call, "Six coins."]))
    cassette = recording.cassette(events)
    assert [[one["name"] for one in entry.tool_calls] for entry in cassette.calls] == [
        ["change", "change"],
        [],
    ]
    replay = Replay(cassette, "the cassette")
    assert (await ran(replay, None))[0] == outputs == {"ask": "Six coins."}
    assert (made, replay.unused) == ([3.0], 0)


async def test_code_with_tools_runs_again_and_what_they_gave_is_on_the_cassette(tmp_path: Path) -> None:
    made: list[str] = []

    def counted() -> Component:
        @tool
        def shout(word: str) -> str:
            """Say it louder."""
            made.append(word)
            return word.upper()

        return from_langchain(shout)

    params = {"code": "(await shout('hey')) + '!'", "tools": ["shout"]}
    flow = from_json({"format": 1, "nodes": {"it": {"component": "python", "params": params}}})

    async def ran(tape: Any) -> tuple[Any, list[Any]]:
        (tmp_path / "weft.toml").write_text("[python]\nenabled = true\n")
        home = Workspace(tmp_path, env={})
        home.tape = tape
        catalog = tape.catalog(home.catalog.add(counted()), tmp_path / "files")
        async with start(flow, catalog, services=home.services(None)) as run:
            result = await asyncio.wait_for(run.finished(), 30)
        await home.close()
        assert result.error is None, result.error
        return result.outputs, run.events

    recording = Recording()
    outputs, events = await ran(recording)
    assert (outputs, made) == ({"it": "HEY!"}, ["hey"])
    replay = Replay(recording.cassette(events), "the cassette")
    assert (await ran(replay))[0] == outputs
    assert (made, replay.unused) == (["hey"], 0)
