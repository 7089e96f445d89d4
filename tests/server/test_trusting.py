"""A flow in a request, or one brought here, runs over HTTP once somebody has said so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.model import from_json
from weft.workspace import Workspace

FLOW: dict[str, Any] = {
    "format": 1,
    "name": "own",
    "nodes": {"a": {"component": "text", "params": {"template": "Hi"}}},
    "outputs": {"x": "a"},
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    workspace = Workspace(tmp_path, env={})
    for slug in ("own", "theirs"):
        workspace.save(slug, from_json(FLOW))
    workspace.trusted.mark("theirs", "an e-mail")
    with live_server(workspace) as served:
        yield served


def test_what_is_not_the_workspaces_own_takes_trust(live: Live) -> None:
    with httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer("read", "run")) as api:
        inline = {**FLOW, "nodes": {**FLOW["nodes"], "b": {"component": "http", "params": {"url": "https://x.example"}, "options": {"when": "false"}}}}  # fmt: skip
        assert api.post("/runs", json={"flow": "own"}).status_code == 201
        for flow in (inline, "theirs"):  # the name of one of our own doesn't make it ours
            refused = api.post("/runs", json={"flow": flow})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "untrusted")
            told = api.post("/runs/sheet", json={"flow": flow}).json()
            assert (told["trusted"], told["cost"]) == (False, "No model would be asked: it costs nothing.")
            assert [one["name"] for one in told["hosts"]] == (["x.example"] if flow is inline else [])
            assert told["from"] == ({} if flow is inline else {"theirs": "an e-mail"})
            assert api.post("/runs/plan", json={"flow": flow}).status_code == 200
            assert api.post("/runs", json={"flow": flow, "trust": True}).status_code == 201
            assert api.post("/runs", json={"flow": flow}).status_code == 201
            assert api.post("/runs/sheet", json={"flow": flow}).json()["trusted"] is True
        changed = {**inline, "description": "another"}
        assert api.post("/runs", json={"flow": changed}).status_code == 403
    with httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer("read")) as api:
        assert api.post("/runs", json={"flow": "own", "trust": True}).json()["error"]["code"] == "scope"
