"""The HTTP API end to end: flows read, edited, saved and run, and the answers to what can't be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.workspace import Workspace

GREET = {
    "format": 1,
    "name": "Greet",
    "inputs": {"who": {"type": "text", "default": "world"}},
    "outputs": {"greeting": "a"},
    "nodes": {
        "a": {"component": "text", "params": {"template": "Hello {{who}}"}, "inputs": {"who": "inputs.who"}}
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "greet.json").write_text(json.dumps(GREET))
    (tmp_path / "flows" / "broken.json").write_text('{"format": 1,')
    return tmp_path


@pytest.fixture
def live(root: Path) -> Iterator[Live]:
    with live_server(Workspace.open(root)) as live:
        yield live


@pytest.fixture
def api(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as client:
        yield client


def error(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["error"]
    assert body["error"]["message"]
    return body["error"]


def finished(api: httpx.Client, run: str) -> list[dict[str, Any]]:
    """The run's events, to its end."""
    with api.stream("GET", f"/runs/{run}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


# Flows


def test_flows_are_listed_with_what_is_wrong_with_a_file(api: httpx.Client) -> None:
    listed = {flow["slug"]: flow for flow in api.get("/flows").json()}
    assert (listed["greet"]["name"], listed["greet"]["origin"], listed["greet"]["error"]) == (
        "Greet",
        "workspace",
        "",
    )
    assert "broken.json" in listed["broken"]["error"]
    assert any(flow["origin"] == "stock" for flow in listed.values())


def test_a_flow_is_read_and_replaced_by_whoever_saw_it_last(api: httpx.Client, root: Path) -> None:
    read = api.get("/flows/greet")
    assert read.json()["name"] == "Greet"
    tag = {"If-Match": read.headers["etag"]}
    new = read.text.replace("Hello", "Goodbye")
    replaced = api.put("/flows/greet", content=new, headers=tag)
    assert replaced.status_code == 200
    assert "Goodbye" in (root / "flows" / "greet.json").read_text()
    assert error(api.put("/flows/greet", content=read.text, headers=tag), 409)["code"] == "conflict"
    assert (
        api.put("/flows/greet", content=read.text, headers={"If-Match": replaced.headers["etag"]}).status_code
        == 200
    )


def test_a_new_flow_needs_no_tag_and_an_old_one_does(api: httpx.Client, root: Path) -> None:
    assert api.put("/flows/other", json=GREET).status_code == 200
    assert (root / "flows" / "other.json").is_file()
    assert error(api.put("/flows/other", json=GREET), 428)


def test_a_stock_flow_is_replaced_by_one_of_the_workspaces_own(api: httpx.Client, root: Path) -> None:
    stock = api.get("/flows/essay")
    assert (
        api.put("/flows/essay", content=stock.text, headers={"If-Match": stock.headers["etag"]}).status_code
        == 200
    )
    assert (root / "flows" / "essay.json").is_file()


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "not-json"), (b"[]", "not-a-flow"), (b'{"format": 1, "name": "\xff"}', "not-text"), (b'{"a":1,"a":2}', "duplicate-key"),
     (b'{"format": 99}', "newer-format"), (b"[" * 5000, "too-deep")],
)  # fmt: skip
def test_what_is_no_flow_is_refused_with_the_place(
    api: httpx.Client, root: Path, body: bytes, code: str
) -> None:
    before = (root / "flows" / "greet.json").read_bytes()
    tag = {"If-Match": api.get("/flows/greet").headers["etag"]}
    refused = error(api.put("/flows/greet", content=body, headers=tag), 422)
    assert refused["code"] == code
    assert (root / "flows" / "greet.json").read_bytes() == before


@pytest.mark.parametrize(
    "slug",
    ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "greet.json", "a%00b", "GREET", "-", "a" * 64, "a%5cb", "%F0%9F%A6%8A",
     ".greet", "greet%0a", "flows%2fgreet", "con:"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("PUT", ""), ("GET", "/document"), ("POST", "/save"), ("POST", "/check")],
)
def test_a_slug_is_never_a_path(api: httpx.Client, root: Path, slug: str, method: str, rest: str) -> None:
    before = files(root)
    body = json.dumps(GREET).encode() if method == "PUT" else b""
    response = api.request(method, f"/flows/{slug}{rest}", content=body)
    assert response.status_code in (400, 404, 405), response.text
    assert "root:" not in response.text
    assert files(root) == before


def files(root: Path) -> list[Path]:
    """All but the server's own."""
    return sorted(path for path in root.rglob("*") if ".weft" not in path.parts)


def test_an_unknown_flow_offers_the_nearest(api: httpx.Client) -> None:
    refused = error(api.get("/flows/great"), 404)
    assert "greet" in refused["hint"]


def test_a_flow_is_checked_without_being_saved(api: httpx.Client, root: Path) -> None:
    assert api.post("/flows/greet/check").json() == {"problems": []}
    wrong = json.loads(json.dumps(GREET))
    wrong["nodes"]["a"]["component"] = "txt"
    (problem, *_) = api.post("/flows/greet/check", json=wrong).json()["problems"]
    assert (problem["code"], problem["node"], problem["severity"]) == ("unknown-component", "a", "error")
    assert "txt" not in (root / "flows" / "greet.json").read_text()
    assert error(api.post("/flows/broken/check"), 422)


def test_components_are_listed_with_their_ports(api: httpx.Client) -> None:
    listed = api.get("/components").json()
    ports = {port["name"]: port for port in listed["components"]["prompt"]["ports"]["inputs"]}
    assert ports["prompt"]["type"] == "template"
    assert listed["errors"] == []


# The open document


def test_the_snapshot_has_all_a_canvas_needs(api: httpx.Client) -> None:
    shot = api.get("/flows/greet/document").json()
    assert (shot["rev"], shot["slug"], shot["saved"], shot["problems"]) == (0, "greet", True, [])
    assert shot["flow"]["nodes"] == GREET["nodes"]
    assert [port["name"] for port in shot["ports"]["a"]["inputs"]] == ["template", "who"]
    assert ["number", "text", "to_text"] in shot["fits"]
    assert not [pair for pair in shot["fits"] if pair[:2] == ["messages", "number"]]
    assert shot["components"]["text"]["title"]


def test_an_edit_is_applied_told_back_and_saved(api: httpx.Client, root: Path) -> None:
    change = {"op": "set-param", "node": "a", "name": "template", "value": "Hi {{who}} and {{other}}"}
    applied = api.post("/flows/greet/transactions", json={"changes": [change], "label": "Edit"}).json()
    assert (applied["rev"], applied["saved"]) == (1, True)
    assert [problem["code"] for problem in applied["problems"]] == ["missing-input"]
    assert applied["inverse"]["changes"][0]["value"] == "Hello {{who}}"
    shot = api.get("/flows/greet/document").json()
    assert [port["name"] for port in shot["ports"]["a"]["inputs"]] == ["template", "who", "other"]
    before = api.get("/flows/greet/document", params={"revision": "rev:0"}).json()
    assert (before["flow"]["nodes"], "rev" in before) == (GREET["nodes"], False)
    assert error(api.get("/flows/greet/document", params={"revision": "rev:7"}), 404)["code"] == "no-revision"
    assert api.post("/flows/greet/save").json() == {"rev": 1}
    assert "other" in (root / "flows" / "greet.json").read_text()


def test_a_change_that_cannot_be_is_refused_and_changes_nothing(api: httpx.Client) -> None:
    change = {"op": "connect", "node": "a", "port": "who", "ref": "a"}
    assert error(api.post("/flows/greet/transactions", json={"changes": [change]}), 409)["code"] == "cycle"
    assert error(api.post("/flows/greet/transactions", json={"changes": [{"op": "explode"}]}), 422)
    assert api.get("/flows/greet/document").json()["rev"] == 0


def test_saving_over_somebody_elses_edit_is_a_conflict(
    api: httpx.Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The file waits until it is asked for.
    monkeypatch.setattr("weft.workspace.editing.keeping.LONGEST", 1000.0)
    monkeypatch.setattr("weft.workspace.editing.keeping.PAUSE", 1000.0)
    api.post("/flows/greet/transactions", json={"changes": [{"op": "set-name", "name": "Mine"}]})
    (root / "flows" / "greet.json").write_text(json.dumps(GREET | {"name": "Theirs"}))
    refused = error(api.post("/flows/greet/save"), 409)
    assert refused["code"] == "conflict"
    assert refused["message"].endswith("Saving would undo what is there now: it changes name.")
    assert refused["differences"] == [{"path": "name", "there": "Theirs", "yours": "Mine"}]
    assert "Theirs" in (root / "flows" / "greet.json").read_text()


def test_a_stale_replacement_is_told_what_differs(api: httpx.Client, root: Path) -> None:
    tag = {"If-Match": api.get("/flows/greet").headers["etag"]}
    theirs = json.loads(json.dumps(GREET))
    theirs["nodes"]["a"]["params"]["template"] = "Servus {{who}}"
    (root / "flows" / "greet.json").write_text(json.dumps(theirs))
    mine = GREET | {"description": "Says hello", "outputs": {}}
    refused = error(api.put("/flows/greet", json=mine, headers=tag), 409)
    assert [(one["path"], one["there"], one["yours"]) for one in refused["differences"]] == [
        ("description", None, "Says hello"),
        ("outputs.greeting", "a", None),
        ("nodes.a.params.template", "Servus {{who}}", "Hello {{who}}"),
    ]
    tag = {"If-Match": f'"{refused["digest"]}"'}
    assert api.put("/flows/greet", json=mine, headers=tag).status_code == 200


def test_an_edit_that_is_sent_twice_is_applied_once(api: httpx.Client) -> None:
    change = {"changes": [{"op": "set-name", "name": "Mine"}], "op_id": "one"}
    answers = [api.post("/flows/greet/transactions", json=change).json() for _ in range(2)]
    assert [answer["rev"] for answer in answers] == [1, 1]
    change["changes"][0]["name"] = "Other"
    assert error(api.post("/flows/greet/transactions", json=change), 409)["code"] == "op-id-reused"


def test_a_replaced_file_is_what_the_editor_goes_on_with(api: httpx.Client) -> None:
    assert api.get("/flows/greet/document").json()["flow"]["name"] == "Greet"
    tag = {"If-Match": api.get("/flows/greet").headers["etag"]}
    assert api.put("/flows/greet", json=GREET | {"name": "New"}, headers=tag).status_code == 200
    assert api.get("/flows/greet/document").json()["flow"]["name"] == "New"


# Runs


def test_a_run_from_start_to_end(api: httpx.Client) -> None:
    started = api.post("/runs", json={"flow": "greet", "inputs": {"who": "Ada"}})
    assert started.status_code == 201
    run = started.json()["id"]
    events = finished(api, run)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["kind"] for event in events] == [
        "run-started",
        "step-ready",
        "step-started",
        "step-finished",
        "run-finished",
    ]
    assert events[-1]["outputs"] == {"greeting": "Hello Ada"}
    shown = api.get(f"/runs/{run}").json()
    assert (shown["id"], shown["status"], shown["flow"]) == (run, "succeeded", "greet")
    assert shown["steps"]["a"]["status"] == "succeeded"
    assert [one["id"] for one in api.get("/runs", params={"flow": "greet"}).json()] == [run]
    assert api.get("/runs", params={"status": "failed"}).json() == []


def test_a_reader_goes_on_where_it_was(api: httpx.Client) -> None:
    run = api.post("/runs", json={"flow": "greet"}).json()["id"]
    events = finished(api, run)
    for options in ({"headers": {"Last-Event-ID": "3"}}, {"params": {"after": 3}}):
        with api.stream("GET", f"/runs/{run}/events", **options) as stream:
            ids = [line for line in stream.iter_lines() if line.startswith("id: ")]
        assert ids == [f"id: {event['seq']}" for event in events[3:]]


def test_a_whole_flow_may_be_run_as_it_is(api: httpx.Client, root: Path) -> None:
    run = api.post("/runs", json={"flow": GREET, "inputs": {"who": "Bob"}, "trust": True}).json()["id"]
    assert finished(api, run)[-1]["outputs"] == {"greeting": "Hello Bob"}
    assert sorted(path.name for path in (root / "flows").iterdir()) == ["broken.json", "greet.json"]


def test_a_run_needs_the_scope_run(live: Live) -> None:
    url = f"{live.base_url}/api/runs"
    for scopes in (["read"], ["edit"], ["read", "edit", "admin", "secrets", "approve"]):
        assert httpx.post(url, json={"flow": GREET}, headers=live.bearer(*scopes)).status_code == 403
    trusted = {"flow": GREET, "trust": True}
    assert httpx.post(url, json=trusted, headers=live.bearer("run")).status_code == 201


def test_a_flow_with_problems_does_not_start(api: httpx.Client) -> None:
    wrong = json.loads(json.dumps(GREET))
    wrong["nodes"]["a"]["component"] = "txt"
    refused = error(api.post("/runs", json={"flow": wrong, "trust": True}), 422)
    assert refused["problems"][0]["code"] == "unknown-component"
    assert api.get("/runs").json() == []


@pytest.mark.parametrize(
    "wanted",
    [{}, {"flow": 1}, {"flow": None}, {"flow": {"nodes": []}}, {"flow": "greet", "inputs": []}, {"flow": "greet", "more": 1},
     {"flow": "greet", "inputs": {"nobody": 1}}, {"flow": "greet", "inputs": {"who": {"a": 1}}}, {"flow": "broken"}],
)  # fmt: skip
def test_a_run_that_cannot_be_is_refused_with_the_reason(api: httpx.Client, wanted: object) -> None:
    error(api.post("/runs", json=wanted), 422)
    assert api.get("/runs").json() == []


@pytest.mark.parametrize("flow", ["nowhere", "../greet", "/etc/passwd", "flows/greet.json", ""])
def test_a_run_names_a_flow_of_the_workspace_by_its_slug(api: httpx.Client, flow: str) -> None:
    assert api.post("/runs", json={"flow": flow}).status_code in (400, 404)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"flow": "greet", "flow": "other"}',
        b'{"flow": "greet", "inputs": {"x": NaN}}',
        b"[" * 9999,
        b"\xff",
    ],
)
def test_a_body_that_is_not_json_is_refused(api: httpx.Client, body: bytes) -> None:
    refused = error(api.post("/runs", content=body, headers={"Content-Type": "application/json"}), 422)
    assert refused["code"] == "bad-request"


def test_a_run_that_is_over_stays_as_it_ended(api: httpx.Client) -> None:
    run = api.post("/runs", json={"flow": "greet"}).json()["id"]
    finished(api, run)
    assert api.post(f"/runs/{run}/cancel").json()["status"] == "succeeded"


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("GET", "/events"), ("POST", "/cancel")])
def test_an_unknown_run_is_not_found(api: httpx.Client, method: str, rest: str) -> None:
    for run in ("nope", "x" * 500, "%00", "' or 1=1"):
        error(api.request(method, f"/runs/{run}{rest}"), 404)


# The rest


def test_the_description_lists_every_route_of_the_api(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    assert {"/api/flows", "/api/runs/{run_id}/events", "/api/components"} <= set(described["paths"])
    assert "/login" not in described["paths"]


@pytest.mark.parametrize("path", ["/nothing", "/flows/greet/nothing", "/", "/runs/x/y/z"])
def test_an_unknown_address_is_a_sentence(api: httpx.Client, path: str) -> None:
    assert error(api.get(path), 404)["code"] == "not-found"


def test_a_wrong_method_is_a_sentence(api: httpx.Client) -> None:
    assert error(api.delete("/flows/greet"), 405)["code"] == "method-not-allowed"


def test_health_says_nothing_but_health(live: Live) -> None:
    assert httpx.get(f"{live.base_url}/healthz").json() == {"status": "ok", "instance": ""}
