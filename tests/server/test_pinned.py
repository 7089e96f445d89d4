"""The revision that a run pins, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.live import Live, live_server

from weft.workspace import Workspace


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "flows").mkdir()
    node = {"component": "text", "params": {"template": "A {{it}}"}, "inputs": {"it": "inputs.topic"}}
    flow = {"format": 1, "inputs": {"topic": {"default": "tea"}}, "nodes": {"a": node}}
    (tmp_path / "flows" / "f.json").write_text(json.dumps(flow))
    with live_server(Workspace(tmp_path, env={})) as server:
        yield server


def test_a_run_shows_the_flow_as_it_was(live: Live) -> None:
    reads, runs = live.bearer("read"), live.bearer("run")
    begun = live.http.post("/api/runs", json={"flow": "f"}, headers=runs)
    run_id = begun.json()["id"]
    found = live.http.get(f"/api/runs/{run_id}/document", headers=reads)
    assert found.status_code == 200
    body = found.json()
    assert body["run"] == run_id
    assert body["flow"]["nodes"]["a"]["params"] == {"template": "A {{it}}"}
    assert [port["name"] for port in body["ports"]["a"]["inputs"]] == ["template", "it"]
    assert live.http.get("/api/runs/nope/document", headers=reads).status_code == 404
    assert live.http.get(f"/api/runs/{run_id}/document").status_code == 401
