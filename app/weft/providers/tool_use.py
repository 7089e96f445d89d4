"""Letting a model call tools while it answers: the calls it makes, checked, made side by side, and told to it.

What is wrong with a call (no such tool, arguments that don't fit, a person who declines, a failure) is told to the
model, which may do better; it never fails the step by itself. The bounds are on rounds, in which the model is asked and
may call several tools, and on calls. Past them it is asked once more for an answer without any.
"""

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from weft.model.errors import FlowHasProblems, StepFailed, WeftError
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

    async def take(self, answer: "BaseMessage") -> bool:
        """Make the calls that an answer asks for. False if it asks for none: then it is the answer."""
        calls = tool_calls(answer)
        if not calls:
            return False
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
        return True

    async def _all(self, calls: list[dict[str, Any]], first: int) -> list[str]:
        """The calls side by side, persons asked one after the other before."""
        refused = [await self._refusal(call) for call in calls]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    None if why else group.create_task(self._made(call, first + place))
                    for place, (call, why) in enumerate(zip(calls, refused, strict=True))
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [why if task is None else task.result() for why, task in zip(refused, tasks, strict=True)]

    async def _refusal(self, call: dict[str, Any]) -> str:
        """Why this call isn't made; "" if it is."""
        tool = self._tools.get(call["name"])
        if tool is None:
            return f"Error: there is no tool {call['name'][:80]!r}. There are: {', '.join(self._tools)}."
        if set(call["args"]) == {UNREADABLE}:
            return "Error: the arguments are no JSON object. Call again, with a JSON object."
        if wrong := _wrong(tool.schema, call["args"]):
            return f"Error: the arguments don't fit: {wrong}. Call again, with arguments that fit."
        if not tool.ask:
            return ""
        answer = await self._ctx.ask(
            f"The model wants to call {tool.name!r} with these arguments. May it?",
            kind="approve",
            value=call["args"],
        )
        if answer["approved"]:
            return ""
        remark = f" They say: {answer['remark']}" if answer["remark"] else ""
        return f"No call was made: a person declined it.{remark}"

    async def _made(self, call: dict[str, Any], number: int) -> str:
        try:
            result = await self._tools[call["name"]].call(call["args"], self._ctx, number)
        except FlowHasProblems:
            raise
        except WeftError as error:
            beyond = error.code == "limit-exceeded" and getattr(error, "node", None) is None
            if beyond or error.code in LASTING:
                raise
            return f"Error: {error.message} {error.hint}".rstrip()
        told = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        if len(told) > LONGEST:
            told = f"{told[:LONGEST]}\n[cut: {len(told):,} characters in all]"
        return told or "(nothing)"

    def _note(self, answer: "BaseMessage", calls: list[dict[str, Any]], results: list[str]) -> None:
        from langchain_core.messages import AIMessage, ToolMessage, message_chunk_to_message

        said = cast("AIMessage", message_chunk_to_message(cast("Any", answer)))
        self.trail.append(said.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []}))
        for call, result in zip(calls, results, strict=True):
            self.trail.append(ToolMessage(content=result, tool_call_id=call["id"], name=call["name"]))


def _wrong(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """What doesn't fit, as the end of a sentence; "" if all does. What a schema refers to is never fetched."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        Draft202012Validator.check_schema(schema)
        validator: Any = Draft202012Validator(schema, registry=cast(Any, Registry)())
        errors = sorted(
            validator.iter_errors(arguments), key=lambda error: [str(part) for part in error.path]
        )
    except (SchemaError, Unresolvable, RecursionError):
        raise StepFailed(
            "The schema of a tool's arguments can't be used.",
            code="bad-tool",
            hint="Mend the tool, or take it away.",
            retryable=False,
        ) from None
    told = [
        ".".join(map(str, [*error.path])) + (": " if error.path else "") + error.message
        for error in errors[:5]
    ]
    return "; ".join(told)[:2000]


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
