"""Bedrock's client, made to answer by a schema: the model is given one tool and has to call it.

What it calls the tool with is the answer, and is passed on as its text, as it comes. A model that can't be made to call
a tool (its client knows which), or that is to think as well, which few allow together, is asked as any: the JSON is then
looked for in what it says.
"""
# What its library gives back isn't typed.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from langchain_aws import ChatBedrockConverse
from langchain_core.outputs import ChatGenerationChunk, ChatResult

ANSWER = "answer"
SCHEMA = "weft_schema"
_ODD = re.compile(r"[^A-Za-z0-9 ()\[\]-]")


class Converse(ChatBedrockConverse):
    """Takes the call argument `weft_schema`."""

    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        forced = self._forced(kwargs)
        result = super()._generate(_named(messages), stop, run_manager, **kwargs, **forced)
        for one in result.generations if forced else ():
            _as_text(one.message)
        return result

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        forced = self._forced(kwargs)
        for chunk in super()._stream(
            _named(messages), stop, None if forced else run_manager, **kwargs, **forced
        ):
            if forced:
                _as_text(chunk.message)
                chunk = ChatGenerationChunk(message=chunk.message)
            yield chunk

    def _forced(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments that make it answer by the schema, which is taken out of `kwargs`."""
        schema = kwargs.pop(SCHEMA, None)
        able = self.supports_tool_choice_values or ()
        if schema is None or "reasoning_effort" in kwargs or not {"tool", "any"} & {*able}:
            return {}
        tool = {"name": ANSWER, "description": "Give the answer.", "parameters": dict(schema)}
        choice = ANSWER if "tool" in able else "any"
        bound = self.bind_tools([{"type": "function", "function": tool}], tool_choice=choice)
        return dict(cast("Mapping[str, Any]", cast("Any", bound).kwargs))


def _named(messages: list[Any]) -> list[Any]:
    """The messages, the names of files in them as this protocol takes them: without dots, for one."""
    if not any(isinstance(one.content, list) for one in messages):
        return messages
    return [
        one.model_copy(update={"content": [_block(block) for block in one.content]})
        if isinstance(one.content, list)
        else one
        for one in messages
    ]


def _block(block: Any) -> Any:
    if not isinstance(block, dict) or "filename" not in block:
        return block
    held = cast("dict[str, Any]", block)
    name = " ".join(_ODD.sub("-", str(held["filename"])).split())[:200]
    return {**held, "filename": name}


def _as_text(message: Any) -> None:
    """What the tool is called with, in place of the call."""
    parts: list[Any] = []
    content = message.content if isinstance(message.content, list) else []
    if isinstance(message.content, str) and message.content:
        parts.append({"type": "text", "text": message.content})
    parts += [one for one in content if not (isinstance(one, dict) and one.get("type") == "tool_use")]
    for call in getattr(message, "tool_call_chunks", None) or ():
        if call["args"]:
            parts.append({"type": "text", "text": call["args"], "index": call["index"]})
    if message.type == "ai":
        parts += [
            {"type": "text", "text": json.dumps(call["args"], ensure_ascii=False)}
            for call in message.tool_calls
        ]
    message.content = parts
    message.tool_calls, message.invalid_tool_calls = [], []
    if hasattr(message, "tool_call_chunks"):
        message.tool_call_chunks = []
    if message.response_metadata.get("stopReason") == "tool_use":
        message.response_metadata["stopReason"] = "end_turn"
