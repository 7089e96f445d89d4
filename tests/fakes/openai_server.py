"""A server on loopback that speaks OpenAI's chat completions protocol, and misbehaves on demand."""

from collections.abc import Iterator

from tests.fakes.model_server import ModelServer
from tests.fakes.replies import Body, Reply, Request, sse


class FakeOpenAI(ModelServer):
    @property
    def env(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": "fake-key-for-tests"}

    # --- what is sent ---

    def streams(self, request: Request) -> bool:
        return bool(request.body.get("stream"))

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        """Headers and body of a refusal."""
        return {}, {"error": reply.refused}

    def whole(self, request: Request, reply: Reply) -> Body:
        return _completion(request, reply)

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes before the words of a stream."""
        if reply.reasoning:
            yield sse(_chunk(request, {"role": "assistant", "reasoning_content": reply.reasoning}))

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        return sse(_chunk(request, {"role": "assistant", "content": word}, place=place))

    def keepalive(self) -> bytes:
        return b": keep-alive\n\n"

    def error(self, error: Body) -> bytes:
        """An error within a stream."""
        return sse({"error": error})

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes after the words of a stream."""
        yield from map(sse, _last_chunks(request, reply))
        yield b"data: [DONE]\n\n"


def _completion(request: Request, reply: Reply) -> Body:
    message: Body = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message["tool_calls"] = list(reply.tool_calls)
    if reply.refusal:
        message["refusal"] = reply.refusal
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    made: Body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": request.body.get("model"),
    }
    made["choices"] = [{**choice, "index": i} for i in range(reply.choices_sent)] if reply.choices else []
    return made | ({"usage": _usage(request, reply)} if reply.usage else {})


def _chunk(request: Request, delta: Body | None, finish: str | None = None, place: int = 0) -> Body:
    choices = [] if delta is None else [{"index": place, "delta": delta, "finish_reason": finish}]
    name = request.body.get("model")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": name,
        "choices": choices,
    }


def _last_chunks(request: Request, reply: Reply) -> Iterator[Body]:
    """What follows the words of a stream."""
    for index, call in enumerate(reply.tool_calls):
        yield _chunk(request, {"tool_calls": [{"index": index, **call}]})
    if reply.refusal:
        yield _chunk(request, {"role": "assistant", "refusal": reply.refusal})
    for _ in range(reply.repeat_last if reply.choices else 0):
        yield _chunk(request, {}, reply.finish)
    if reply.usage and (request.body.get("stream_options") or {}).get("include_usage"):
        yield _chunk(request, None) | {"usage": _usage(request, reply)}


def _usage(request: Request, reply: Reply) -> Body:
    sent = sum(len(str(message.get("content")).split()) for message in request.body.get("messages", ()))
    got = len(reply.text.split())
    details = {"cached_tokens": reply.cached_tokens, "cache_write_tokens": reply.cache_written}
    cached = {"prompt_tokens_details": details} if any(details.values()) else {}
    thought = {"completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens}}
    counted: Body = {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got, **cached}
    return counted | (thought if reply.reasoning_tokens else {})
