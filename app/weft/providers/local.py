"""What the models without a server share: they stream their answer by words and count tokens the same way."""

import asyncio
import json
import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
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

    def own_options(self, schema: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {} if schema is None else {"weft_schema": schema}

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Any:
        return self.bind(weft_tools=list(tools), **kwargs)

    async def reply_with(
        self, messages: list[BaseMessage], schema: Any, tools: list[dict[str, Any]]
    ) -> AIMessage:
        """The same where tools may be called, each a function as OpenAI's protocol describes it."""
        return await self.reply(messages, schema)

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
        message = counted(await self._replied(messages, kwargs), messages)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = counted(await self._replied(messages, kwargs), messages)
        for word in _WORD.findall(text(message)):
            await asyncio.sleep(self.delay)
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        said = [(c["name"], json.dumps(c["args"]), c["id"]) for c in message.tool_calls]
        said += [(c["name"], c["args"], c["id"]) for c in message.invalid_tool_calls]
        calls = [
            tool_call_chunk(name=name, args=args, id=known, index=index)
            for index, (name, args, known) in enumerate(said)
        ]
        last = AIMessageChunk(
            content="",
            tool_call_chunks=calls,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,  # pyright: ignore[reportUnknownMemberType]
        )
        yield ChatGenerationChunk(message=last)

    async def _replied(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        schema, tools = kwargs.get("weft_schema"), kwargs.get("weft_tools")
        return await (self.reply_with(messages, schema, tools) if tools else self.reply(messages, schema))

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
