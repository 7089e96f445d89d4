"""What the models without a server share: they stream their answer by words and count tokens the same way."""

import asyncio
import json
import re
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from weft.providers.conversation import text

_WORD = re.compile(r"\s*\S+|\s+$")


class LocalModel(BaseChatModel):
    """A chat model in this process. `delay` is the pause after each streamed word, in seconds."""

    delay: float = 0.0

    @abstractmethod
    async def reply(self, messages: list[BaseMessage], schema: Any) -> AIMessage:
        """The whole answer; `schema` is the JSON Schema asked for, or None for text."""

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = counted(await self.reply(messages, kwargs.get("weft_schema")), messages)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = counted(await self.reply(messages, kwargs.get("weft_schema")), messages)
        for word in _WORD.findall(text(message)):
            await asyncio.sleep(self.delay)
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        calls = [
            tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"])
            for c in message.tool_calls
        ]
        last = AIMessageChunk(
            content="",
            tool_call_chunks=calls,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,  # pyright: ignore[reportUnknownMemberType]
        )
        yield ChatGenerationChunk(message=last)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # For a user's sync component, which runs in a thread without a loop of its own.
        return asyncio.run(self._agenerate(messages, stop, None, **kwargs))


def counted(message: AIMessage, asked: list[BaseMessage]) -> AIMessage:
    """The answer with its usage (a word is a token) and the finish reason `stop`, unless it says them itself."""
    sent, got = sum(_words(m) for m in asked), _words(message)
    tokens = UsageMetadata(input_tokens=sent, output_tokens=got, total_tokens=sent + got)
    metadata = {"finish_reason": "stop", **message.response_metadata}  # pyright: ignore[reportUnknownMemberType]
    return message.model_copy(
        update={"usage_metadata": message.usage_metadata or tokens, "response_metadata": metadata}
    )


def _words(message: BaseMessage) -> int:
    return len(text(message).split())
