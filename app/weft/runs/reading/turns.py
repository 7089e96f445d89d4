"""The calls of a step as one conversation: of each call what is new in it, the tools it called, and what it took.

A model that calls tools is sent everything that was said before, each time anew; who reads it wants to read it once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from weft.engine.cost import cost_of, told
from weft.runs.reading.cuts import told_cut

LONGEST = 300
"""Characters of a call's arguments in a line."""


class Said(NamedTuple):
    """A message, or what a model said: who, and the text. `data` is whether it is JSON."""

    who: str
    text: str
    data: bool = False


class Turn(NamedTuple):
    """One call of a model, numbered from 1. `before` counts the messages it was sent that the call before had been sent
    or gave; `said` are the others, and its answer."""

    number: int
    about: str
    before: int
    said: tuple[Said, ...]


def turns(calls: Sequence[Mapping[str, Any]]) -> Iterator[Turn]:
    """Each call with what is new in it."""
    known: list[Any] = []
    names: dict[str, str] = {}
    for number, call in enumerate(calls, 1):
        messages = cast("list[Mapping[str, Any]]", call.get("messages") or [])
        before = _common(known, messages)
        said: list[Said] = []
        for message in messages[before:]:
            said += _message(message, names)
        if thought := call.get("reasoning"):
            said.append(Said("reasoning", _text(thought)))
        made = called(call)
        for one in made:
            names[str(one.get("id") or "")] = str(one.get("name") or "")
        if call.get("answer") or not made:
            said.append(Said(f"answer · {call.get('model', '')}", _text(call.get("answer", ""))))
        said += [Said("calls", line_of(one)) for one in made]
        if call.get("error"):
            said.append(Said("error", str(call["error"].get("message", ""))))
        yield Turn(number, about(call), before, tuple(said))
        known = [*messages, {"role": "assistant", "content": call.get("answer", "")}]


def about(call: Mapping[str, Any]) -> str:
    """What a call took: tokens, cost, seconds, and why it ended if it didn't just stop."""
    usage = cast("Mapping[str, int]", call.get("usage") or {})
    sent, got = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    cost, unpriced = cost_of([call])
    seconds = float(call.get("seconds") or 0.0)
    ended = str(call.get("finish") or "")
    parts = [
        f"{sent:,} tokens in, {got:,} out" if sent or got else "",
        told(cost, unpriced) if sent or got else "",
        f"{seconds:.1f} s" if seconds >= 0.05 else "",
        ended if ended not in ("stop", "tool_calls") else "",
    ]
    return " · ".join(filter(None, parts))


def called(call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tools that an answer calls."""
    return cast("list[Mapping[str, Any]]", call.get("tool_calls") or [])


def line_of(called: Mapping[str, Any]) -> str:
    """A call of a tool in a line: `weather(city="Oslo", days=2)`."""
    given = cast("Mapping[str, Any]", called.get("args") or {})
    inside = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())
    inside = inside if len(inside) <= LONGEST else f"{inside[:LONGEST]}…"
    return f"{called.get('name', '')}({inside})"


def _common(known: list[Any], messages: Sequence[Any]) -> int:
    """How many messages at the beginning are those of before; the last may be the answer with its calls."""
    count = 0
    for one, other in zip(known, messages, strict=False):
        last = count == len(known) - 1
        same = one == other or (last and other.get("role") == "assistant")
        if not same:
            break
        count += 1
    return count


def _message(message: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Said]:
    role, content = str(message.get("role", "")), message.get("content", "")
    if role == "tool":
        name = names.get(str(message.get("tool_call_id") or ""), "")
        yield Said(f"tool · {name}" if name else "tool", _text(content), not isinstance(content, str))
        return
    if content or not called(message):
        cut = message.get("cut")
        who = f"{role} · {told_cut(cast('Mapping[str, Any]', cut))}" if isinstance(cut, dict) else role
        yield Said(who, _text(content), not isinstance(content, str))
    for one in called(message):
        yield Said("calls", line_of(one))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
