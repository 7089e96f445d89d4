"""A server on loopback that speaks Anthropic's Messages protocol, and misbehaves on demand."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.replies import Body, Reply, Request, sse

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "content_filter": "refusal",
    "tool_calls": "tool_use",
    None: None,
}


class FakeAnthropic(FakeOpenAI):
    @property
    def base_url(self) -> str:
        return super().base_url.removesuffix("/v1")

    @property
    def env(self) -> dict[str, str]:
        return {"ANTHROPIC_BASE_URL": self.base_url, "ANTHROPIC_API_KEY": "fake-key-for-tests"}

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        return {}, {"type": "error", "error": reply.refused}

    def whole(self, request: Request, reply: Reply) -> Body:
        content: list[Body] = []
        if reply.reasoning:
            content.append({"type": "thinking", "thinking": reply.reasoning, "signature": "sig"})
        if reply.choices and reply.text:
            content.append({"type": "text", "text": reply.text})
        more: Body = {"usage": _usage(request, reply)} if reply.usage else {"usage": _nothing()}
        return _message(request) | {"content": content, "stop_reason": _REASONS[reply.finish]} | more

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        usage = _usage(request, reply) | {"output_tokens": 1} if reply.usage else _nothing()
        yield sse({"type": "message_start", "message": _message(request) | {"usage": usage}}, "message_start")
        if reply.reasoning:
            yield _start(0, {"type": "thinking", "thinking": "", "signature": ""})
            yield _delta(0, {"type": "thinking_delta", "thinking": reply.reasoning})
            yield _delta(0, {"type": "signature_delta", "signature": "sig"})
            yield sse({"type": "content_block_stop", "index": 0}, "content_block_stop")
        yield _start(1, {"type": "text", "text": ""})

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        return _delta(1, {"type": "text_delta", "text": word})

    def keepalive(self) -> bytes:
        return sse({"type": "ping"}, "ping")

    def error(self, error: Body) -> bytes:
        return sse({"type": "error", "error": error}, "error")

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        yield sse({"type": "content_block_stop", "index": 1}, "content_block_stop")
        if not reply.choices:
            return
        usage: Body = _usage(request, reply) if reply.usage else _nothing()
        ending = {"stop_reason": _REASONS[reply.finish], "stop_sequence": None}
        for _ in range(reply.repeat_last):
            yield sse({"type": "message_delta", "delta": ending, "usage": usage}, "message_delta")
        yield sse({"type": "message_stop"}, "message_stop")


def _message(request: Request) -> Body:
    about: Body = {"id": "msg_1", "type": "message", "role": "assistant", "model": request.body.get("model")}
    return about | {"content": [], "stop_reason": None, "stop_sequence": None}


def _start(index: int, block: Body) -> bytes:
    return sse({"type": "content_block_start", "index": index, "content_block": block}, "content_block_start")


def _delta(index: int, delta: Body) -> bytes:
    return sse({"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta")


def _usage(request: Request, reply: Reply) -> dict[str, Any]:
    asked = [*request.body.get("messages", ()), {"content": request.body.get("system") or ""}]
    sent = sum(len(str(message["content"]).split()) for message in asked)
    cached = {
        "cache_read_input_tokens": reply.cached_tokens,
        "cache_creation_input_tokens": reply.cache_written,
    }
    return {"input_tokens": sent - sum(cached.values()), "output_tokens": len(reply.text.split()), **cached}


def _nothing() -> dict[str, int]:
    return {"input_tokens": 0, "output_tokens": 0}
