"""A server on loopback that speaks Mistral's chat protocol, nearly OpenAI's, and misbehaves on demand."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.replies import Body, Reply, Request, sse


class FakeMistral(FakeOpenAI):
    @property
    def env(self) -> dict[str, str]:
        return {"MISTRAL_BASE_URL": self.base_url, "MISTRAL_API_KEY": "fake-key-for-tests"}

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        return {}, {"object": "error", **(reply.refused or {})}

    def whole(self, request: Request, reply: Reply) -> Body:
        content: Any = reply.text
        if reply.reasoning:
            content = [_thinking(reply.reasoning), {"type": "text", "text": reply.text}]
        message = {"role": "assistant", "content": content, "tool_calls": None}
        choice = {"index": 0, "message": message, "finish_reason": _REASONS.get(reply.finish, reply.finish)}
        about = {"id": "cmpl-1", "object": "chat.completion", "created": 1, "model": request.body["model"]}
        usage = {"usage": _usage(request, reply)} if reply.usage else {}
        return {**about, "choices": [choice] if reply.choices else [], **usage}

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.reasoning:
            yield sse(_chunk(request, {"role": "assistant", "content": [_thinking(reply.reasoning)]}))

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.choices:
            chunk = _chunk(request, {"role": "assistant", "content": ""})
            chunk["choices"][0]["finish_reason"] = _REASONS.get(reply.finish, reply.finish)
            yield sse(chunk | ({"usage": _usage(request, reply)} if reply.usage else {}))
        yield b"data: [DONE]\n\n"


_REASONS: dict[str | None, str] = {"length": "model_length"}


def _thinking(text: str) -> Body:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _chunk(request: Request, delta: Body) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    about = {"id": "cmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request.body["model"]}
    return {**about, "choices": [choice]}


def _usage(request: Request, reply: Reply) -> Body:
    sent = sum(len(str(message["content"]).split()) for message in request.body["messages"])
    got = len(reply.text.split())
    return {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got}
