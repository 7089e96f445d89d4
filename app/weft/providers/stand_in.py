"""A model that asks nobody: it notes what it is asked, for whoever wants to see that beforehand."""

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable
from pydantic import Field

from weft.providers.conversation import plain
from weft.providers.local import LocalModel


class Asked(BaseException):
    """The model was asked. No Exception: a component that asks again after a failure must not catch it."""


class StandIn(LocalModel):
    """Notes in `asked` what it is asked, messages and schema and tools; then stops whoever asks, unless there is an
    `answer` to give: a function of the schema."""

    answer: Callable[[Any], str] | None = Field(default=None, exclude=True)
    asked: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]], exclude=True)
    tools: list[Any] = Field(default_factory=list[Any], exclude=True)
    """Those it was told of, as OpenAI's protocol describes them."""
    fit: Any = Field(default=None, exclude=True)
    """How the conversation would be made to fit: a `shrinking.Sent`."""

    @property
    def _llm_type(self) -> str:
        return "stand-in"

    def foresee(self, sent: Any) -> None:
        """It is told how it would be asked, and is asked whole."""
        self.fit = sent

    async def reply(self, messages: list[BaseMessage], schema: Any) -> AIMessage:
        told = {"schema": schema, "fit": self.fit, "tools": self.tools}
        self.asked.append({"messages": plain(messages), **told})
        if self.answer is None:
            raise Asked
        return AIMessage(content=self.answer(schema))

    def bind_tools(self, tools: Any, **kwargs: Any) -> "Runnable[Any, Any]":  # pyright: ignore[reportIncompatibleMethodOverride]
        self.tools = list(tools)
        return self.bind(tools=self.tools, **kwargs)
