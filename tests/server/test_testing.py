"""A flow's cases over HTTP, as a build server runs them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.live import Live, live_server

from weft.workspace import Workspace


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "flows").mkdir()
    node = {"component": "text", "params": {"template": "A {{it}}"}, "inputs": {"it": "inputs.topic"}}
    flow = {"format": 1, "inputs": {"topic": {}}, "outputs": {"out": "a"}, "nodes": {"a": node}}
    (tmp_path / "flows" / "f.json").write_text(json.dumps(flow))
    with live_server(Workspace(tmp_path, env={})) as server:
        yield server


def made(live: Live, **more: Any) -> Any:
    run = live.http.post(
        "/api/runs", json={"flow": "f", "inputs": {"topic": "tea"}}, headers=live.bearer("run")
    )
    live.http.get(run.json()["events"], headers=live.bearer("read"))  # to its end
    body = {"run": run.json()["id"], **more}
    return live.http.post("/api/flows/f/tests/cases", json=body, headers=live.bearer("edit"))


def test_a_case_is_made_of_a_run_looked_at_and_run(live: Live, tmp_path: Path) -> None:
    assert made(live, name="tea").json() == {
        "flow": "f",
        "case": "tea",
        "file": "f.test.json",
        "cassette": "f.cassette.json",
    }
    found = live.http.get("/api/flows/f/tests", headers=live.bearer("read")).json()
    case = {"inputs": {"topic": "tea"}, "expect": [{"output": "out", "equals": "A tea"}]}
    assert found == {"flow": "f", "recorded": True, "cases": {"tea": case}}

    run = live.http.post("/api/flows/f/tests", json={}, headers=live.bearer("run")).json()
    assert (run["passed"], [one["case"] for one in run["cases"]]) == (True, ["tea"])

    file = tmp_path / "flows" / "f.test.json"
    file.write_text(file.read_text().replace('"A tea"', '"A cup"'))
    run = live.http.post("/api/flows/f/tests", json={"cases": ["tea"]}, headers=live.bearer("run")).json()
    assert run["passed"] is False
    assert run["cases"][0]["complaints"] == ['output \'out\' is "A tea", and should be "A cup"']


def test_what_cannot_be_run_or_made_is_said(live: Live) -> None:
    assert made(live, name="tea").status_code == 200
    assert made(live, name="tea").json()["error"]["code"] == "case-exists"
    assert made(live, name="a\nb").status_code == 422
    run, edit = live.bearer("run"), live.bearer("edit")
    assert live.http.post("/api/flows/f/tests", json={"cases": ["no"]}, headers=run).status_code == 404
    assert live.http.post("/api/flows/f/tests/cases", json={"run": "no"}, headers=edit).status_code == 404
    assert live.http.post("/api/flows/f/tests", json={}, headers=live.bearer("read")).status_code == 403
    assert live.http.get("/api/flows/none/tests", headers=live.bearer("read")).status_code == 404
