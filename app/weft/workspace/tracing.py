"""Runs as OpenTelemetry spans, in the words of its conventions for generative AI: a span for each run, step and call.

Off unless `weft.toml` says `[tracing] enabled = true`. Where spans go is said by OpenTelemetry's own environment
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`); a program that has set up a tracer
provider keeps it. Prompts and answers are only in them with `payloads = true`, without what is, or looks like, a key.

A call's length is measured, its beginning is not: the calls of a step lie one after another up to its end.
"""

import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.runs.record import RunRecord

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

    from weft.workspace.settings.contents import TracingSettings

SECONDS = 5.0
"""How long what is left may take to be sent when Weft ends."""
_NS = 1_000_000_000
_CACHE = {
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
}


class Tracing:
    """Makes the observer of each run. Close it, so that the last spans are sent."""

    def __init__(self, settings: "TracingSettings") -> None:
        self._payloads = settings.payloads
        self._own: TracerProvider | None = None
        self._news = _News()
        self._tracer = self._open()

    def __call__(self, record: RunRecord) -> "RunTrace":
        return RunTrace(self._tracer, record, payloads=self._payloads)

    def close(self) -> None:
        """Send what is left."""
        if self._own is not None:
            self._own.force_flush(int(SECONDS * 1000))
            self._own.shutdown()
            logging.getLogger(_EXPORTER).removeFilter(self._news)

    def _open(self) -> "Tracer":
        try:
            from opentelemetry import trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            raise WeftError(
                "weft.toml asks for tracing, and the packages for that aren't installed.",
                code="not-installed",
                hint="pip install 'weft[otel]', or set [tracing] enabled = false.",
                retryable=False,
            ) from None
        from weft import __version__

        given = trace.get_tracer_provider()
        if not isinstance(given, TracerProvider):
            given = self._own = TracerProvider(resource=Resource.create({"service.name": "weft"}))
            given.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
            logging.getLogger(_EXPORTER).addFilter(self._news)
        return given.get_tracer("weft", __version__)


_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
AGAIN = 600.0
"""Seconds after which it is told once more that nothing arrives."""


class _News(logging.Filter):
    """One sentence for what the exporter says of each of its attempts, each time anew."""

    def __init__(self) -> None:
        super().__init__()
        self._told: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now = time.monotonic()
        if self._told is not None and now - self._told < AGAIN:
            return False
        self._told = now
        said = record.getMessage()
        found = re.search(r"\[Errno -?\d+\] [^'\")]+", said)
        why = found[0] if found else said[:200].rstrip(".")
        record.msg = (
            f"Runs can't be told to OpenTelemetry: {why}. It is tried again; what can't be sent is lost."
        )
        record.args = None
        return True


class RunTrace:
    """The spans of one run, from its events."""

    def __init__(self, tracer: "Tracer", record: RunRecord, *, payloads: bool) -> None:
        self._tracer = tracer
        self._payloads = payloads
        self._resumed = record.epoch > 1
        self._zero = time.time_ns() if self._resumed else _nanoseconds(record.created)
        """When the run began, on the wall's clock, if nothing had come between: events count from there."""
        self._at = 0.0
        self._open: dict[str, Span] = {}
        about: dict[str, Any] = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": record.flow,
            "weft.run.id": record.id,
            "weft.flow.hash": record.hash,
        }
        if self._resumed:
            about["weft.run.resumed"] = True
        if session := record.options.get("session"):
            about["gen_ai.conversation.id"] = session
        self._run = tracer.start_span(f"invoke_agent {record.flow}", start_time=self._zero, attributes=about)

    def note(self, events: Sequence[Event]) -> None:
        for event in events:
            if self._resumed:  # it has waited since: its own clock stood still
                self._resumed, self._zero = False, time.time_ns() - int(event.at * _NS)
            self._at = event.at
            match event.kind:
                case "run-started":
                    self._zero = _nanoseconds(event.data.get("time", "")) or self._zero
                case "step-started":
                    self._step_started(event)
                case "step-retried" | "step-paused" | "step-answered" | "step-waiting" | "graph-expanded":
                    self._happened(event)
                case "step-finished":
                    self._step_ended(event, "")
                case "step-failed":
                    self._step_ended(event, event.data.get("code") or "failed")
                case "step-skipped":
                    self._step_ended(event, "")
                case "run-finished":
                    self._run_ended(event)
                case _:
                    pass

    def close(self) -> None:
        """Spans that are open end here: the run goes on elsewhere, or never will."""
        for span in [*reversed(self._open.values()), self._run]:
            if span.is_recording():
                span.end(self._when(self._at))
        self._open.clear()

    def _step_started(self, event: Event) -> None:
        if event.path in self._open:
            return  # another attempt of the same step
        about = {"weft.step.path": event.path, "weft.component": event.data.get("component", "")}
        self._open[event.path] = self._tracer.start_span(
            f"step {event.path}",
            context=_inside(self._around(event.path)),
            start_time=self._when(event.at),
            attributes=about,
        )

    def _around(self, path: str) -> "Span":
        """The span of the step that this one is nested in, or the run's."""
        while "/" in path:
            path = path.rpartition("/")[0]
            for known in (path, path.rpartition("[")[0]):
                if known in self._open:
                    return self._open[known]
        return self._run

    def _happened(self, event: Event) -> None:
        span = self._open.get(event.path, self._run)
        told = {name: value for name in ("code", "message", "reason") if (value := event.data.get(name))}
        span.add_event(
            event.kind, {f"weft.{name}": str(value) for name, value in told.items()}, self._when(event.at)
        )

    def _step_ended(self, event: Event, error: str) -> None:
        span = self._open.pop(event.path, None)
        if span is None:
            return  # skipped without having begun
        calls: Sequence[Mapping[str, Any]] = event.data.get("calls") or ()
        end = event.at
        for call in reversed(calls):
            begin = end - float(call.get("seconds") or 0.0)
            self._call(span, call, begin, end)
            end = begin
        if event.data.get("cached"):
            span.set_attribute("weft.cached", True)
        if event.kind == "step-skipped":
            span.set_attribute("weft.skipped", True)
        if event.data.get("cost") is not None:
            span.set_attribute("weft.cost", float(event.data["cost"]))
        if error:
            _failed(span, error, str(event.data.get("message", "")))
        span.end(self._when(event.at))

    def _call(self, around: "Span", call: Mapping[str, Any], begin: float, end: float) -> None:
        from opentelemetry.trace import SpanKind

        provider, _, model = str(call.get("model") or "").rpartition(":")
        usage: Mapping[str, int] = call.get("usage") or {}
        about: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider or model,
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": usage.get("input_tokens", 0),
            "gen_ai.usage.output_tokens": usage.get("output_tokens", 0),
        }
        for name, told in _CACHE.items():
            if name in usage:
                about[told] = usage[name]
        if finish := call.get("finish"):
            about["gen_ai.response.finish_reasons"] = [str(finish)]
        if self._payloads:
            about |= _payload(call)
        span = self._tracer.start_span(
            f"chat {model}",
            context=_inside(around),
            kind=SpanKind.CLIENT,
            start_time=self._when(begin),
            attributes=about,
        )
        if error := call.get("error"):
            _failed(span, str(error.get("code", "error")), str(error.get("message", "")))
        span.end(self._when(end))

    def _run_ended(self, event: Event) -> None:
        data = event.data
        usage: Mapping[str, int] = data.get("usage") or {}
        self._run.set_attributes(
            {
                "weft.run.status": str(data["status"]),
                "gen_ai.usage.input_tokens": usage.get("input_tokens", 0),
                "gen_ai.usage.output_tokens": usage.get("output_tokens", 0),
            }
        )
        if data.get("cost") is not None:
            self._run.set_attribute("weft.cost", float(data["cost"]))
        if error := data.get("error"):
            _failed(self._run, str(error.get("code", "failed")), str(error.get("message", "")))
        self.close()

    def _when(self, at: float) -> int:
        return self._zero + int(at * _NS)


def _inside(span: "Span") -> Any:
    from opentelemetry.trace import set_span_in_context

    return set_span_in_context(span)


def _failed(span: "Span", code: str, message: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    from weft.providers.redaction import redact

    span.set_attribute("error.type", code)
    span.set_status(Status(StatusCode.ERROR, redact(message)))


def _payload(call: Mapping[str, Any]) -> dict[str, str]:
    """What was said, as the conventions write messages."""
    from weft.providers.redaction import scrub

    asked = [_message(message["role"], message.get("content")) for message in call.get("messages") or ()]
    answered = [_message("assistant", call.get("answer") or "")]
    return {
        "gen_ai.input.messages": json.dumps(scrub(asked), ensure_ascii=False),
        "gen_ai.output.messages": json.dumps(scrub(answered), ensure_ascii=False),
    }


def _message(role: str, content: Any) -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _nanoseconds(time: str) -> int:
    """A time in ISO 8601, since 1970."""
    try:
        return int(datetime.fromisoformat(time).timestamp() * _NS)
    except ValueError:
        return 0
