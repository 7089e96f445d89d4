"""A server on loopback that speaks Bedrock's Converse protocol, its binary event streams too, and misbehaves."""

import json
import struct
import zlib
from collections.abc import Iterator

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.replies import Body, Reply, Request

_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "guardrail_intervened"}
_KINDS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class FakeBedrock(FakeOpenAI):
    stream_type = "application/vnd.amazon.eventstream"

    @property
    def base_url(self) -> str:
        return super().base_url.removesuffix("/v1")

    @property
    def env(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.base_url,
            "AWS_ACCESS_KEY_ID": "fake-key-for-tests",  # its client sends a bearer token to HTTPS only
            "AWS_SECRET_ACCESS_KEY": "fake-key-for-tests",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def streams(self, request: Request) -> bool:
        return request.path.endswith("/converse-stream")

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        kind = _KINDS.get(reply.code, "InternalServerException")
        return {"x-amzn-errortype": kind}, {"message": (reply.refused or {})["message"]}

    def whole(self, request: Request, reply: Reply) -> Body:
        content: list[Body] = [{"text": reply.text}] if reply.text else []
        if reply.reasoning:
            content.insert(0, {"reasoningContent": {"reasoningText": {"text": reply.reasoning}}})
        if _forced(request) and reply.text:
            content[-1] = {"toolUse": {"toolUseId": "t1", "name": "answer", "input": json.loads(reply.text)}}
        message = {"role": "assistant", "content": content}
        ending = _ending(request, reply)
        made: Body = {"output": {"message": message}, "stopReason": ending, "metrics": {"latencyMs": 1}}
        return made | {"usage": _usage(request, reply)}

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        yield _event("messageStart", {"role": "assistant"})
        if reply.reasoning:
            thought = {"reasoningContent": {"text": reply.reasoning}}
            yield _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": thought})
            yield _event("contentBlockStop", {"contentBlockIndex": 0})
        if _forced(request):
            called = {"toolUse": {"toolUseId": "t1", "name": "answer"}}
            yield _event("contentBlockStart", {"contentBlockIndex": 1, "start": called})

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        delta = {"toolUse": {"input": word}} if _forced(request) else {"text": word}
        return _event("contentBlockDelta", {"contentBlockIndex": 1, "delta": delta})

    def keepalive(self) -> bytes:
        return b""

    def error(self, error: Body) -> bytes:
        return _framed(
            {":message-type": "exception", ":exception-type": "throttlingException"},
            {"message": error["message"]},
        )

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        yield _event("contentBlockStop", {"contentBlockIndex": 1})
        if reply.choices and reply.finish:
            yield _event("messageStop", {"stopReason": _ending(request, reply)})
        yield _event("metadata", {"usage": _usage(request, reply), "metrics": {"latencyMs": 1}})


def _forced(request: Request) -> bool:
    """Whether the model has to call a tool."""
    return bool({"tool", "any"} & set((request.body.get("toolConfig") or {}).get("toolChoice") or {}))


def _ending(request: Request, reply: Reply) -> str | None:
    if _forced(request) and reply.finish == "stop":
        return "tool_use"
    return _REASONS.get(reply.finish or "", reply.finish)


def _usage(request: Request, reply: Reply) -> Body:
    asked = [*request.body["messages"], {"content": request.body.get("system") or []}]
    sent = sum(len(part.get("text", "").split()) for one in asked for part in one["content"])
    got = len(reply.text.split())
    counted = {"inputTokens": sent, "outputTokens": got, "totalTokens": sent + got}
    cached = {"cacheReadInputTokens": reply.cached_tokens, "cacheWriteInputTokens": reply.cache_written}
    return counted | {name: tokens for name, tokens in cached.items() if tokens}


def _event(kind: str, body: Body) -> bytes:
    return _framed({":message-type": "event", ":event-type": kind}, body)


def _framed(headers: dict[str, str], body: Body) -> bytes:
    """A message of AWS's event streams: lengths, their checksum, headers, payload, checksum of all."""
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in {**headers, ":content-type": "application/json"}.items()
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))
