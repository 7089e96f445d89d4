"""Each call of a model, from its turn to its record: asked for, waited for, counted, priced.

Two hooks of langchain-core that every chat model honours, streamed or not, in the loop or in a thread. The callback
hears of a call before it is made and when it is over. The rate limiter is asked in between and may wait, or raise: here
a call waits for the provider's gate, and the step's budget lets it go or refuses it. An error of a callback could be
swallowed (a synchronous call only logs that of an asynchronous handler), one of the rate limiter never is.
"""

import asyncio
import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import BaseCallbackHandler

from weft.model.errors import StepFailed
from weft.providers.completeness import ensure_complete, finish
from weft.providers.conversation import plain, reasoning, text, tool_calls, usage
from weft.providers.estimating import ANSWER, about_conversation, about_tokens
from weft.providers.explanations import explain
from weft.providers.failures import LARGEST, failed
from weft.providers.prices import FREE, Price
from weft.providers.rate_limits import Gate, Ticket
from weft.providers.redaction import redact
from weft.providers.taking import refuse

if TYPE_CHECKING:
    from concurrent.futures import Future
    from uuid import UUID

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult

UNBILLED = frozenset(
    [
        "unreachable",
        "untrusted-server",
        "bad-url",
        "bad-request",
        "context-overflow",
        "bad-key",
        "not-allowed",
        "unknown-model",
        "conflict",
        "too-large",
        "rate-limited",
        "no-credit",
        "server-error",
        "http-status",
    ]
)
"""Failures in which no model wrote anything."""


@dataclass(eq=False)
class Call:
    """One call, from before its turn to its end."""

    messages: list[dict[str, Any]]
    started: float
    who: object = None
    """The task or thread that makes it: it makes no other meanwhile, unless it reads this answer bit by bit."""
    asked: bool = False
    """Whether its turn was asked for."""
    received: int = 0
    """Characters, or parts, that were streamed."""
    ticket: Ticket | None = None
    hold: Any = None

    def sent(self) -> int:
        return about_conversation(self.messages)


begun: ContextVar[tuple[Call, ...]] = ContextVar("weft_calls", default=())
"""The calls of this context that were announced and whose turn wasn't asked for yet."""


class Recorder(BaseCallbackHandler):
    """Gives `scope` a record of every call, failed ones too."""

    raise_error = True  # a call that can't be recorded is no success
    run_inline = True

    def __init__(
        self,
        name: str,
        scope: Any,
        *,
        price: Price | None,
        gate: Gate | None,
        most: int | None,
        streams: bool = False,
        without: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.scope = scope
        self.price = price
        self.gate = gate
        self.most = most
        """Tokens an answer may have, if the model says so."""
        self.streams = streams
        """Whether its client streams what is asked for whole, so that an answer without an ending was cut."""
        self.without = without or {}
        """What the model can't be shown, and why."""
        self.running: dict[UUID, Call] = {}
        self.loop = _running_loop()
        self.thread = get_ident()

    # --- what langchain-core calls ---

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: "list[list[BaseMessage]]", *, run_id: "UUID", **_: Any
    ) -> None:
        refuse(messages[0], self.without)
        call = self.running[run_id] = Call(plain(messages[0]), time.monotonic(), _who())
        begun.set((*(one for one in begun.get() if not one.asked), call))

    def on_llm_new_token(self, token: Any, *, run_id: "UUID", chunk: Any = None, **_: Any) -> None:
        if (call := self.running.get(run_id)) is not None:
            if (message := getattr(chunk, "message", None)) and (thought := reasoning(message)):
                self.think(thought)
                call.received += len(thought)
            call.received += len(token) if isinstance(token, str) else len(str(token))  # a list of blocks
            if call.received > LARGEST:
                raise failed("answer-too-large")

    def on_llm_end(self, response: "LLMResult", *, run_id: "UUID", **_: Any) -> None:
        cut = _cut(response, streamed=self.streams)
        self.record(run_id, response, cut)
        if cut is not None:
            raise cut  # whoever asked, and whether they look or not

    def on_llm_error(self, error: BaseException, *, run_id: "UUID", **more: Any) -> None:
        self.record(run_id, more.get("response"), error)

    # --- the turn ---

    async def admit(self, call: Call) -> None:
        """Wait for the call's turn. Raises `StepFailed` if the budget hasn't anything left for it."""
        path = f"{getattr(self.scope, 'run_id', '')}:{getattr(self.scope, 'path', '')}"
        if self.gate is not None:
            tokens = self.need(call)[0] if self.gate.counts_tokens else 0
            call.ticket = await self.gate.enter(tokens, path=path, who=call.who, tell=self.tell)
        if (open_call := getattr(self.scope, "open_call", None)) is not None:
            call.hold = await open_call(lambda: self.need(call), call.who)

    def admit_elsewhere(self, call: Call) -> "Future[None]":
        """The same from another thread than the run's."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(self.admit(call), self.loop)

    def admit_now(self, call: Call) -> None:
        """The same for a call that blocks the loop, where nobody else could end what it would wait for."""
        if self.gate is not None:
            call.ticket = self.gate.enter_now(self.need(call)[0] if self.gate.counts_tokens else 0)
        if (open_call := getattr(self.scope, "open_call_now", None)) is not None:
            call.hold = open_call(lambda: self.need(call))

    def go(self, call: Call) -> None:
        """It is made now."""
        call.started = time.monotonic()
        if call not in self.running.values():
            self.forget(call)  # nobody will hear of its end

    def need(self, call: Call) -> tuple[int, float | None]:
        """About what the call will use, in tokens and dollars."""
        sent, answered = call.sent(), self.most or ANSWER
        used = {"input_tokens": sent, "output_tokens": answered}
        return sent + answered, None if self.price is None else self.price.of(used)

    def tell(self, message: str) -> None:
        if (wait_for := getattr(self.scope, "wait_for", None)) is not None:
            wait_for("rate-limit", message)

    def think(self, thought: str) -> None:
        if (think := getattr(self.scope, "think", None)) is not None:
            think(thought)

    def forget(self, call: Call) -> None:
        """It was refused, or given up while it waited: no call was made."""
        for run_id, one in list(self.running.items()):
            if one is call:
                del self.running[run_id]
        if call.ticket is not None and self.gate is not None:
            self.gate.leave(call.ticket, sent=False)
        if call.hold is not None:
            call.hold.settle(0, 0.0)

    # --- the record ---

    def record(self, run_id: "UUID", response: "LLMResult | None", error: BaseException | None) -> None:
        call = self.running.pop(run_id, None)
        if call is None:
            return  # it was refused before it was made
        answer = _answer(response)
        made: dict[str, Any] = {
            "model": self.name,
            "messages": call.messages,
            "answer": text(answer) if answer else "",
            "usage": usage(answer) if answer else {},
            "seconds": round(time.monotonic() - call.started, 6),
            "finish": finish(answer) if answer else None,
        }
        if answer and (called := tool_calls(answer)):
            made["tool_calls"] = called
        if answer and (thought := reasoning(answer)):
            made["reasoning"] = thought
        failure = None
        if error is not None:
            made["error"] = _error(error)
            failure = explain(error)
        self.count(call, made)
        self.settle(call, made, failure)
        self.scope.record_call(made)

    def count(self, call: Call, made: dict[str, Any]) -> None:
        """Its tokens, counted here if the server didn't say, and its cost, None if that isn't known."""
        code = made.get("error", {}).get("code", "")
        if not made["usage"] and (made["answer"] or not code):
            made["usage"] = {"input_tokens": call.sent(), "output_tokens": about_tokens(made["answer"])}
            made["estimated"] = True
        if made["usage"] or self.price == FREE:
            made["cost"] = None if self.price is None else self.price.of(made["usage"])
        else:
            made["cost"] = 0.0 if code in UNBILLED else None

    def settle(self, call: Call, made: dict[str, Any], failure: Any) -> None:
        used = made["usage"]
        tokens = used.get("input_tokens", 0) + used.get("output_tokens", 0)
        if call.hold is not None:
            call.hold.settle(tokens, made["cost"])
        if self.gate is not None and call.ticket is not None:
            if failure is not None and failure.code == "rate-limited":
                self.gate.slow_down(failure.retry_after)
            self.gate.leave(call.ticket, tokens or None, answered="error" not in made)


def _who() -> object:
    try:
        return asyncio.current_task() or get_ident()
    except RuntimeError:
        return get_ident()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _cut(response: "LLMResult", *, streamed: bool) -> StepFailed | None:
    """Why the answer isn't whole, if it isn't. An empty one is for whoever asked to judge."""
    answer = _answer(response)
    if answer is None:
        return failed("bad-response")
    if streamed and finish(answer) is None:
        return failed("stream-cut", detail=f", after {len(text(answer)):,} characters")
    try:
        ensure_complete(answer)
    except StepFailed as cut:
        return None if cut.code == "empty-answer" else cut
    return None


class _Told(logging.Filter):
    """What a recorder raises is raised: langchain-core needn't log it as well."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and record.args[:1] == (Recorder.__name__,))


logging.getLogger("langchain_core.callbacks.manager").addFilter(_Told())


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
