"""What was asked and answered: each call a step makes to a model, recorded as sent."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol, cast

from weft.providers.completeness import finish
from weft.providers.conversation import plain, text, usage
from weft.providers.explanations import explain
from weft.providers.redaction import redact

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.callbacks import AsyncCallbackHandler
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult


class CallSink(Protocol):
    """Who takes the records: the engine's scope of one step."""

    def record_call(self, call: dict[str, Any], /) -> None: ...


def bind(model: "BaseChatModel", scope: CallSink) -> "BaseChatModel":
    """A copy of the model, sharing its client, that gives `scope` a record of every call, failed ones too:
    `{model, messages: [{role, content}], answer, usage, seconds, finish}` and `error: {code, message}`."""
    callbacks = model.callbacks
    before: list[Any] = list(callbacks) if isinstance(callbacks, list) else []
    return model.model_copy(update={"callbacks": [*before, _recorder(model_name(model), scope)]})


def model_name(model: "BaseChatModel") -> str:
    """The name a flow would give this model."""
    named = (model.metadata or {}).get("weft_model")
    for attribute in ("model_name", "model", "name"):
        named = named or getattr(model, attribute, None)
    return str(named or type(model).__name__)


def _recorder(name: str, scope: CallSink) -> "AsyncCallbackHandler":
    from langchain_core.callbacks import AsyncCallbackHandler

    class Recorder(AsyncCallbackHandler):
        raise_error = True  # a call that can't be recorded is no success

        def __init__(self) -> None:
            self.running: dict[UUID, tuple[float, list[dict[str, Any]]]] = {}

        async def on_chat_model_start(
            self, serialized: dict[str, Any], messages: "list[list[BaseMessage]]", *, run_id: "UUID", **_: Any
        ) -> None:
            self.running[run_id] = (time.monotonic(), plain(messages[0]))

        async def on_llm_end(self, response: "LLMResult", *, run_id: "UUID", **_: Any) -> None:
            self.record(run_id, response, None)

        async def on_llm_error(self, error: BaseException, *, run_id: "UUID", **more: Any) -> None:
            self.record(run_id, more.get("response"), error)

        def record(self, run_id: "UUID", response: "LLMResult | None", error: BaseException | None) -> None:
            started, sent = self.running.pop(run_id, (time.monotonic(), []))
            answer = _answer(response)
            call: dict[str, Any] = {
                "model": name,
                "messages": sent,
                "answer": text(answer) if answer else "",
                "usage": usage(answer) if answer else {},
                "seconds": round(time.monotonic() - started, 6),
                "finish": finish(answer) if answer else None,
            }
            if error is not None:
                call["error"] = _error(error)
            scope.record_call(call)

    return Recorder()


def _answer(response: "LLMResult | None") -> "BaseMessage | None":
    for generations in response.generations if response else ():
        for generation in generations:
            if (message := getattr(generation, "message", None)) is not None:
                return cast("BaseMessage", message)
    return None


def _error(error: BaseException) -> dict[str, str]:
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return {"code": "cancelled", "message": "The call was cancelled before the answer was whole."}
    if failure := explain(error):
        return {"code": failure.code, "message": failure.message}
    return {"code": "error", "message": redact(f"{type(error).__name__}: {error}")}
