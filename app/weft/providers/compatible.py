"""OpenAI's client as it asks OpenAI, and servers that only speak its protocol.

The latter tell what a model thinks beside the answer (`reasoning_content`, or `reasoning`), which the client leaves out, and
some want `max_tokens` by its old name. `response_format` is taken by most; a server that refuses it for a model is asked
again without, and isn't bothered with it any more: the JSON is then looked for in the answer.
"""
# What its library gives back isn't typed.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from openai import APIStatusError
from pydantic import PrivateAttr

FORMAT = "response_format"
_REFUSED = ("response_format", "json_schema", "structured output", "guided", "grammar")


class Prepared(ChatOpenAI):
    """What its library imports the first time a schema goes along takes most of a second: it is done in a thread."""

    async def _astream(self, *given: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        await self._prepared(kwargs)
        async for chunk in super()._astream(*given, **kwargs):
            yield chunk

    async def _agenerate(self, *given: Any, **kwargs: Any) -> ChatResult:
        await self._prepared(kwargs)
        return await super()._agenerate(*given, **kwargs)

    async def _prepared(self, asked: Mapping[str, Any]) -> None:
        if FORMAT in asked:
            await asyncio.to_thread(lambda: self.root_async_client.beta.chat.completions)


class Compatible(Prepared):
    """A model of a server that speaks OpenAI's chat completions protocol. Copies share what was learned of it."""

    plain_limit: bool = False
    """Whether the limit on tokens is sent as `max_tokens`."""
    _without: set[str] = PrivateAttr(default_factory=set[str])

    def _get_request_payload(
        self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        if FORMAT in self._without:
            kwargs.pop(FORMAT, None)
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        if self.plain_limit and "max_completion_tokens" in payload:
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload

    def _convert_chunk_to_generation_chunk(
        self, chunk: Any, *rest: Any, **more: Any
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, *rest, **more)
        choices = chunk.get("choices") if isinstance(chunk, dict) else None
        if made is not None and choices:
            _keep(made.message, choices[0].get("delta"))
        return made

    def _create_chat_result(self, response: Any, generation_info: Any = None) -> ChatResult:
        made = super()._create_chat_result(response, generation_info)
        said = response if isinstance(response, dict) else response.model_dump(warnings=False)
        choices = cast("list[Any]", cast("Mapping[str, Any]", said).get("choices") or [])
        for one, choice in zip(made.generations, choices, strict=False):
            _keep(one.message, choice.get("message"))
        return made

    async def _astream(self, *given: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        try:
            async for chunk in super()._astream(*given, **kwargs):
                yield chunk
            return
        except APIStatusError as error:
            if not self._learned(error, kwargs):
                raise
        async for chunk in super()._astream(*given, **kwargs):
            yield chunk

    async def _agenerate(self, *given: Any, **kwargs: Any) -> ChatResult:
        try:
            return await super()._agenerate(*given, **kwargs)
        except APIStatusError as error:
            if not self._learned(error, kwargs):
                raise
        return await super()._agenerate(*given, **kwargs)

    def _learned(self, error: APIStatusError, asked: Mapping[str, Any]) -> bool:
        """Whether it was refused because of the format alone, which is left out from now on."""
        said = str(error).lower()
        if FORMAT not in asked or FORMAT in self._without or error.status_code not in (400, 404, 422, 501):
            return False
        if not any(word in said for word in _REFUSED):
            return False
        self._without.add(FORMAT)
        return True


def _keep(message: Any, said: Any) -> None:
    if not isinstance(said, dict):
        return
    told = cast("Mapping[str, Any]", said)
    thought = told.get("reasoning_content") or told.get("reasoning")
    if isinstance(thought, str) and thought:
        message.additional_kwargs["reasoning_content"] = thought
