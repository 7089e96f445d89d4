"""Letting a model call tools while it answers: the calls it makes, checked, made side by side, and told to it.

What is wrong with a call (no such tool, arguments that don't fit, a person who declines, a failure) is told to the
model, which may do better; it never fails the step by itself. The bounds are on rounds, in which the model is asked and
may call several tools, and on calls. Past them it is asked once more for an answer without any.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from weft.model.errors import FlowHasProblems, StepFailed, WeftError
from weft.model.fitting import misfit
from weft.providers.conversation import UNREADABLE, text, tool_calls

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

LONGEST = 50_000
"""Characters of a result that the model is told."""
LASTING = frozenset(["cancelled", "budget-exceeded", "unknown-price", "not-on-cassette", "not-available"])
"""Failures of a call after which nothing the model could do would help."""


class Offered(Protocol):
    """A tool, as `weft.Tool` is one."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def schema(self) -> Mapping[str, Any]: ...
    @property
    def ask(self) -> bool: ...
    def call(self, arguments: Mapping[str, Any], ctx: Any, number: int) -> Awaitable[Any]: ...


class _Allowed(NamedTuple):
    """A call that is made: with which arguments, and what the model is told before its result."""

    arguments: dict[str, Any]
    remark: str = ""


class ToolUse:
    """The tools of one step: `ctx` is what the step offers. `trail` is what was said about calls so far, to be sent
    between the conversation and what follows."""

    def __init__(self, tools: Sequence[Offered], ctx: Any, *, rounds: int, calls: int) -> None:
        self.trail: list[BaseMessage] = []
        self._tools = {tool.name: tool for tool in tools}
        self._ctx = ctx
        self._rounds, self._calls = max(rounds, 0), max(calls, 0)
        self._round = self._call = 0
        self._warned = False
        self._noted = iter(ctx.noted)
        if len(self._tools) < len(tools):
            raise StepFailed(
                "Two of the tools have the same name.",
                code="bad-tool",
                hint="Give one of them a 'name' of its own.",
                retryable=False,
            )

    def told(self, model: "BaseChatModel") -> Any:
        """The model, told of the tools. Raises `StepFailed` (`no-tools`) for one that can't call any."""
        functions = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                },
            }
            for tool in self._tools.values()
        ]
        try:
            return model.bind_tools(functions)  # pyright: ignore[reportUnknownMemberType]
        except NotImplementedError:
            raise StepFailed(
                "This model can't call tools.",
                code="no-tools",
                hint="Choose another model, or take the tools away.",
                retryable=False,
            ) from None

    async def answer(
        self,
        model: Any,
        before: "Sequence[BaseMessage]",
        after: "Sequence[BaseMessage]",
        more: Mapping[str, Any],
        fit: "Callable[[list[BaseMessage]], Awaitable[list[BaseMessage]]]",
    ) -> "BaseMessage":
        """The answer to a conversation, after all calls that lead to it; `after` stands behind what is said of those.
        `fit` makes what is sent fit the model.

        What the model said is put down before its calls are made. So a run that was broken off goes on with the very
        same calls, and finds what was recorded of those that had been made."""
        while True:
            known = next(self._noted, None)
            if known is not None:
                answer = _remembered(known)
                self._ctx.emit(text(answer))
            else:
                answer = await answered(model, await fit([*before, *self.trail, *after]), more, self._ctx)
            calls = tool_calls(answer)
            if not calls:
                return answer
            if text(answer):
                self._ctx.emit("\n\n")
            if known is None:
                self._ctx.note(_put_down(answer), f"calls {', '.join(call['name'] for call in calls)}"[:300])
            await self._take(answer, calls)

    async def _take(self, answer: "BaseMessage", calls: list[dict[str, Any]]) -> None:
        """Make the calls that an answer asks for, as far as the bounds allow."""
        self._round += 1
        allowed = self._calls - self._call if self._round <= self._rounds else 0
        made, over = calls[:allowed], calls[allowed:]
        if over and self._warned:
            raise StepFailed(
                f"The model goes on calling tools past {self._rounds} rounds and {self._calls} calls.",
                code="too-many-calls",
                hint="Allow it more with `rounds` and `calls`, or say in the prompt when to stop.",
                retryable=False,
            )
        self._warned = bool(over)
        first, self._call = self._call, self._call + len(made)
        results = await self._all(made, first)
        no_more = "No call was made: no more are allowed. Answer now, with what you know."
        self._note(answer, calls, [*results, *(no_more for _ in over)])

    async def _all(self, calls: list[dict[str, Any]], first: int) -> list[str]:
        """The calls side by side, persons asked one after the other before."""
        allowed = [await self._allowed(call) for call in calls]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._made(call, one, first + place))
                    if isinstance(one, _Allowed)
                    else one
                    for place, (call, one) in enumerate(zip(calls, allowed, strict=True))
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task if isinstance(task, str) else task.result() for task in tasks]

    async def _allowed(self, call: dict[str, Any]) -> "_Allowed | str":
        """With which arguments this call is made; or why it isn't, for the model."""
        tool = self._tools.get(call["name"])
        if tool is None:
            return f"Error: there is no tool {call['name'][:80]!r}. There are: {', '.join(self._tools)}."
        if set(call["args"]) == {UNREADABLE}:
            return "Error: the arguments are no JSON object. Call again, with a JSON object."
        if wrong := _wrong(tool.schema, call["args"]):
            return f"Error: the arguments don't fit: {wrong}. Call again, with arguments that fit."
        if not tool.ask:
            return _Allowed(call["args"])
        answer = await self._ctx.ask(
            f"The model wants to call {tool.name!r} with these arguments. May it?",
            kind="approve",
            value=call["args"],
            changes=tool.schema,
        )
        remark = f" They say: {answer['remark']}" if answer["remark"] else ""
        if not answer["approved"]:
            return f"No call was made: a person declined it.{remark}"
        if answer["value"] == call["args"]:
            return _Allowed(call["args"])
        changed = json.dumps(answer["value"], ensure_ascii=False)
        return _Allowed(answer["value"], f"(A person changed the arguments to {changed}.{remark})\n")

    async def _made(self, call: dict[str, Any], allowed: "_Allowed", number: int) -> str:
        try:
            result = await self._tools[call["name"]].call(allowed.arguments, self._ctx, number)
        except FlowHasProblems:
            raise
        except WeftError as error:
            beyond = error.code == "limit-exceeded" and getattr(error, "node", None) is None
            if beyond or error.code in LASTING:
                raise
            return f"{allowed.remark}Error: {error.message} {error.hint}".rstrip()
        told = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        if len(told) > LONGEST:
            told = f"{told[:LONGEST]}\n[cut: {len(told):,} characters in all]"
        return allowed.remark + (told or "(nothing)")

    def _note(self, answer: "BaseMessage", calls: list[dict[str, Any]], results: list[str]) -> None:
        from langchain_core.messages import AIMessage, ToolMessage, message_chunk_to_message

        said = cast("AIMessage", message_chunk_to_message(cast("Any", answer)))
        self.trail.append(said.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []}))
        for call, result in zip(calls, results, strict=True):
            self.trail.append(ToolMessage(content=result, tool_call_id=call["id"], name=call["name"]))


def _wrong(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """What doesn't fit, as the end of a sentence; "" if all does."""
    try:
        return misfit(schema, arguments)
    except ValueError:
        raise StepFailed(
            "The schema of a tool's arguments can't be used.",
            code="bad-tool",
            hint="Mend the tool, or take it away.",
            retryable=False,
        ) from None


def _put_down(answer: "BaseMessage") -> dict[str, Any]:
    """An answer as plain JSON, with all that its server wants to see again, such as the signature of a thought."""
    from langchain_core.messages import message_chunk_to_message

    said = message_chunk_to_message(cast("Any", answer))
    made_up = (said.id or "").startswith("lc_")  # by langchain, another for each call: no server knows it
    left_out = {"usage_metadata"} | ({"id"} if made_up else set[str]())
    return said.model_dump(mode="json", exclude=left_out, exclude_none=True)


def _remembered(noted: Mapping[str, Any]) -> "BaseMessage":
    from langchain_core.messages import AIMessage

    return AIMessage.model_validate(noted)


async def answered(model: Any, sent: "list[BaseMessage]", more: Mapping[str, Any], ctx: Any) -> "BaseMessage":
    """One answer, shown as it grows. A broken or truncated one is a failure, never an answer."""
    from weft.providers.completeness import ensure_complete

    whole: Any = None
    async for chunk in model.astream(sent, **more):
        ctx.emit(text(chunk))
        whole = chunk if whole is None else whole + chunk
    if whole is None:
        raise StepFailed("The model answered with nothing.", code="empty-answer", retryable=True)
    ensure_complete(whole)
    return cast("BaseMessage", whole)
