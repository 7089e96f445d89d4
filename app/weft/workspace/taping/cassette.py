"""The cassette as a file: `flows/essay.cassette.json`, one entry for each answer, in an order that doesn't change.

Texts are written line by line and entries by the path of their step, so that recording again shows in a diff what is
answered otherwise, and nothing else. No secret is in it: what looks like one, or is known as one, is hidden, and a tool
that was given a secret has its name.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from weft.model.errors import DocumentError, NotFound
from weft.model.writer import write_value
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import shown

FORMAT = 1
LARGEST = 100_000_000
"""Bytes of a cassette that is read."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelCall(_Entry):
    """What a model was sent and answered. `step` and `usage` (tokens) are told, and needn't fit when it is asked for
    again; nor need `model`, unless the flow itself names another. With a `case`, it is the answer in that case of the
    flow alone, where the others have another."""

    case: str = ""
    step: str = ""
    model: str = ""
    messages: list[dict[str, Any]]
    answer: str
    tool_calls: list[dict[str, Any]] = []
    finish: str = "stop"
    usage: dict[str, int] = {}


class ToolCall(_Entry):
    """What a component that reaches outside was given, by port, and gave. Without `inputs` it is the answer to
    whatever is asked: so it is taken over from a run in which they weren't recorded. `case` as in a `ModelCall`."""

    case: str = ""
    component: str
    inputs: dict[str, Any] | None = None
    value: dict[str, Any]


E = TypeVar("E", ModelCall, ToolCall)


class Cassette(_Entry):
    """All answers of one flow, of as many runs as were recorded."""

    calls: list[ModelCall] = []
    tools: list[ToolCall] = []

    def with_more(self, other: "Cassette") -> "Cassette":
        """These answers and those of another cassette: a request that both have has the answers of the other."""
        kept = self.without(other)
        return Cassette(calls=[*kept.calls, *other.calls], tools=[*kept.tools, *other.tools])

    def with_case(self, other: "Cassette", case: str) -> "Cassette":
        """These answers and those of a run that is a case: what it was answered otherwise than others is its own, and
        nothing that other cases are answered is another for it."""
        kept = self.without_case(case)
        return Cassette(
            calls=[*kept.calls, *_own(kept.calls, other.calls, case, request)],
            tools=[*kept.tools, *_own(kept.tools, other.tools, case, _asked)],
        )

    def without_case(self, case: str) -> "Cassette":
        """Without what is that case's alone."""
        return Cassette(
            calls=[call for call in self.calls if call.case != case],
            tools=[tool for tool in self.tools if tool.case != case],
        )

    def without(self, other: "Cassette") -> "Cassette":
        """Without the answers of all cases to what that cassette has answers to."""
        calls, tools = {request(call) for call in other.calls}, {_asked(tool) for tool in other.tools}
        return Cassette(
            calls=[call for call in self.calls if call.case or request(call) not in calls],
            tools=[tool for tool in self.tools if tool.case or _asked(tool) not in tools],
        )

    def of_case(self, case: str) -> "Cassette":
        """What is answered in one case: its own answers, and those of all where it has none."""
        calls = {request(call) for call in self.calls if case and call.case == case}
        tools = {_asked(tool) for tool in self.tools if case and tool.case == case}
        return Cassette(
            calls=[one for one in self.calls if one.case == (case if request(one) in calls else "")],
            tools=[one for one in self.tools if one.case == (case if _asked(one) in tools else "")],
        )

    def renamed(self, case: str, to: str) -> "Cassette":
        """As it is once a case is called otherwise."""
        return Cassette(
            calls=[_of(one, to) if one.case == case else one for one in self.calls],
            tools=[_of(one, to) if one.case == case else one for one in self.tools],
        )

    def text(self) -> str:
        """As it is written: by step, the calls of one step in the order they were made."""
        document: dict[str, Any] = {
            "cassette": FORMAT,
            "calls": [_plain(call) for call in sorted(self.calls, key=lambda call: (call.case, call.step))],
            "tools": [_plain(tool) for tool in sorted(self.tools, key=_asked)],
        }
        return write_value({key: _literal(value) for key, value in document.items() if value})

    def save(self, path: Path) -> None:
        atomic.write(path, self.text())


def _own(known: Sequence[E], made: Sequence[E], case: str, key: Callable[[E], str]) -> list[E]:
    """Of what was answered in a case, what isn't known: what all cases may have, and what is this one's alone."""
    shared, mine = dict[str, list[E]](), dict[str, list[E]]()
    for one in known:
        if not one.case:
            shared.setdefault(key(one), []).append(one)
    for one in made:
        mine.setdefault(key(one), []).append(one)
    found: list[E] = []
    for asked, answers in mine.items():
        before = shared.get(asked)
        if before is None:
            found += answers
        elif [_answer(one) for one in before[: len(answers)]] != [_answer(one) for one in answers]:
            found += [_of(one, case) for one in answers]
    return found


def _answer(entry: _Entry) -> dict[str, Any]:
    return entry.model_dump(exclude={"step", "usage", "case", "messages", "inputs"})


def _of(entry: E, case: str) -> E:
    return entry.model_copy(update={"case": case})


def cassette_path(flow: Path) -> Path:
    """The cassette of the flow in that file."""
    return flow.with_name(f"{flow.stem}.cassette.json")


def read_cassette(path: Path) -> Cassette:
    """Raises `NotFound` without the file, and `DocumentError` for what is no cassette, naming the place."""
    try:
        if path.stat().st_size > LARGEST:
            raise _bad(path, f"it has more than {LARGEST / 1e6:g} MB", "Record it again, of fewer runs.")
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NotFound(
            f"There is no cassette {shown(path)!r}.",
            code="no-cassette",
            hint=_how_to_record(path),
        ) from None
    except OSError as problem:
        raise _bad(path, f"it can't be read ({problem.strerror})", "Check its permissions.") from None
    except (ValueError, RecursionError) as problem:  # not UTF-8, not JSON, or a number of thousands of digits
        raise _bad(path, f"it isn't JSON ({problem})", "Record it again.") from None
    found = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if (made := found.pop("cassette", None)) != FORMAT:
        newer = isinstance(made, int) and made > FORMAT
        hint = "A newer Weft wrote it: use that one." if newer else 'It begins with "cassette": 1.'
        raise _bad(path, "it isn't of a format this Weft reads", hint)
    try:
        return Cassette.model_validate(_folded(found))
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _bad(path, f"{place}: {first['msg']}", "Correct that, or record it again.") from None


def _how_to_record(path: Path) -> str:
    flow, dot, kind = path.name.partition(".")
    if dot + kind == ".cassette.json":
        return f"Record one: weft run {flow} --record"
    return f"Record one: weft run FLOW --record --cassette {shown(path)}"


def request(call: ModelCall) -> str:
    """What an answer is found by."""
    return key_of(call.messages)


def key_of(messages: Iterable[Any]) -> str:
    return json.dumps([*messages], sort_keys=True, ensure_ascii=False)


def _asked(tool: ToolCall) -> str:
    return f"{tool.component} {json.dumps(tool.inputs, sort_keys=True, ensure_ascii=False)}"


def _plain(entry: _Entry) -> dict[str, Any]:
    return entry.model_dump(exclude_defaults=True)


def _literal(value: Any) -> Any:
    """The value as it may be written: an object that would be read as wrapped says that it is literal."""
    if isinstance(value, list):
        return [_literal(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    if len(found) == 1 and next(iter(found)) in ("$lines", "$raw"):
        return {"$raw": found}
    return {key: _literal(item) for key, item in found.items()}


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    match cast("dict[str, Any]", value):
        case {"$raw": literal, **rest} if not rest:
            return literal
        case {"$lines": [*lines], **rest} if not rest and all(isinstance(line, str) for line in lines):
            return "\n".join(lines)
        case found:
            return {key: _folded(item) for key, item in found.items()}


def _bad(path: Path, why: str, hint: str) -> DocumentError:
    return DocumentError(
        f"{shown(path)!r} can't be used as a cassette: {why}.", code="bad-cassette", hint=hint
    )
