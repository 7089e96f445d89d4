"""A server on loopback that speaks Ollama's chat protocol, a JSON object a line, and misbehaves on demand."""

import json
from collections.abc import Iterator

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.replies import Body, Reply, Request


class FakeOllama(FakeOpenAI):
    stream_type = "application/x-ndjson"

    @property
    def base_url(self) -> str:
        return super().base_url.removesuffix("/v1")

    @property
    def env(self) -> dict[str, str]:
        return {"OLLAMA_HOST": self.base_url}

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        return {}, {"error": (reply.refused or {})["message"]}

    def whole(self, request: Request, reply: Reply) -> Body:
        return self._part(request, reply.text, reply.reasoning) | self._end(request, reply)

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.reasoning:
            yield _line(self._part(request, "", reply.reasoning))

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        return _line(self._part(request, word))

    def keepalive(self) -> bytes:
        return b""

    def error(self, error: Body) -> bytes:
        return _line({"error": error["message"]})

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.choices:
            yield _line(self._part(request, "") | self._end(request, reply))

    def _part(self, request: Request, text: str, thinking: str = "") -> Body:
        message: Body = {"role": "assistant", "content": text} | ({"thinking": thinking} if thinking else {})
        about = {"model": request.body.get("model"), "created_at": "2026-01-01T00:00:00Z"}
        return {**about, "message": message, "done": False}

    def _end(self, request: Request, reply: Reply) -> Body:
        if reply.finish is None:
            return {"done": False}
        sent = sum(len(str(message["content"]).split()) for message in request.body["messages"])
        counted: Body = {"prompt_eval_count": sent, "eval_count": len(reply.text.split())}
        return {"done": True, "done_reason": reply.finish} | (counted if reply.usage else {})


def _line(part: Body) -> bytes:
    return json.dumps(part).encode() + b"\n"
