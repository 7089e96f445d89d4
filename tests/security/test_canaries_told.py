"""The secrets of `test_canaries`, let out while everything is told to two tracers: none is found in what these are sent,
nor in the arguments of a process that is started with one."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.counted import count
from tests.fakes.openai_server import FakeOpenAI
from tests.security.test_canaries import CASES, echoed, forgetful, leaky, traces
from tests.workspace.test_langsmith import LangSmith, langsmith
from tests.workspace.test_tracing import Collector, collector

from weft.workspace import Workspace

__all__ = ["collector", "forgetful", "langsmith"]
SERVER = Path(__file__).parents[1] / "fakes" / "mcp_server.py"
_started: list[str] | None = None


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _started is not None and event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
        _started.append(repr(args[:2]))


async def test_no_canary_is_told_to_a_tracer_or_stands_in_the_arguments_of_a_process(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forgetful: None,
    fake_openai: FakeOpenAI,
    collector: Collector,
    langsmith: LangSmith,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    root = tmp_path / "ws"
    root.mkdir()
    env: dict[str, str] = {}
    leaky(root, env)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    fake_openai.default = echoed
    about = {"command": sys.executable, "args": [str(SERVER), "stdio"], "env": ["C0", "C1"]}
    told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in about.items())
    (root / "weft.toml").write_text(f"[tracing]\nenabled = true\npayloads = true\n[mcp.real]\n{told}")
    sys.addaudithook(_hear)
    globals()["_started"] = started = list[str]()
    workspace = Workspace.open(root)
    try:
        await workspace.mcp.refresh("real")
        assert {"C0", "C1"} <= set(await workspace.mcp.call("real", "environment", {}))
        runs = workspace.runs()
        await runs.result(await runs.start(workspace.load("leaky"), slug="leaky", model="openai:m"))
    finally:
        await workspace.close()
        globals()["_started"] = None
    places = {"spans": b"".join(collector.bodies), "calls": langsmith.told.encode(), "arguments": "".join(started).encode()}  # fmt: skip
    assert [name for name, data in places.items() if not data] == []
    assert b"Repeat: " in places["spans"]
    assert b"Repeat: " in places["calls"]
    assert str(SERVER).encode() in places["arguments"]
    found = [
        (CASES[number], name)
        for number in range(len(CASES))
        for trace in traces(number)
        for name, data in places.items()
        if trace.encode() in data
    ]
    count("canaries told", planted=len(CASES), places=len(places), found=len(found))
    assert found == []
