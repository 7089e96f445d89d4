"""The secrets of `test_canaries.py` where a server holds them: no route that can be asked gives one out."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.counted import count
from tests.fakes.openai_server import FakeOpenAI
from tests.security.test_canaries import CASES, echoed, forgetful, leaky, traces
from tests.security.test_routes import ROUTES
from tests.server.live import Live, live_server

from weft.workspace import Workspace

__all__ = ["forgetful"]


@pytest.fixture
def live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful: None, fake_openai: FakeOpenAI
) -> Iterator[Live]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root, env = tmp_path / "ws", dict[str, str]()
    root.mkdir()
    leaky(root, env)
    (root / "flows" / "broken.json").write_text("{")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    fake_openai.default = echoed
    with live_server(Workspace.open(root), ui=True) as server:
        yield server


def test_no_route_gives_a_canary_out(live: Live, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run_id = live.call(_ran(live))
    asked = {"run_id": run_id, "slug": "leaky", "flow": "leaky", "name": "s", "node": "n0", "path": "n0"}
    places: dict[str, bytes] = {}
    for route, methods in ROUTES.items():
        if "GET" in methods:
            address = re.sub(r"\{(\w+)\}", lambda found: asked.get(found[1], "x"), route)
            places[route] = live.http.get(address, headers=live.bearer()).content
    for address in (
        "/flows/broken",
        "/nothing",
        "/api/flows/broken",
        "/api/runs/nothing",
        f"/api/runs?flow={asked['slug']}",
    ):
        places[address] = live.http.get(address, headers=live.bearer()).content
    assert b"hidden key" in places["/api/runs/{run_id}"]
    assert places["/api/runs/{run_id}/events"].count(b"hidden key") > len(CASES)
    places["logs at debug level"] = caplog.text.encode()
    places |= {str(path): path.read_bytes() for path in (tmp_path / "ws").rglob("*") if path.is_file()}
    found = [
        (CASES[number], place)
        for number in range(len(CASES))
        for trace in traces(number)
        for place, data in places.items()
        if trace.encode() in data
    ]
    count("canaries served", planted=len(CASES), places=len(places), found=len(found))
    assert sorted(set(found)) == []
    assert str(tmp_path).encode() not in places["/flows/broken"]


async def _ran(live: Live) -> str:
    assert live.state is not None
    runs, flow = live.state.runs, live.state.workspace.load("leaky")
    run_id = await runs.start(flow, {}, slug="leaky", model="openai:m")
    await asyncio.wait_for(runs.result(run_id), 25)
    return run_id
