"""Replaying: every model and tool answers from a cassette, and a request that isn't on it fails its step."""

import json
from collections.abc import Awaitable, Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.catalog import Catalog, Component
from weft.engine import outcome
from weft.model.errors import StepFailed
from weft.workspace.taping.cassette import Cassette, ModelCall, ToolCall, key_of, request
from weft.workspace.taping.recording import hidden
from weft.workspace.taping.tools import with_tools

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

NOT_ON_CASSETTE = "not-on-cassette"
_COMPARED = 200
"""Entries that are looked through for the nearest one."""


class Replay:
    """Each answer is given once; requests that are word for word the same get theirs in the order of the cassette.
    `name` is what messages call it, `again` the command that records it anew."""

    replays = True

    def __init__(self, cassette: Cassette, name: str, again: str = "") -> None:
        self._cassette, self.name = cassette, name
        self._hint = f"Record it again: {again}" if again else "Record it again."
        self._calls: dict[str, list[ModelCall]] = {}
        for call in cassette.calls:
            self._calls.setdefault(request(call), []).append(call)
        self._tools: dict[str, list[ToolCall]] = {}
        for tool in cassette.tools:
            self._tools.setdefault(_key(tool.component, tool.inputs), []).append(tool)
        self._models: dict[tuple[str, bool], BaseChatModel] = {}

    def model(self, name: str, *, named: bool) -> "BaseChatModel | None":
        """The model that answers for `name`, which the flow itself names or not."""
        if (name, named) not in self._models:
            from weft.providers.scripted import ScriptedModel

            self._models[name, named] = ScriptedModel(
                lambda messages: self._answer(messages, name if named else ""),
                metadata={"weft_model": name},
            )
        return self._models[name, named]

    def catalog(self, catalog: Catalog, files: Path) -> Catalog:
        return with_tools(catalog, self._play, files)

    @property
    def unused(self) -> int:
        """How many answers nobody has asked for yet."""
        return sum(map(len, self._calls.values())) + sum(map(len, self._tools.values()))

    def _answer(self, messages: "list[BaseMessage]", name: str) -> "AIMessage":
        from langchain_core.messages import AIMessage
        from langchain_core.messages.ai import UsageMetadata

        from weft.providers.conversation import plain

        asked = hidden(plain(messages))
        left = self._calls.get(key_of(asked))
        if left is None:
            raise self._missing(
                f"{f'the model {name}' if name else 'the model'} is asked", self._nearest(asked)
            )
        if not left:
            raise self._missing(
                f"{f'the model {name}' if name else 'the model'} is asked",
                "It has this request, but not so often as it is asked.",
            )
        if name and left[0].model not in ("", *_answering(name)):
            raise self._missing(
                f"the model {name} is asked",
                f"It has this request, answered by {left[0].model} (step {left[0].step}).",
            )
        call = left.pop(0)
        sent, got = call.usage.get("input_tokens", 0), call.usage.get("output_tokens", 0)
        return AIMessage(
            content=call.answer,
            tool_calls=call.tool_calls,
            usage_metadata=UsageMetadata(input_tokens=sent, output_tokens=got, total_tokens=sent + got),
            response_metadata={"finish_reason": call.finish, "model_name": call.model},
        )

    async def _play(
        self, component: Component, given: dict[str, Any], really: Callable[[], Awaitable[Any]]
    ) -> Any:
        for inputs in (hidden(given), None):
            if left := self._tools.get(_key(component.key, inputs)):
                return outcome.Replay(dict(left.pop(0).value))
        others = [tool for tool in self._cassette.tools if tool.component == component.key]
        nearest = "It has none of that component."
        if others:
            best = max(others, key=lambda tool: _alike(_text(tool.inputs), _text(given)))
            nearest = f"The nearest it has: {_short(_text(best.inputs))}."
        raise self._missing(f"{component.key} is called with {_short(_text(given))}", nearest)

    def _nearest(self, asked: list[dict[str, Any]]) -> str:
        """Where the request that is most like it is another."""
        if not self._cassette.calls:
            return "It has no answer of a model."
        words = _text(asked)
        some = self._cassette.calls[:_COMPARED]
        best = max(some, key=lambda call: _alike(_text(call.messages), words))
        step = f" (step {best.step})" if best.step else ""
        if len(best.messages) != len(asked):
            return f"The nearest request it has{step} is of {len(best.messages)} messages, not {len(asked)}."
        for number, (before, now) in enumerate(zip(best.messages, asked, strict=True), 1):
            if before != now:
                was, now_is = _apart(_text(before.get("content")), _text(now.get("content")))
                return (
                    f"The nearest request it has{step} has {was} in message {number}, where now is {now_is}."
                )
        return ""

    def _missing(self, what: str, why: str) -> StepFailed:
        return StepFailed(
            f"{what[0].upper()}{what[1:]}, and {self.name} has no such request. {why}".rstrip(),
            code=NOT_ON_CASSETTE,
            hint=self._hint,
            retryable=False,
        )


def _answering(name: str) -> list[str]:
    """Who may have answered for a model: each of `a | b`, and a table of answers under one name wherever it lies."""
    return ["scripted" if one.startswith("scripted:") else one for one in name.split(" | ")]


def _key(component: str, inputs: dict[str, Any] | None) -> str:
    return f"{component} {json.dumps(inputs, sort_keys=True, ensure_ascii=False)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).quick_ratio()


def _apart(before: str, now: str) -> tuple[str, str]:
    """The first place where two texts differ, with a little around it."""
    at = next(
        (i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now))
    )
    begin = max(0, at - 20)
    return _short(before[begin:]), _short(now[begin:])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 80 else line[:79] + "…")
