"""What fits what: whether an edge may join two types, and the named adapter that changes the value on the way.

Rows are what a port takes, columns what an edge brings. `-` is refused, `=` passes unchanged.

    takes \\ brings  text          number        integer  boolean       json          messages      file     list          any
    text            =             to_text       to_text  to_text       to_json_text  -             to_text  to_json_text  to_text
    number          parse_number  =             =        -             parse_number  -             -        -             parse_number
    integer         parse_integer parse_integer =        -             parse_integer -             -        -             parse_integer
    boolean         parse_boolean -             -        =             parse_boolean -             -        -             parse_boolean
    json            parse_json    =             =        =             =             =             =        =             =
    messages        to_messages   to_messages   to_messages to_messages   to_messages   =             -        to_messages   to_messages
    file            =             -             -        -             -             -             =        -             =
    model           =             -             -        -             -             -             -        -             =
    any             =             =             =        =             =             =             =        =             =

A `template` port, wired, takes text; an `expression` port, wired, takes any value. `secret`, `flow`,
`tool` and `condition` ports are only filled by hand. A list port takes several edges, each bringing one item; a list into a list goes item by item.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from weft.catalog.kinds import PortType, called, is_messages, shown
from weft.model.errors import StepFailed


class Fit(NamedTuple):
    """Whether an edge may stand; the adapter that changes its values, if one must; else why not, as a sentence."""

    ok: bool
    adapter: str | None = None
    reason: str = ""


def compatible(source: PortType, target: PortType) -> Fit:
    """Whether a value of type `source` can go into a port of type `target`."""
    if target.item is not None:
        return _into_list(source, target.item)
    kind = {"template": "text", "expression": "any"}.get(target.kind, target.kind)
    if source.live or kind in ("secret", "flow", "tool", "condition"):
        return Fit(False, reason=_refusal(source, target))
    if kind in (source.kind, "any"):
        return Fit(True)
    adapter = _TABLE[kind].get(source.kind, "-")
    if adapter == "-":
        return Fit(False, reason=_refusal(source, target))
    return Fit(True, None if adapter == "=" else adapter)


def _into_list(source: PortType, item: PortType) -> Fit:
    if source.item is None:
        return compatible(source, item)
    fit = compatible(source.item, item)
    return fit._replace(adapter=f"each_{fit.adapter}") if fit.adapter else fit


_TABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "text": {
        "number": "to_text",
        "integer": "to_text",
        "boolean": "to_text",
        "file": "to_text",
        "any": "to_text",
        "json": "to_json_text",
        "list": "to_json_text",
    },
    "number": {"integer": "=", "text": "parse_number", "json": "parse_number", "any": "parse_number"},
    "integer": dict.fromkeys(("number", "text", "json", "any"), "parse_integer"),
    "boolean": dict.fromkeys(("text", "json", "any"), "parse_boolean"),
    "json": {"text": "parse_json"}
    | dict.fromkeys(("number", "integer", "boolean", "messages", "file", "list", "any"), "="),
    "messages": dict.fromkeys(("text", "number", "integer", "boolean", "json", "list", "any"), "to_messages"),
    "file": dict.fromkeys(("text", "any"), "="),
    "model": dict.fromkeys(("text", "any"), "="),
}


# --- refusals ----------------------------------------------------------------------------------------------------


def _refusal(source: PortType, target: PortType) -> str:
    brings, takes = called(source), called(target)
    if source.live:
        return f"{brings} never travels along an edge; choose it in the node that uses it"
    if target.kind in ("secret", "flow", "tool", "condition"):
        return f"{takes} is chosen in the node; no edge can bring it"
    if source.kind == "messages":
        return f"{takes} can't take messages; connect the text output instead"
    if target.kind == "boolean":
        return f"{takes} can't take {brings}; compare it in an expression, such as x > 0"
    if target.kind == "model":
        return f'{takes} is a text such as "openai:gpt-5-mini"; {brings} can\'t be one'
    if target.kind == "file":
        return f"{takes} takes the path of a file, a text; {brings} can't be one"
    if source.kind == "list":
        return f"{takes} can't take a list; pick one item of it with the json component"
    if target.kind in ("number", "integer"):
        return f"{takes} can't take {brings}; make one with the math component"
    return f"{takes} can't take {brings}; turn it into text first with the text component"


# --- adapters ----------------------------------------------------------------------------------------------------

Adapter = Callable[[Any, str], Any]
"""`(value, label) -> value`; the label is the source's title or id, as a person knows it."""


def text_of(value: Any) -> str:
    """Any plain value as the text a person would write: a text as it is, all else as JSON."""
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)


def _to_text(value: Any, label: str) -> str:
    return text_of(value)


def _parse_number(value: Any, label: str) -> float | int:
    if type(value) in (int, float):
        return value
    if type(value) is str:
        text = value.strip()
        for read in (int, float):
            try:
                number = read(text) if len(text) <= 40 and "_" not in text else None
            except ValueError:
                continue
            if number is not None and abs(number) < float("inf"):
                return number
    raise _not_a(value, label, "a number")


def _parse_integer(value: Any, label: str) -> int:
    number = _parse_number(value, label)
    if number == int(number):
        return int(number)
    raise _not_a(value, label, "a whole number")


_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _parse_boolean(value: Any, label: str) -> bool:
    if type(value) is bool:
        return value
    found = _BOOLEANS.get(value.strip().lower()) if type(value) is str else None
    if found is None:
        raise _not_a(value, label, "true or false")
    return found


def _parse_json(value: Any, label: str) -> Any:
    if type(value) is not str:
        return value
    try:
        return json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _not_a(value, label, "JSON") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _to_messages(value: Any, label: str) -> list[dict[str, str]]:
    """AgentKit's shorthand message: what is no conversation is shown to the model as one system message."""
    if value and is_messages(value):
        return value
    return [{"role": "system", "content": f"{label}:\n\n{text_of(value)}"}]


def _not_a(value: Any, label: str, wanted: str) -> StepFailed:
    return StepFailed(
        f"What {label!r} gave is not {wanted}: {shown(value)}.",
        code="wrong-type",
        hint=f"Make {label!r} give {wanted}, or connect another output.",
        retryable=False,
    )


def _each(adapter: Adapter) -> Adapter:
    def adapt(value: Any, label: str) -> list[Any]:
        if type(value) is not list:
            raise _not_a(value, label, "a list")
        return [adapter(item, label) for item in value]  # pyright: ignore[reportUnknownVariableType]

    return adapt


_SINGLE: Final[Mapping[str, Adapter]] = {
    "to_text": _to_text,
    "to_json_text": _to_text,
    "parse_number": _parse_number,
    "parse_integer": _parse_integer,
    "parse_boolean": _parse_boolean,
    "parse_json": _parse_json,
    "to_messages": _to_messages,
}
ADAPTERS: Final[Mapping[str, Adapter]] = {
    **_SINGLE,
    **{f"each_{name}": _each(adapter) for name, adapter in _SINGLE.items()},
}
"""Every adapter by name. `each_…` does it item by item, for a list into a list."""
