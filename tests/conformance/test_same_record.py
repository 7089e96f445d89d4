"""One engine: a template run from the command line, from Python and over HTTP leaves the same record."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.server.live import live_server
from typer.testing import CliRunner

import weft
from weft.catalog import stock_root
from weft.cli.app import app
from weft.engine.events import event_json
from weft.model import RunFailed
from weft.testing import DemoModel
from weft.workspace import Workspace
from weft.workspace.flows.flowfiles import is_flow_file

Json = dict[str, Any]
SCRIPTED = "scripted:answers.json"
TEMPLATES = sorted(path.stem for path in (stock_root() / "flows").glob("*.json") if is_flow_file(path))
ANSWERS: Json = {
    "Read the order": {"customer": "Ada", "items": [{"name": "tea", "quantity": 3}], "urgent": True},
    "Rate this message": {"urgency": 9, "needs_answer": True},
    "Review your draft": {"score": 3, "problems": ["Too long."]},
    "Judge the text": {"score": 5, "advice": "Shorter."},
    "*": "An answer.",
}
"""By what is asked: so that drafts are mended, rounds come to their end, and ways are taken."""
MENDING = ("extract_json", "improve_until_good", "review_and_revise", "route_message")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"extract": "A page about tides."}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    """The address of a page that flows may fetch."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def by_command_line(folder: Path, name: str, inputs: Json, model: str) -> list[Json]:
    given = [word for key, value in inputs.items() for word in ("--input", f"{key}={value}")]
    words = ["run", name, "--json", "--model", model, *given]
    result = CliRunner().invoke(app, words, prog_name="weft", catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def by_python(folder: Path, name: str, inputs: Json, model: str) -> list[Json]:
    async def run() -> Any:
        try:
            return await weft.run(name, inputs=inputs, model=model, workspace=folder)
        except RunFailed as failed:
            return failed.result

    result = asyncio.run(run())
    return [event_json(event, result.run_id) for event in result.log.events()]


def by_http(folder: Path, name: str, inputs: Json, model: str) -> list[Json]:
    with live_server(Workspace.open(folder)) as live:
        live.http.headers.update(live.bearer())
        started = live.http.post("/api/runs", json={"flow": name, "inputs": inputs, "model": model})
        assert started.status_code == 201, started.text
        with live.http.stream("GET", started.json()["events"]) as stream:
            lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


WAYS = {"command line": by_command_line, "Python": by_python, "HTTP": by_http}


def record(events: list[Json]) -> Json:
    """What a run did, without when: of each step how it went, what it said while it ran, and what was sent to models."""
    steps: dict[str, Json] = {}
    for event in events:
        if event["path"]:
            step = steps.setdefault(event["path"], {"told": [], "text": "", "sent": []})
            if event["kind"] == "step-output":  # in pieces of any size
                step["text"] += event["text"]
            elif event["kind"] != "step-progress":
                step["told"].append(_timeless(event))
            step["sent"] += [(call["messages"], call["answer"]) for call in event.get("calls", ())]
    return {"begins": _timeless(events[0]), "ends": _timeless(events[-1]), "steps": steps}


def _timeless(event: Json) -> Json:
    told = {key: value for key, value in event.items() if key not in _BY_CHANCE}
    calls = [
        {key: value for key, value in call.items() if key != "seconds"} for call in told.get("calls", ())
    ]
    return told | {"calls": calls} if calls else told


_BY_CHANCE = ("seq", "run", "at", "seconds", "time", "cached", "from", "saved")
"""When it was, and whether a step that asks nobody took its result from the cache, as in a round that changes nothing:
a run from Python has none."""


@pytest.fixture
def run_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> Callable[[str, str, Json, str], list[Json]]:
    """Run a template in one of the ways, in a workspace of its own."""
    monkeypatch.setenv("WEFT_HTTP_ALLOW", page)
    monkeypatch.setattr("weft.providers.demo.DemoModel", partial(DemoModel, delay=0))

    def run(way: str, name: str, inputs: Json, model: str) -> list[Json]:
        folder = tmp_path / way.replace(" ", "_")
        (folder / "flows").mkdir(parents=True)
        text = (stock_root() / "flows" / f"{name}.json").read_text(encoding="utf-8")
        (folder / "flows" / f"{name}.json").write_text(text, encoding="utf-8")
        (folder / "answers.json").write_text(json.dumps(ANSWERS))
        monkeypatch.chdir(folder)
        return WAYS[way](folder, name, inputs, model)

    return run


@pytest.mark.parametrize(
    ("name", "model"),
    [*((name, "demo") for name in TEMPLATES), *((name, SCRIPTED) for name in MENDING)],
)
def test_a_template_leaves_the_same_record_whoever_runs_it(
    name: str, model: str, run_by: Callable[[str, str, Json, str], list[Json]], page: str
) -> None:
    inputs = {"url": f"http://{page}/tides"} if name == "fetch_and_summarise" else {}
    records = {way: record(run_by(way, name, inputs, model)) for way in WAYS}
    first = records["Python"]
    assert first["ends"]["status"] == "succeeded", first["ends"]
    assert any(step["sent"] for step in first["steps"].values())
    assert records["command line"] == first
    assert records["HTTP"] == first


@pytest.mark.parametrize(
    ("name", "inputs", "code"),
    [
        ("fetch_and_summarise", {"url": "http://10.0.0.1/"}, "forbidden-address"),
        ("extract_json", {"message": "Tides."}, "invalid-answer"),
    ],
)
def test_a_failure_leaves_the_same_record_too(
    name: str, inputs: Json, code: str, run_by: Callable[[str, str, Json, str], list[Json]], monkeypatch: Any
) -> None:
    monkeypatch.setitem(ANSWERS, "Read the order", "It is no order.")
    records = {way: record(run_by(way, name, inputs, SCRIPTED)) for way in WAYS}
    first = records["Python"]
    assert (first["ends"]["status"], first["ends"]["error"]["code"]) == ("failed", code)
    assert records["command line"] == first
    assert records["HTTP"] == first
