"""Runs told to OpenTelemetry: to a collector that speaks its protocol, as the exporter speaks it."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from weft.engine.events import Event
from weft.providers.redaction import remember
from weft.runs.record import RunRecord
from weft.workspace import Workspace, tracing


class Collector:
    """Takes spans over HTTP. `spans` are their names with parent's name, attributes and status."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[dict[str, Any]]:
        found: list[Any] = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            found += [
                span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans
            ]
        names = {span.span_id: span.name for span in found}
        return [
            {
                "name": span.name,
                "in": names.get(span.parent_span_id, ""),
                "status": span.status.code,
                "began": span.start_time_unix_nano,
                "ended": span.end_time_unix_nano,
                **{pair.key: _value(pair.value) for pair in span.attributes},
            }
            for span in sorted(found, key=lambda one: one.start_time_unix_nano)
        ]


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return (
        [_value(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)
    )


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    made = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{made.server.server_port}")
    yield made
    made.server.shutdown()
    made.server.server_close()


FLOW: dict[str, Any] = {
    "format": 1,
    "outputs": {"out": "each"},
    "nodes": {
        "first": {"component": "prompt", "params": {"prompt": "Name a tree. The key is kept-to-itself."}},
        "each": {
            "component": "map",
            "params": {
                "items": ["a", "b"],
                "flow": {
                    "format": 1,
                    "inputs": {"item": {}},
                    "nodes": {
                        "say": {
                            "component": "text",
                            "params": {"template": "{{item}}"},
                            "inputs": {"item": "inputs.item"},
                        }
                    },
                },
            },
        },
        "wrong": {"component": "math", "params": {"formula": "1 / 0"}},
    },
}


async def run(folder: Path, settings: str) -> None:
    (folder / "weft.toml").write_text(settings)
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "flows" / "trees.json").write_text(json.dumps(FLOW))
    workspace = Workspace.open(folder)
    service = workspace.runs()
    run_id = await service.start(workspace.load("trees"), slug="trees", model="demo")
    await service.result(run_id)
    await workspace.close()


async def test_a_run_its_steps_and_calls_are_spans_in_each_other(
    tmp_path: Path, collector: Collector
) -> None:
    await run(tmp_path, "[tracing]\nenabled = true\n")
    spans = {span["name"]: span for span in collector.spans()}
    assert {name: span["in"] for name, span in spans.items()} == {
        "invoke_agent trees": "",
        "step first": "invoke_agent trees",
        "chat demo": "step first",
        "step each": "invoke_agent trees",
        "step each[0]/say": "step each",
        "step each[1]/say": "step each",
        "step wrong": "invoke_agent trees",
    }
    call, whole = spans["chat demo"], spans["invoke_agent trees"]
    assert call["gen_ai.usage.output_tokens"] > 0
    assert call["gen_ai.response.finish_reasons"] == ["stop"]
    assert "gen_ai.input.messages" not in call
    assert (spans["step wrong"]["status"], whole["status"], whole["weft.run.status"]) == (2, 2, "failed")
    assert spans["step wrong"]["error.type"] == whole["error.type"]
    assert whole["began"] <= call["began"] < call["ended"] <= spans["step first"]["ended"] <= whole["ended"]


async def test_payloads_are_told_if_asked_for_without_secrets(tmp_path: Path, collector: Collector) -> None:
    remember("kept-to-itself")
    await run(tmp_path, "[tracing]\nenabled = true\npayloads = true\n")
    [call] = [span for span in collector.spans() if span["name"] == "chat demo"]
    asked = json.loads(call["gen_ai.input.messages"])
    assert asked[-1] == {
        "role": "user",
        "parts": [{"type": "text", "content": "Name a tree. The key is [hidden key]."}],
    }
    assert b"kept-to-itself" not in b"".join(collector.bodies)


async def test_nothing_is_told_unasked(tmp_path: Path, collector: Collector) -> None:
    await run(tmp_path, "")
    assert collector.bodies == []


async def test_a_collector_that_is_gone_is_told_once_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setattr(tracing, "SECONDS", 1.0)
    await run(tmp_path, "[tracing]\nenabled = true\n")
    told = [one.getMessage() for one in caplog.records if one.name.startswith("opentelemetry")]
    assert [one.partition(": ")[0] for one in told] == ["Runs can't be told to OpenTelemetry"]
    assert told[0].endswith("It is tried again; what can't be sent is lost.")


async def test_an_observer_that_fails_harms_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def note(self, events: Sequence[Event]) -> None:
            raise RuntimeError("no")

        def close(self) -> None:
            raise AssertionError("it isn't told any more")

    def observe(record: RunRecord) -> Broken:
        return Broken()

    (tmp_path / "flows").mkdir()
    workspace = Workspace.open(tmp_path)
    service = workspace.runs()
    service.observe(observe)
    (tmp_path / "flows" / "trees.json").write_text(json.dumps(FLOW))
    result = await service.result(await service.start(workspace.load("trees"), model="demo"))
    assert len(result.outputs["out"]) == 2
    assert "isn't traced any further" in caplog.text
    await workspace.close()
    await asyncio.sleep(0)
