"""Several models as one: the next is asked when the one before can't be had.

`"openai:gpt-5-mini | anthropic:claude-haiku-5-5"`. The next one answers when there is no key, no package, no server, no
such model, no credit, no time, too many requests, a server's own fault, or a prompt that is too long for this one or
shows it what it takes none of. It doesn't where the model did answer and the answer is the trouble (a refusal, a content filter, a length limit), where
the request is wrong for any, where the budget is spent; nor once a word of an answer was shown, for words of two models
make no answer. Each call is recorded under the model it asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from weft.model.errors import StepFailed
from weft.providers.conversation import text
from weft.providers.explanations import explain
from weft.providers.settings import call_options, either

if TYPE_CHECKING:
    from weft.providers.recording import CallSink

FALLS_OVER = frozenset(
    [
        "no-key",
        "no-address",
        "missing-package",
        "unreachable",
        "untrusted-server",
        "bad-url",
        "connection-lost",
        "timeout",
        "bad-key",
        "not-allowed",
        "unknown-model",
        "rate-limited",
        "no-credit",
        "server-error",
        "http-status",
        "bad-response",
        "stream-cut",
        "context-overflow",
        "too-large",
        "secret-elsewhere",
        "not-taken",
    ]
)
"""The failures after which the next model is asked."""


class FallbackModel(BaseChatModel):
    """Models in the order they are asked; each is bound to its step already."""

    models: list[Any]

    @property
    def _llm_type(self) -> str:
        return "weft-fallback"

    def own_options(self, schema: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in (("weft_schema", schema), ("weft_settings", settings)) if value}

    def all_either(self) -> bool:
        return all(map(either, self.models))

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Any:
        return self.bind(weft_tools=list(tools), **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for place, model in enumerate(self.models):
            shown = False
            try:
                async for chunk in _able(model, kwargs).astream(
                    messages, stop=stop, **_options(model, kwargs)
                ):
                    assert isinstance(chunk, AIMessageChunk)
                    shown = shown or bool(text(chunk)) or bool(chunk.tool_call_chunks)
                    yield ChatGenerationChunk(message=chunk)
                return
            except Exception as error:
                if shown or not self._next(place, error):
                    raise

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        for place, model in enumerate(self.models):
            try:
                answer = await _able(model, kwargs).ainvoke(messages, stop=stop, **_options(model, kwargs))
                return ChatResult(generations=[ChatGeneration(message=answer)])
            except Exception as error:
                if not self._next(place, error):
                    raise
        raise AssertionError("the last model answers or raises")

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        for place, model in enumerate(self.models):
            try:
                answer = _able(model, kwargs).invoke(messages, stop=stop, **_options(model, kwargs))
                return ChatResult(generations=[ChatGeneration(message=answer)])
            except Exception as error:
                if not self._next(place, error):
                    raise
        raise AssertionError("the last model answers or raises")

    def _next(self, place: int, error: Exception) -> bool:
        """Whether another model is to be asked."""
        return place + 1 < len(self.models) and falls_over(error)


def falls_over(error: Exception) -> bool:
    """Whether the next model may do better."""
    failure = explain(error)
    return failure is not None and failure.code in FALLS_OVER


async def first_of(
    names: Sequence[str], make: Callable[[str], Awaitable[BaseChatModel]], scope: "CallSink"
) -> BaseChatModel:
    """The models of these names as one. One that can't even be made is recorded as a call that failed."""
    made: list[BaseChatModel] = []
    for name in names:
        try:
            made.append(await make(name))
        except StepFailed as failure:
            if failure.code not in FALLS_OVER or (name == names[-1] and not made):
                raise
            wrong = {"code": failure.code, "message": failure.message}
            told: dict[str, Any] = {
                "model": name,
                "messages": [],
                "answer": "",
                "usage": {},
                "seconds": 0.0,
                "finish": None,
            }
            scope.record_call({**told, "cost": 0.0, "error": wrong})
    return made[0] if len(made) == 1 else FallbackModel(models=made)


def _options(model: BaseChatModel, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The neutral arguments as this model takes them."""
    more = {key: value for key, value in kwargs.items() if not key.startswith("weft_")}
    schema, tools = kwargs.get("weft_schema"), bool(kwargs.get("weft_tools"))
    return more | call_options(model, schema=schema, settings=kwargs.get("weft_settings"), tools=tools)


def _able(model: BaseChatModel, kwargs: dict[str, Any]) -> Any:
    """The model, told of the tools if there are any."""
    tools = kwargs.get("weft_tools")
    return model.bind_tools(tools) if tools else model
