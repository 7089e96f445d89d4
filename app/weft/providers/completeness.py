"""Whether an answer is whole. A truncated or cut answer is never a success."""

from typing import TYPE_CHECKING, Any, cast

from weft.providers.conversation import text
from weft.providers.failures import failed

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

# What servers call the same ending: OpenAI's chat and responses protocols, Anthropic, Google, Ollama, Mistral.
_ENDINGS = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "completed": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "incomplete": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "spii": "content_filter",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "image_safety": "content_filter",
    "model_armor": "content_filter",
}


def finish(message: "BaseMessage") -> str | None:
    """Why the model stopped: `stop`, `length`, `content_filter`, `tool_calls`, or the server's own word;
    None when the server never said."""
    metadata = cast("dict[str, Any]", message.response_metadata)  # pyright: ignore[reportUnknownMemberType]
    incomplete = cast("Any", metadata.get("incomplete_details"))
    if isinstance(incomplete, dict) and (reason := cast("dict[str, Any]", incomplete).get("reason")):
        return _ending(str(reason))
    blocked = cast("Any", metadata.get("prompt_feedback"))
    if isinstance(blocked, dict) and cast("dict[str, Any]", blocked).get("block_reason"):
        return "content_filter"  # of the prompt, at Google
    for key in ("finish_reason", "stop_reason", "done_reason", "stopReason", "status"):
        if value := metadata.get(key):
            return _ending(str(value))
    return None


def ensure_complete(message: "BaseMessage") -> None:
    """Raise StepFailed unless the answer is whole: `truncated`, `stream-cut`, `content-filter`, `refused`,
    `empty-answer`."""
    ending = finish(message)
    received = text(message)
    so_far = f", after {len(received):,} characters"
    if refusal := cast("dict[str, Any]", message.additional_kwargs).get("refusal"):  # pyright: ignore[reportUnknownMemberType]
        raise failed("refused", detail=f": {str(refusal)[:200]}")
    if ending == "length":
        raise failed("truncated", detail=so_far)
    if ending == "content_filter":
        raise failed("content-filter")
    # A body that came whole may leave the reason out; a stream without one ended before the answer did.
    if ending is None and message.type == "AIMessageChunk":
        raise failed("stream-cut", detail=so_far)
    called = getattr(message, "tool_calls", None) or getattr(message, "invalid_tool_calls", None)
    if not received.strip() and not called:
        raise failed("empty-answer")


def _ending(reason: str) -> str:
    reason = reason.lower()
    for word in _ENDINGS:
        # Some servers send the reason with several chunks; merging them joins the words end to end.
        if reason == word or (len(reason) > len(word) and reason == word * (len(reason) // len(word))):
            return _ENDINGS[word]
    return reason
