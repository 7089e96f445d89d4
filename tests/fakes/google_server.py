"""A server on loopback that speaks Gemini's generateContent protocol, and misbehaves on demand."""

from collections.abc import Iterator

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.replies import Body, Reply, Request, sse

_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


class FakeGoogle(FakeOpenAI):
    @property
    def base_url(self) -> str:
        return super().base_url.removesuffix("/v1")

    @property
    def env(self) -> dict[str, str]:
        return {"GOOGLE_GEMINI_BASE_URL": self.base_url, "GOOGLE_API_KEY": "fake-key-for-tests"}

    def streams(self, request: Request) -> bool:
        return ":streamGenerateContent" in request.path

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        refused = reply.refused or {}
        error = {"code": reply.code, "message": refused["message"], "status": refused.get("code", "ERROR")}
        return {}, {"error": error}

    def whole(self, request: Request, reply: Reply) -> Body:
        parts = [*_thoughts(reply), {"text": reply.text}] if reply.text else []
        return self._made(request, reply, parts, end=True)

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.reasoning:
            yield sse(self._made(request, reply, _thoughts(reply), end=False))

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        return sse(self._made(request, Reply(), [{"text": word}], end=False))

    def keepalive(self) -> bytes:
        return b""

    def error(self, error: Body) -> bytes:
        return sse(
            {"error": {"code": 503, "message": error["message"], "status": error.get("code", "ERROR")}}
        )

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        if reply.choices:
            yield sse(self._made(request, reply, [{"text": ""}], end=True))

    def _made(self, request: Request, reply: Reply, parts: list[Body], *, end: bool) -> Body:
        candidate: Body = {"content": {"role": "model", "parts": parts}, "index": 0}
        made: Body = {
            "candidates": [candidate] if reply.choices else [],
            "modelVersion": "m",
            "responseId": "r",
        }
        if end and reply.finish:
            candidate["finishReason"] = _REASONS.get(reply.finish, reply.finish)
        if end and reply.usage:
            made["usageMetadata"] = _usage(request, reply)
        return made


def _thoughts(reply: Reply) -> list[Body]:
    return [{"text": reply.reasoning, "thought": True}] if reply.reasoning else []


def _usage(request: Request, reply: Reply) -> Body:
    asked = [*request.body["contents"], request.body.get("systemInstruction") or {"parts": []}]
    sent = sum(len(part.get("text", "").split()) for one in asked for part in one["parts"])
    got = len(reply.text.split())
    counted = {"promptTokenCount": sent, "candidatesTokenCount": got, "totalTokenCount": sent + got}
    return counted | ({"cachedContentTokenCount": reply.cached_tokens} if reply.cached_tokens else {})
