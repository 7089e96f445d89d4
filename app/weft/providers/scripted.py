"""A model whose answers are written down beforehand: in order, by question, or by a function."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from pydantic import Field

from weft.model.errors import StepFailed
from weft.providers.conversation import plain, text
from weft.providers.local import LocalModel

# An exception as an answer is raised; a message may carry a finish reason or tool calls,
# as may {"tool_calls": [{"name": ..., "args": {...}}]}; another dict, or a list, is sent as JSON.
Answer = str | AIMessage | BaseException | Mapping[str, Any] | Sequence[Any]
Script = Sequence[Answer] | Mapping[str, Answer] | Callable[[list[BaseMessage]], Answer | Awaitable[Answer]]


class ScriptedModel(LocalModel):
    """Answers from a list (in order), a mapping (the last user text -> answer; else the longest key found in
    that text; else `"*"`), or a function of the messages. `requests` holds every conversation it was sent."""

    answers: Any = Field(default=(), repr=False, exclude=True)
    requests: list[list[dict[str, Any]]] = Field(default_factory=list[Any], repr=False, exclude=True)

    metadata: dict[str, Any] | None = Field(default_factory=lambda: {"weft_model": "scripted"}, exclude=True)

    def __init__(self, answers: Script = (), **fields: Any) -> None:
        super().__init__(**fields)
        self.answers = answers

    @property
    def _llm_type(self) -> str:
        return "scripted"

    async def reply(self, messages: list[BaseMessage], schema: Any) -> AIMessage:
        self.requests.append(plain(messages))
        answer = self._choose(messages)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, AIMessage):
            return answer
        if isinstance(answer, Mapping) and (called := _calling(answer)) is not None:
            return called
        content = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, indent=2)
        return AIMessage(content=content, response_metadata={"model_name": "scripted"})

    def _choose(self, messages: list[BaseMessage]) -> Answer | Awaitable[Answer]:
        if callable(self.answers):
            return cast("Answer", self.answers(messages))
        answers: Any = self.answers
        if isinstance(answers, Mapping):
            return _by_question(cast("Mapping[str, Answer]", answers), messages)
        listed, number = cast("Sequence[Answer]", answers), len(self.requests)
        if number > len(listed):
            raise StepFailed(
                f"The scripted model has {len(listed)} answers, and this is question {number}.",
                code="no-scripted-answer",
                hint="Add an answer to its list, or give a table of questions and answers.",
                retryable=False,
            )
        return listed[number - 1]


def _calling(answer: Mapping[str, Any]) -> AIMessage | None:
    """`{"tool_calls": [{"name", "args"}], "text"?}` calls tools; None for another object."""
    calls = answer.get("tool_calls")
    if not isinstance(calls, list) or not answer.keys() <= {"tool_calls", "text"}:
        return None
    made = [
        ToolCall(
            name=str(call["name"]),
            args=dict(call.get("args") or {}),
            id=str(call.get("id") or f"call_{place}"),
        )
        for place, call in enumerate(cast("list[Mapping[str, Any]]", calls))
    ]
    metadata = {"model_name": "scripted", "finish_reason": "tool_calls"}
    return AIMessage(content=str(answer.get("text", "")), tool_calls=made, response_metadata=metadata)


def load_answers(path: Path, called: str = "") -> list[Any] | dict[str, Any]:
    """The table of a `scripted:` model: a JSON list of answers, or an object of question -> answer. What is wrong with
    it names it as it is `called`."""
    name = called or str(path)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _unusable(name, "there is no such file") from None
    except OSError as exc:
        raise _unusable(name, f"it can't be read ({exc.strerror})") from None
    except UnicodeDecodeError:
        raise _unusable(name, "it isn't UTF-8 text") from None
    except json.JSONDecodeError as exc:
        raise _unusable(name, f"line {exc.lineno} isn't JSON: {exc.msg}") from None
    except (ValueError, RecursionError) as exc:
        raise _unusable(name, f"it can't be read as JSON ({exc})") from None
    if not isinstance(table, list | dict):
        raise _unusable(name, f"it holds {type(table).__name__}, not a list or an object")
    return cast("list[Any] | dict[str, Any]", table)


def _by_question(table: Mapping[str, Answer], messages: list[BaseMessage]) -> Answer:
    question = next((text(m) for m in reversed(messages) if m.type == "human"), "")
    if question in table:
        return table[question]
    for key in sorted(table, key=len, reverse=True):
        if key != "*" and key in question:
            return table[key]
    if "*" in table:
        return table["*"]
    raise StepFailed(
        f"The scripted model has no answer for {question[:120]!r}.",
        code="no-scripted-answer",
        hint="Add the question, a part of it, or '*' to its table.",
        retryable=False,
    )


def _unusable(name: str, why: str) -> StepFailed:
    return StepFailed(
        f"The scripted model's answers in {name!r} can't be used: {why}.",
        code="bad-script",
        hint='Write a JSON list of answers, or an object {"part of the question": "answer"}.',
        retryable=False,
    )
