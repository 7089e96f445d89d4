"""Plans, reruns, pins and the cache over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import live_server

from weft.workspace import Workspace

ASK: dict[str, Any] = {
    "format": 1,
    "nodes": {
        "a": {"component": "prompt", "params": {"prompt": "one"}},
        "b": {"component": "prompt", "params": {"prompt": "two {{x}}"}, "inputs": {"x": "a"}},
    },
}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "ask.json").write_text(json.dumps(ASK))
    workspace = Workspace(tmp_path, env={})
    with (
        live_server(workspace) as live,
        httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as client,
    ):
        yield client


def ran(api: httpx.Client, started: httpx.Response) -> dict[str, Any]:
    assert started.status_code == 201, started.text
    run = started.json()["id"]
    with api.stream("GET", f"/runs/{run}/events") as stream:
        for _ in stream.iter_lines():
            pass
    return api.get(f"/runs/{run}").json()


def test_a_plan_says_what_would_run_and_then_what_is_cached(api: httpx.Client) -> None:
    planned = api.post("/runs/plan", json={"flow": "ask"}).json()
    assert planned["summary"] == "1 new, 1 depending on those"
    assert [step["status"] for step in planned["steps"]] == ["run", "depends"]
    assert api.get("/runs").json() == []
    ran(api, api.post("/runs", json={"flow": "ask"}))
    assert api.post("/runs/plan", json={"flow": "ask"}).json()["summary"] == "2 cached"
    assert api.get("/cache").json()["entries"] == 2
    assert api.delete("/cache").json()["entries"] == 2
    assert api.post("/runs/plan", json={"flow": "ask"}).json()["summary"].startswith("1 new")


def test_a_choice_and_a_rerun(api: httpx.Client) -> None:
    first = ran(api, api.post("/runs", json={"flow": "ask", "choice": {"until": "a"}}))
    assert first["steps"]["b"]["because"]["reason"] == "not-chosen"
    whole = ran(api, api.post("/runs", json={"flow": "ask"}))
    assert (whole["steps"]["a"]["cached"], whole["steps"]["a"]["origin"]) == (True, first["id"])
    again = ran(api, api.post(f"/runs/{whole['id']}/rerun", json={"edits": {"a": "mine"}}))
    assert (again["steps"]["a"]["put"], again["steps"]["b"]["cached"]) == ("edited", False)
    assert again["steps"]["b"]["calls"][0]["messages"][-1]["content"] == "two mine"


def test_a_pin_is_kept_used_and_taken_off(api: httpx.Client) -> None:
    assert api.get("/flows/ask/pins").json() == {}
    assert api.put("/flows/ask/pins/a", json={"value": "pinned"}).json() == {"a": "pinned"}
    found = ran(api, api.post("/runs", json={"flow": "ask"}))
    assert (found["steps"]["a"]["put"], found["steps"]["a"]["value"]["text"]) == ("pinned", "pinned")
    assert api.delete("/flows/ask/pins/a").status_code == 204
    assert api.delete("/flows/ask/pins/a").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/runs", {"flow": "ask", "choice": {"from": "c"}}, 422, "unknown-node"),
        ("POST", "/runs", {"flow": "ask", "choice": {"form": "a"}}, 422, "bad-choice"),
        ("POST", "/runs", {"flow": "ask", "choice": {"only": "b"}}, 409, "not-available"),
        ("POST", "/runs/plan", {"flow": "ask", "choice": {"from": [1]}}, 422, "bad-choice"),
        ("POST", "/runs/nothing/rerun", {}, 404, "no-run"),
        ("PUT", "/flows/ask/pins/c", {"value": 1}, 422, "unknown-node"),
        ("PUT", "/flows/nobody/pins/c", {"value": 1}, 404, "no-flow"),
        ("GET", "/flows/..%2fx/pins", None, 404, None),
    ],
)
def test_rubbish_is_refused(
    api: httpx.Client, method: str, path: str, body: Any, status: int, code: str | None
) -> None:
    said = api.request(method, path, json=body)
    assert said.status_code == status, said.text
    if code is not None:
        assert said.json()["error"]["code"] == code
    assert api.get("/runs").json() == []
