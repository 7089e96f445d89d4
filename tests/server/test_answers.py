"""Answering and sessions over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.workspace import Workspace

REVIEW = {
    "format": 1,
    "name": "Review",
    "inputs": {"text": {}},
    "nodes": {
        "review": {
            "component": "ask",
            "params": {"question": "Send it?"},
            "inputs": {"value": "inputs.text"},
        },
        "price": {
            "component": "ask",
            "params": {
                "question": "For how much?",
                "kind": "form",
                "fields": {"amount": "number", "note": {"default": ""}},
            },
            "after": ["review"],
        },
    },
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "review.json").write_text(json.dumps(REVIEW))
    with live_server(Workspace.open(tmp_path)) as live:
        yield live


@pytest.fixture
def api(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as client:
        yield client


def started(api: httpx.Client, **more: Any) -> str:
    return api.post("/runs", json={"flow": "review", "inputs": {"text": "Hi"}, **more}).json()["id"]


def until(api: httpx.Client, run: str, kind: str, path: str = "", after: int = 0) -> dict[str, Any]:
    with api.stream("GET", f"/runs/{run}/events", params={"after": after}) as stream:
        for line in stream.iter_lines():
            event = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if event.get("kind") == kind and path in ("", event["path"]):
                return event
    raise AssertionError(f"there was no {kind}")


def answered(api: httpx.Client, run: str, path: str, value: Any, **more: Any) -> httpx.Response:
    """Answers what it asks there now, as far as that is known."""
    asked = api.get(f"/runs/{run}").json().get("questions", {}).get(path, {"number": 0, "event": 1})
    read = {"number": asked["number"], "event": asked["event"]}
    return api.post(f"/runs/{run}/answers", json={"path": path, "value": value, **read, **more})


def test_a_run_asks_and_is_answered(api: httpx.Client) -> None:
    run = started(api)
    until(api, run, "step-paused")
    asked = api.get(f"/runs/{run}").json()
    assert (asked["status"], list(asked["questions"])) == ("waiting", ["review"])
    question = asked["questions"]["review"]
    assert (question["kind"], question["text"], question["value"]) == ("approve", "Send it?", "Hi")
    assert [one["id"] for one in api.get("/runs", params={"status": "waiting"}).json()] == [run]
    assert answered(api, run, "review", {"approved": True, "remark": "Go"}, by="Ada").status_code == 200
    said = until(api, run, "step-answered")
    assert (said["by"], said["value"]) == ("Ada", {"approved": True, "remark": "Go"})
    until(api, run, "step-paused", "price")
    assert answered(api, run, "price", {"amount": 3.5}).status_code == 200
    until(api, run, "run-finished")
    ended = api.get(f"/runs/{run}").json()
    assert (ended["status"], ended["questions"]) == ("succeeded", {})
    assert ended["outputs"]["price"] == {"amount": 3.5, "note": ""}


REFUSED: dict[str, tuple[str, Any, int, str]] = {
    "an_answer_that_does_not_fit": ("review", "perhaps", 422, "bad-answer"),
    "a_step_that_asks_nothing": ("price", {"amount": 1}, 404, "no-question"),
    "no_such_step": ("", True, 422, "bad-request"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(api: httpx.Client, name: str) -> None:
    path, value, status, code = REFUSED[name]
    run = started(api)
    until(api, run, "step-paused")
    refused = answered(api, run, path, value)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert list(api.get(f"/runs/{run}").json()["questions"]) == ["review"]
    api.post(f"/runs/{run}/cancel")


def test_the_first_answer_wins(api: httpx.Client) -> None:
    run = started(api)
    until(api, run, "step-paused")
    asked = api.get(f"/runs/{run}").json()["questions"]["review"]
    read = {"number": asked["number"], "event": asked["event"]}
    assert answered(api, run, "review", False, **read).status_code == 200
    late = answered(api, run, "review", True, **read)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "answered")
    api.post(f"/runs/{run}/cancel")
    over = answered(api, run, "price", {"amount": 1})
    assert (over.status_code, over.json()["error"]["code"]) == (409, "run-over")
    assert answered(api, "nope", "review", True).status_code == 404


AGAIN = """
from weft import Context, WeftError, component

asked = []

@component
async def again(ctx: Context) -> str:
    asked.append(100)
    said = await ctx.ask(f"Pay {100 ** len(asked)}?")
    if len(asked) == 1:
        raise WeftError("Not yet", code="later", retryable=True)
    return str(said)
"""


def test_an_answer_is_to_what_was_read_and_to_nothing_else(tmp_path: Path) -> None:
    """A step that is tried again asks something else under the same number: who read the first says nothing to it."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "again.py").write_text(AGAIN)
    node = {"component": "again", "options": {"retries": 1}}
    (tmp_path / "flows" / "review.json").write_text(json.dumps({"format": 1, "nodes": {"pay": node}}))
    with (
        live_server(Workspace.open(tmp_path)) as live,
        httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as api,
    ):
        run = api.post("/runs", json={"flow": "review"}).json()["id"]
        first = until(api, run, "step-paused")
        for missing in ({"number": 0}, {"event": first["seq"]}):
            said = api.post(f"/runs/{run}/answers", json={"path": "pay", "value": True, **missing})
            assert (said.status_code, said.json()["error"]["code"]) == (422, "bad-request")
        read = {"number": first["ask"]["number"], "event": first["seq"]}
        assert answered(api, run, "pay", True, **read).status_code == 200
        second = until(api, run, "step-paused", after=first["seq"])
        assert (first["ask"]["text"], second["ask"]["text"]) == ("Pay 100?", "Pay 10000?")
        assert first["ask"]["number"] == second["ask"]["number"]
        late = answered(api, run, "pay", True, **read)
        assert (late.status_code, late.json()["error"]["code"]) == (409, "answered")
        assert list(api.get(f"/runs/{run}").json()["questions"]) == ["pay"]
        assert answered(api, run, "pay", True).status_code == 200
        until(api, run, "run-finished")


def test_answers_beforehand_and_sessions(api: httpx.Client) -> None:
    answers = {"review": [True], "price": [{"amount": 2}]}
    run = started(api, answers=answers, session="main")
    until(api, run, "run-finished")
    assert api.get(f"/runs/{run}").json()["options"] == {
        "session": "main",
        "answers": answers,
        "by": "token test",
    }
    (head,) = api.get("/sessions", params={"flow": "review"}).json()
    assert (head["flow"], head["name"], head["runs"], head["run"]) == ("review", "main", 1, run)
    assert api.get("/sessions/review/main").json()["previous"]["price"]["amount"] == 2
    waiting = started(api, session="main")
    until(api, waiting, "step-paused")
    busy = api.post("/runs", json={"flow": "review", "inputs": {"text": "Hi"}, "session": "main"})
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "session-busy")
    assert api.delete("/sessions/review/main").status_code == 409
    api.post(f"/runs/{waiting}/cancel")
    assert api.delete("/sessions/review/main").status_code == 204
    assert api.get("/sessions/review/main").status_code == 404
    bad = api.post("/runs", json={"flow": "review", "inputs": {"text": "Hi"}, "session": "a/b"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad-session")


def test_reading_does_not_allow_answering(live: Live) -> None:
    with httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer("read"), timeout=30) as reader:
        assert answered(reader, "x", "review", True).status_code == 403
        assert reader.get("/sessions").status_code == 200
        assert reader.delete("/sessions/a/b").status_code == 403
