"""What pydantic finds wrong with the types of a document, as sentences with the path and the nearest known value."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from weft.model.errors import DocumentError
from weft.model.nearest import nearest
from weft.model.places import Pointer, spell
from weft.model.problems import Problem

_MOST = 50


def problems_of(error: ValidationError, at: Pointer = ()) -> list[Problem]:
    """Everything it found, in document order, as values; the first 50 are enough for anybody."""
    details = error.errors(include_url=False)
    return [_problem(detail, at) for detail in details[:_MOST]]


def refusal(problems: list[Problem]) -> DocumentError:
    """One error for all of them: its message is the first, and says how many more there are."""
    first, more = problems[0], len(problems) - 1
    others = f" (and {more} more like it)" if more else ""
    return DocumentError(
        f"{first.message[:-1]}{others}.",
        code=first.code,
        hint=first.hint,
        pointer=first.pointer,
        problems=tuple(problems),
    )


def _problem(detail: ErrorDetails, at: Pointer) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    pointer: Pointer = (*at, *detail["loc"], *context.get("at", ()))
    node = str(pointer[1]) if pointer[:1] == ("nodes",) and len(pointer) > 1 else None
    if detail["type"].startswith("union_tag"):
        return _unknown_change(detail, pointer, context)
    missing = detail["loc"][-1] if detail["type"] == "missing" else None
    if isinstance(missing, int):
        return Problem(
            "bad-value", f"{spell(pointer[:-1])} must be two whole numbers, [x, y].", pointer=pointer[:-1]
        )
    if missing is not None:
        return Problem(
            "missing-key", f"{spell(pointer[:-1])} has no {missing!r}.", node=node, pointer=pointer
        )
    value = _found(detail["input"], context.get("at", ()))
    expected = _expected(detail, context)
    is_word = detail["type"] == "literal_error" and isinstance(value, str)
    hint = _meant(value, context["expected"]) if is_word else ""
    return Problem(
        "bad-value",
        f"{spell(pointer)} {expected}, and is {show(value)}.",
        node=node,
        hint=hint,
        pointer=pointer,
    )


def _unknown_change(detail: ErrorDetails, pointer: Pointer, context: dict[str, Any]) -> Problem:
    """A change is told from others by its `op`."""
    if detail["type"] == "union_tag_not_found":
        return Problem("missing-key", f"{spell(pointer)} has no 'op', the name of a change.", pointer=pointer)
    message = f"{spell((*pointer, 'op'))} must be the name of a change, and is {show(context['tag'])}."
    return Problem(
        "bad-value", message, hint=_meant(context["tag"], context["expected_tags"]), pointer=pointer
    )


def _meant(word: str, expected: str) -> str:
    """The nearest of what pydantic lists as "'a', 'b' or 'c'"."""
    close = nearest(word, [known.strip("' ") for known in expected.replace(" or ", ",").split(",")])
    return f"Did you mean {close!r}?" if close else ""


_EXPECTED = {
    "string_type": "must be text",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "isn't known here",
    "string_too_short": "must not be empty",
}


def _expected(detail: ErrorDetails, context: dict[str, Any]) -> str:
    kind = detail["type"]
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "greater_than":
        return f"must be more than {context['gt']:g}"
    if kind == "greater_than_equal":
        return f"must be {context['ge']:g} or more"
    if kind == "less_than_equal":
        return f"must be at most {context['le']:g}"
    if kind == "too_long":
        return "must be two whole numbers, [x, y]"
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _found(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def show(value: Any) -> str:
    """A value as the person wrote it, shortened: only as much as helps to find it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value if len(value) <= 60 else value[:57] + "...")
        case int() | float():
            return str(value)
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "an object" if value else "an empty object"
        case _:
            return f"a {type(value).__name__}"
