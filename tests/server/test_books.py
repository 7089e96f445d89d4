"""Listing, going on with and letting go of runs over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.server.auth import Scope
from weft.workspace import Workspace

GREET: dict[str, Any] = {
    "format": 1,
    "nodes": {"a": {"component": "text", "params": {"template": "Hi"}}},
    "outputs": {"x": "a"},
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "flows").mkdir()
    for slug in ("greet", "other"):
        (tmp_path / "flows" / f"{slug}.json").write_text(json.dumps(GREET))
    with live_server(Workspace(tmp_path, env={})) as served:
        yield served


def client(live: Live, *scopes: Scope) -> httpx.Client:
    return httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(*scopes), timeout=30)


def ran(api: httpx.Client, flow: str = "greet", **more: Any) -> str:
    run = api.post("/runs", json={"flow": flow, **more}).json()["id"]
    with api.stream("GET", f"/runs/{run}/events") as stream:
        for _ in stream.iter_lines():
            pass
    return run


def test_runs_are_found_and_paged(live: Live) -> None:
    with client(live) as api:
        runs = [ran(api), ran(api, "other"), ran(api, session="ann")]

        def ids(**wanted: Any) -> list[str]:
            return [one["id"] for one in api.get("/runs", params=wanted).json()]

        assert ids() == runs[::-1]
        assert ids(status=["failed", "succeeded"], since="1h") == runs[::-1]
        assert ids(until="1h") == []
        assert ids(session="ann") == runs[2:]
        assert ids(limit=1, before=runs[2], flow="greet") == runs[:1]
        assert api.get("/runs", params={"status": "sleepy"}).status_code == 422
        refused = api.get("/runs", params={"since": "yesterday"})
        assert refused.status_code in (400, 422)
        assert "'yesterday' is no time" in refused.json()["error"]["message"]


def test_old_runs_are_let_go_by_who_may_administer(live: Live) -> None:
    with client(live) as api:
        runs = [ran(api) for _ in range(3)]
        listed = api.post("/runs/prune", json={"keep": 1, "dry_run": True}).json()
        assert [one["id"] for one in listed["runs"]] == runs[:2]
        freed = api.post("/runs/prune", json={"keep": 1}).json()
        assert (freed["runs"], freed["values"]) == (2, 0)
        assert [one["id"] for one in api.get("/runs").json()] == runs[2:]
        assert api.get(f"/runs/{runs[0]}").status_code == 404
        assert api.post("/runs/prune", json={}).json()["runs"] == 0
        for wrong in ({"keep": 0}, {"days": -1}, {"olds": 1}):
            assert api.post("/runs/prune", json=wrong).status_code == 422
    with client(live, "read", "run", "edit", "approve") as api:
        assert api.post("/runs/prune", json={"keep": 1}).status_code == 403


def test_what_is_over_is_not_resumed_and_what_is_not_there_neither(live: Live) -> None:
    with client(live, "read", "run") as api:
        run = ran(api)
        refused = api.post(f"/runs/{run}/resume")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "run-over")
        assert api.post("/runs/nope/resume").status_code == 404
    with client(live, "read") as api:
        assert api.post(f"/runs/{run}/resume").status_code == 403


def test_one_that_was_cancelled_goes_on_as_another(live: Live, tmp_path: Path) -> None:
    (tmp_path / "flows" / "asks.json").write_text(
        json.dumps({"format": 1, "nodes": {"a": {"component": "ask", "params": {"question": "Well?"}}}})
    )
    with client(live) as api:
        run = api.post("/runs", json={"flow": "asks"}).json()["id"]
        assert api.post(f"/runs/{run}/cancel").json()["status"] == "cancelled"
        resumed = api.post(f"/runs/{run}/resume")
        assert resumed.status_code == 200
        other = resumed.json()["id"]
        assert resumed.json()["events"] == f"/api/runs/{other}/events"
        assert other != run
        assert api.post(f"/runs/{other}/cancel").json()["status"] == "cancelled"


def test_the_description_of_the_api_has_them(live: Live) -> None:
    with client(live, "read") as api:
        paths = api.get("/openapi.json").json()["paths"]
    assert {"/api/runs/prune", "/api/runs/{run_id}/resume", "/api/runs/{run_id}/cancel"} <= set(paths)
    asked = {one["name"] for one in paths["/api/runs"]["get"]["parameters"]}
    assert asked == {"flow", "status", "since", "until", "session", "limit", "before"}
