"""Messages between Weft's plain form, `{"role": ..., "content": ...}`, and langchain's classes."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

ROLES = ("system", "user", "assistant", "tool")
CUT = "weft_cut"
"""Where a message on its way to a model holds what was cut from its front (`shrinking`)."""
_ROLE_OF_TYPE = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool"}


def messages(conversation: Iterable[Mapping[str, Any]]) -> "list[BaseMessage]":
    """langchain's messages for a plain conversation; `content` is text, or a list of content blocks."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    made: list[BaseMessage] = []
    for index, message in enumerate(conversation):
        content = cast("str | list[str | dict[str, Any]]", message.get("content", ""))
        match message.get("role"):
            case "system" | "developer":
                made.append(SystemMessage(content=content))
            case "user":
                made.append(HumanMessage(content=content))
            case "assistant":
                made.append(AIMessage(content=content, tool_calls=list(message.get("tool_calls", ()))))
            case "tool":
                made.append(ToolMessage(content=content, tool_call_id=str(message.get("tool_call_id", ""))))
            case role:
                raise StepFailed(
                    f"Message {index + 1} of the conversation has the role {role!r}.",
                    code="bad-messages",
                    hint=f"A role is one of: {', '.join(ROLES)}.",
                    retryable=False,
                )
    return made


def plain(conversation: "Sequence[BaseMessage]") -> list[dict[str, Any]]:
    """The conversation as role and content, ready to be recorded."""
    return [_plain_message(message) for message in conversation]


def text(message: "BaseMessage") -> str:
    """The text of a message, its text blocks joined; what is no text (images, reasoning) is left out."""
    content = cast("str | list[str | dict[str, Any]]", message.content)  # pyright: ignore[reportUnknownMemberType]
    if isinstance(content, str):
        return content
    return "".join(_block_text(block) for block in content)


def reasoning(message: "BaseMessage") -> str:
    """What a thinking model thought before it answered, as far as its server tells; "" without any."""
    more = cast("Mapping[str, Any]", message.additional_kwargs)  # pyright: ignore[reportUnknownMemberType]
    content = cast("str | list[str | dict[str, Any]]", message.content)  # pyright: ignore[reportUnknownMemberType]
    blocks = [] if isinstance(content, str) else content
    told = [str(more.get("reasoning_content") or "")]
    return "".join(told + [_thought(block) for block in blocks if isinstance(block, dict)])


def usage(message: "BaseMessage") -> dict[str, int]:
    """Tokens of one answer as the server counted them: `input_tokens`, `output_tokens`, and when it says so
    `cached_tokens` (the part of the input that it had cached), `cache_write_tokens` (the part that it cached now) and
    `reasoning_tokens` (the part of the output that nobody sees); empty when it says nothing."""
    counted = cast("Mapping[str, Any] | None", getattr(message, "usage_metadata", None))
    if not counted:
        return {}
    found = {name: int(counted.get(name) or 0) for name in ("input_tokens", "output_tokens")}
    details = cast("Mapping[str, Any]", counted.get("input_token_details") or {})
    if cached := details.get("cache_read"):
        found["cached_tokens"] = int(cached)
    if written := sum(int(details.get(name) or 0) for name in _WRITTEN):
        found["cache_write_tokens"] = written
    details = cast("Mapping[str, Any]", counted.get("output_token_details") or {})
    if reasoning := details.get("reasoning"):
        found["reasoning_tokens"] = int(reasoning)
    return found


_WRITTEN = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")

UNREADABLE = "unreadable"
"""The one argument of a call whose arguments were no JSON: what stood there."""


def tool_calls(message: "BaseMessage") -> list[dict[str, Any]]:
    """The tools that an answer calls: `name`, `args`, `id`, and `type`, which langchain wants. Each has an id."""
    valid = cast("list[Mapping[str, Any]]", getattr(message, "tool_calls", None) or [])
    broken = cast("list[Mapping[str, Any]]", getattr(message, "invalid_tool_calls", None) or [])
    found: list[tuple[Any, dict[str, Any], Any]] = [
        (one["name"], dict(one["args"]), one.get("id")) for one in valid
    ]
    found += [(one.get("name"), {UNREADABLE: str(one.get("args") or "")}, one.get("id")) for one in broken]
    return [
        {"name": str(name or ""), "args": args, "id": str(known or f"call_{place}"), "type": "tool_call"}
        for place, (name, args, known) in enumerate(found)
    ]


def _plain_message(message: "BaseMessage") -> dict[str, Any]:
    role = _ROLE_OF_TYPE.get(message.type.removesuffix("MessageChunk").lower(), message.type)
    content = cast("Any", message.content)  # pyright: ignore[reportUnknownMemberType]
    made: dict[str, Any] = {"role": role, "content": _without_bytes(content)}
    if calls := tool_calls(message):
        made["content"] = text(message)  # how a server marks the calls in it is its own affair
        made["tool_calls"] = calls
    if call_id := getattr(message, "tool_call_id", None):
        made["tool_call_id"] = call_id
    if cut := cast("dict[str, Any]", message.response_metadata).get(CUT):  # pyright: ignore[reportUnknownMemberType]
        made["cut"] = cut
    return made


_BYTES = ("base64", "data")
"""Where a block of langchain-core holds a file, now and in the form that its callbacks still use."""
_DATA = re.compile(r"data:([\w.+/-]+);base64,")


def _without_bytes(content: Any) -> Any:
    """The content, a digest in place of each file: a record says what was shown, and doesn't keep it once more."""
    if isinstance(content, list):
        return [_without_bytes(block) for block in cast("list[Any]", content)]
    if not isinstance(content, dict):
        found = _DATA.match(content) if isinstance(content, str) else None
        return _digest(found[1], content[found.end() :]) if found else content
    held = cast("dict[str, Any]", content)
    for name in _BYTES:
        if isinstance(data := held.get(name), str) and (
            name == "base64" or held.get("source_type") == "base64"
        ):
            about = {key: value for key, value in held.items() if key != name}
            return about | _digest(str(held.get("mime_type", "")), data)
    return {key: _without_bytes(value) for key, value in held.items()}


def _digest(kind: str, encoded: str) -> dict[str, Any]:
    data = base64.b64decode(encoded)
    return {"mime_type": kind, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _block_text(block: str | dict[str, Any]) -> str:
    if isinstance(block, str):
        return block
    return str(block.get("text") or "") if block.get("type") in ("text", "output_text", None) else ""


_THOUGHTS = ("thinking", "reasoning", "reasoning_content", "summary")


def _thought(block: Mapping[str, Any]) -> str:
    """The text of a block of reasoning: as OpenAI, Anthropic, Google, Mistral and Bedrock each put it."""
    return _inner(block) if block.get("type") in _THOUGHTS[:3] else ""


def _inner(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_inner, cast("list[Any]", value)))
    if not isinstance(value, dict):
        return ""
    held = cast("dict[str, Any]", value)
    return _inner(next((held[key] for key in (*_THOUGHTS, "text") if held.get(key)), ""))
