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


def test_recording_that_costs_something_is_agreed_to_first(live: Live, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('["openai:gpt-x"]\ninput = 100.0\noutput = 100.0\n')
    node = {"component": "prompt", "params": {"prompt": "Hi", "model": "openai:gpt-x"}}
    flow = {"format": 1, "outputs": {"out": "a"}, "nodes": {"a": node}}
    (tmp_path / "flows" / "dear.json").write_text(json.dumps(flow))
    (tmp_path / "flows" / "dear.test.json").write_text('{"test": 1, "cases": {"one": {}}}')
    run = live.bearer("run")

    def record(**more: float) -> Any:
        return live.http.post("/api/flows/dear/tests", json={"record": True, **more}, headers=run)

    refused = record()
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "cost-not-agreed")
    assert refused.json()["error"]["message"].startswith("Recording would cost about $0.0")
    assert record(agreed_cost=0.0001).status_code == 409
    assert record(agreed_cost=1.0).json()["cases"][0]["passed"] is False  # there is no key
    missing = live.http.post("/api/flows/dear/tests", json={}, headers=run).json()["cases"][0]["complaints"]
    assert "flows/dear.cassette.json has no such request" in missing[0]
    assert missing[0].endswith("Record it again: weft test dear --record")
