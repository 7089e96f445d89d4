"""Tools of MCP servers, real ones and hostile ones, over both ways of reaching them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from weft import WeftError
from weft.engine import start
from weft.model import from_json
from weft.testing import ScriptedModel
from weft.workspace import Workspace
from weft.workspace.mcp import connection
from weft.workspace.mcp.status import ago

FAKES = Path(__file__).parents[1] / "fakes"


def workspace(root: Path, *tables: str, env: dict[str, str] | None = None) -> Workspace:
    (root / "weft.toml").write_text("\n".join(tables))
    return Workspace(root, env=env or {})


def local(name: str, script: str, *args: str, more: str = "") -> str:
    return f"[mcp.{name}]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([str(FAKES / script), *args])}\n{more}\n"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a real server is reached over streamable HTTP."""
    with Popen([sys.executable, str(FAKES / "mcp_server.py"), "http"], stdout=PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


@pytest.fixture(params=["stdio", "http"])
async def real(request: pytest.FixtureRequest, tmp_path: Path, address: str) -> AsyncIterator[Workspace]:
    more = 'env = ["SEEN"]'
    over = {
        "stdio": local("real", "mcp_server.py", "stdio", more=more),
        "http": f'[mcp.real]\nurl = "{address}"',
    }
    made = workspace(
        tmp_path, over[request.param], env={"SEEN": "yes", "HIDDEN": "yes", "OPENAI_API_KEY": "x"}
    )
    yield made
    await made.close()


async def failure(made: Workspace, tool: str, given: dict[str, Any] | None = None) -> WeftError:
    (server,) = made.settings.mcp
    with pytest.raises(WeftError) as raised:
        await made.mcp.call(server, tool, given or {})
    return raised.value


# --- a real server ---------------------------------------------------------------------------------------------------


async def test_tools_are_components_and_what_is_wrong_fails_the_step_alone(real: Workspace) -> None:
    assert not [one for one in real.catalog.components if one.origin == "mcp"]
    tools, wrong = await real.mcp.refresh("real")
    assert ("add" in [tool.name for tool in tools], wrong) == (True, [])
    real.reload()
    add, find = real.catalog.get("real__add"), real.catalog.get("real__find_city")
    assert add is not None
    assert find is not None
    assert (add.help, add.ui["category"], find.title) == ("Add two numbers.", "real", "Find a city")
    assert [(port.name, str(port.type), port.required) for port in add.inputs] == [
        ("a", "integer", True),
        ("b", "integer", False),
    ]
    assert [str(port.type) for port in find.inputs] == ["text", "json"]

    sum_up = {"component": "real__add", "params": {"a": 40, "b": 2}}
    assert (await ran(real, "sum", sum_up)) == 42
    model = ScriptedModel([{"tool_calls": [{"name": "real__add", "args": {"a": 1}}]}, "Two."])
    asking = {"component": "prompt", "params": {"prompt": "1 and 1?", "tools": ["real__add"]}}
    assert (await ran(real, "ask", asking, model)) == "Two."
    assert model.requests[-1][-1]["content"] == "2"

    for tool, given, said in (
        ("fail", {"why": "x"}, "fail"),
        ("nope", {}, "nope"),
        ("add", {"a": "x"}, "add"),
    ):
        error = await failure(real, tool, given)
        assert (error.code, said in error.message) == ("mcp-tool-failed", True)
    if real.settings.mcp["real"].command:  # its process has the variables that are named, and no others
        seen = await real.mcp.call("real", "environment", {})
        assert "SEEN" in seen
        assert not {"HIDDEN", "OPENAI_API_KEY"} & set(seen)
    assert (await failure(real, "long")).code in ("mcp-flood", "mcp-died", "mcp-refused")
    assert await real.mcp.call("real", "add", {"a": 2}) == 3


async def test_a_server_of_todays_protocol_tells_that_its_tools_are_others(real: Workspace) -> None:
    await real.mcp.refresh("real")
    assert real.mcp.status("real").state == "ready"
    assert await real.mcp.call("real", "grow", {}) == "grown"
    async with asyncio.timeout(20):
        while real.mcp.status("real").state != "changed":  # noqa: ASYNC110 - it comes beside the answers
            await asyncio.sleep(0.01)
    tools, _ = await real.mcp.refresh("real")
    assert "one_more" in [tool.name for tool in tools]


async def test_tools_of_two_servers_with_one_name_are_two_tools(tmp_path: Path) -> None:
    made = workspace(tmp_path, *(local(name, "mcp_server.py", "stdio") for name in ("one", "other")))
    for name in ("one", "other"):
        await made.mcp.refresh(name)
    made.reload()
    assert [str(error) for error in made.catalog.errors] == []
    calls: list[Any] = [{"name": f"{name}__process", "args": {}} for name in ("one", "other")]
    model = ScriptedModel([{"tool_calls": calls}, "Two."])
    tools = ["one__process", "other__process"]
    asking = {"component": "prompt", "params": {"prompt": "Which?", "tools": tools}}
    assert (await ran(made, "ask", asking, model)) == "Two."
    numbers = [said["content"] for said in model.requests[-1] if said["role"] == "tool"]
    assert numbers == [str(await made.mcp.call(name, "process", {})) for name in ("one", "other")]
    assert numbers[0] != numbers[1]
    await made.close()


async def ran(made: Workspace, name: str, node: dict[str, Any], model: Any = None) -> Any:
    flow = from_json({"format": 1, "nodes": {name: node}})
    async with start(flow, made.catalog, services=made.services(model)) as run:
        return (await run.finished()).outputs[name]


async def test_a_tool_that_takes_too_long_ends_no_other_call_and_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = workspace(tmp_path, local("real", "mcp_server.py", "stdio", more="timeout = 1"))
    first = await made.mcp.call("real", "process", {})
    late = asyncio.create_task(failure(made, "hang"))
    assert await made.mcp.call("real", "add", {"a": 2}) == 3
    assert (await late).code == "mcp-timeout"
    assert await made.mcp.call("real", "process", {}) == first
    monkeypatch.setattr(connection, "IDLE", 0.01)
    await made.mcp.close()
    second = await made.mcp.call("real", "process", {})  # nobody asks it any more
    while alive(second):  # noqa: ASYNC110 - no one tells when a process is gone
        await asyncio.sleep(0.01)
    assert await made.mcp.call("real", "process", {}) not in (first, second)
    await made.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_how_a_server_stands_is_told_in_words(tmp_path: Path) -> None:
    made = workspace(
        tmp_path, local("bad", "mcp_hostile.py", "changed"), '[mcp.gone]\ncommand = "no-such-program"'
    )
    assert [one.state for one in made.mcp.statuses()] == ["unasked", "unasked"]
    await made.mcp.refresh("bad")
    with pytest.raises(WeftError, match="can't be started"):
        await made.mcp.refresh("gone")
    await made.mcp.call("bad", "good", {})
    await made.mcp.check("bad")
    bad, gone = made.mcp.statuses()
    assert (bad.state, [tool.name for tool in bad.tools]) == ("changed", ["good"])
    assert bad.words == "1 tool, listed just now; it says that they are others by now."
    assert gone.words.startswith(
        "The MCP server 'gone' can't be started: there is no program 'no-such-program'."
    )
    made.mcp.path("bad").write_text("{")
    assert made.mcp.status("bad").state == "unreadable"
    await made.close()
    assert [ago(seconds) for seconds in (3, 61, 7_300, 200_000)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "2 days ago",
    ]


# --- hostile ones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("line", "mcp-flood", "a line of more than 10 MB"),
        ("chatter", "mcp-flood", "more than 5,000 lines"),
        ("lie", "mcp-bad-answer", "no MCP"),
        ("die", "mcp-died", "out of tea"),
        ("other", "mcp-timeout", "in 1 seconds"),
        ("mute", "mcp-timeout", "in 1 seconds"),
    ],
)
async def test_what_a_server_does_wrong_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, code: str, said: str
) -> None:
    if kind == "mute":
        monkeypatch.setattr(connection, "START", 1)
    monkeypatch.setattr(connection, "ALIVE", 0.1)
    made = workspace(
        tmp_path, local("bad", "mcp_hostile.py", kind, more=f"timeout = {1 if 'timeout' in code else 20}")
    )
    error = await failure(made, "good")
    assert (error.code, said in error.message) == (code, True), error
    assert error.retryable is False
    await made.close()


async def test_of_what_a_server_lists_only_what_can_be_used_is_taken(tmp_path: Path) -> None:
    made = workspace(tmp_path, local("bad", "mcp_hostile.py", "list"))
    tools, wrong = await made.mcp.refresh("bad")
    await made.close()
    assert [tool.name for tool in tools] == ["good", "circle", "regex", "class/../x y"]
    assert len(tools[0].description) == 20_000
    assert len(wrong) == 2
    found = {one.name: one for one in made.catalog.components if one.origin == "mcp"}
    assert list(found) == ["bad__circle", "bad__class_x_y", "bad__good", "bad__regex"]
    assert [port.name for port in found["bad__class_x_y"].inputs] == ["from", "x", "x_2"]
    assert "pattern" not in str(found["bad__regex"].ui)


async def test_a_list_without_end_ends(tmp_path: Path) -> None:
    made = workspace(tmp_path, local("bad", "mcp_hostile.py", "endless"))
    tools, _ = await made.mcp.refresh("bad")
    await made.close()
    assert len(tools) == 50


async def test_a_server_that_can_not_be_reached_is_said_so(tmp_path: Path) -> None:
    made = workspace(tmp_path, '[mcp.gone]\ncommand = "no-such-program"')
    assert (await failure(made, "x")).code == "mcp-not-started"
    await made.close()
    made = workspace(tmp_path, '[mcp.gone]\nurl = "http://127.0.0.1:9/mcp"')
    assert (await failure(made, "x")).code in ("mcp-not-started", "mcp-died")
    await made.close()


# --- settings and lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[mcp.x]", "either a command or a url"),
        ('[mcp.x]\nurl = "file:///etc"', "mcp.x.url"),
        ('[mcp.X]\ncommand = "x"', "small letters"),
        ('[mcp.x]\ncommand = "x"\nport = 3', "unknown setting 'mcp.x.port'"),
    ],
)
def test_an_entry_that_can_not_be_is_refused(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(WeftError, match=r"weft\.toml") as refused:
        _ = workspace(tmp_path, table).settings
    assert said in str(refused.value)


def test_a_kept_list_that_can_not_be_read_is_an_error_of_the_catalog(tmp_path: Path) -> None:
    made = workspace(tmp_path, local("real", "mcp_server.py", "stdio"))
    path = made.mcp.path("real")
    path.parent.mkdir(parents=True)
    for rubbish in ("{", "[]", '{"tools": 3}', '{"tools": [{"name": ""}]}'):
        path.write_text(rubbish)
        made.reload()
        assert "weft mcp refresh real" in made.catalog.errors[-1].message


async def test_a_token_goes_to_its_own_address_only(tmp_path: Path) -> None:
    made = workspace(
        tmp_path, '[mcp.far]\nurl = "http://127.0.0.1:9/mcp"\ntoken = "T"', env={"WEFT_SECRET_T": "x"}
    )
    made.secrets.set("T", "value", ("https://elsewhere.example",), file=True)
    error = await failure(made, "x")
    assert error.code != "mcp-tool-failed"
    await made.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
