"""`POST /api/import`: a flow out of another program's graph, and nothing written."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.server.live import live_server

from weft.workspace import Workspace

GRAPH = {"nodes": {"My plan": "Plan $db.goal$.", "essay": "Write."}, "edges": {"essay": ["My plan"]}}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "flows").mkdir()
    with (
        live_server(Workspace.open(tmp_path)) as live,
        httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as client,
    ):
        yield client


def test_a_graph_becomes_a_flow_that_can_be_put_and_nothing_is_written(
    api: httpx.Client, tmp_path: Path
) -> None:
    made = api.post("/import", params={"name": "Essay"}, content=json.dumps(GRAPH)).json()
    assert (made["read"], made["flow"]["name"]) == ("2 prompts, 1 edge, 1 output", "Essay")
    assert [(one["kind"], one["node"]) for one in made["remarks"]] == [
        ("changed", "my_plan"),
        ("needs", None),
    ]
    assert list((tmp_path / "flows").iterdir()) == []
    assert api.put("/flows/essay", content=json.dumps(made["flow"])).status_code == 200
    assert api.post("/flows/essay/check").json() == {"problems": []}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("{", "not-json", "Line 1, column 1: the text ends before the document does."),
        ("[]", "unknown-format", "This is no graph that Weft can import."),
        (
            '{"nodes": {"a": 1}, "edges": {}}',
            "bad-value",
            "Line 1, column 17: The prompt of 'a' must be text.",
        ),
    ],
)
def test_what_is_no_graph_is_refused_in_a_sentence(
    api: httpx.Client, body: str, code: str, message: str
) -> None:
    refused = api.post("/import", content=body)
    assert refused.status_code == 422
    assert (refused.json()["error"]["code"], refused.json()["error"]["message"]) == (code, message)
