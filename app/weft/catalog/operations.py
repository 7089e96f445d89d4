"""The arithmetic, comparisons and functions of expressions: each bounded, each over plain JSON, each refusing in words.

Whole numbers stay within 2^53, as in the flow file; texts and lists that are made stay within the limits below.
Truth values are no numbers here: `true == 1` is false and `true + 1` is refused.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

LARGEST_WHOLE: Final = 2**53
LONGEST_TEXT: Final = 100_000
LONGEST_LIST: Final = 10_000


class Refused(Exception):
    """A value can't be computed. `evaluate` turns it into the step's failure."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


class Function(NamedTuple):
    """A function of the language, and how many arguments it takes."""

    apply: Callable[..., Any]
    least: int
    most: int
    help: str


def kind(value: Any) -> str:
    """What a value is, in a sentence. Anything but plain JSON is refused."""
    for types, name in _KINDS:
        if type(value) in types:
            return name
    raise Refused("wrong-type", f"a {type(value).__name__} can't be used in an expression")


_KINDS: Final = (
    ((bool,), "true or false"),
    ((int, float), "a number"),
    ((str,), "a text"),
    ((list,), "a list"),
    ((dict,), "an object"),
    ((type(None),), "null"),
)


def number(value: Any, what: str) -> int | float:
    """The value, if it is a number."""
    if type(value) in (int, float):
        return value
    raise Refused(
        "wrong-type", f"{what} needs a number, not {kind(value)}", "number(...) makes one of a text."
    )


def _bounded(value: Any) -> Any:
    if type(value) is complex:
        raise Refused("wrong-type", "a negative number has no such power")
    if type(value) is int and abs(value) > LARGEST_WHOLE:
        raise Refused("too-large", "the number is past 2^53")
    if type(value) is float and not math.isfinite(value):
        raise Refused("too-large", "the number is too large")
    return value


# --- arithmetic --------------------------------------------------------------------------------------------------


def _arithmetic(sign: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        left, right = number(left, sign), number(right, sign)
        try:
            return _bounded(compute(left, right))
        except ZeroDivisionError:
            raise Refused("division-by-zero", f"the right of {sign} is zero") from None
        except OverflowError:
            raise Refused("too-large", "the number is too large") from None

    return apply


def _add(left: Any, right: Any) -> Any:
    made = cast("type[Any]", type(left))
    if made is type(right) and made in (str, list):
        _room(len(left) + len(right), left)
        return left + right
    return _plus(left, right)


def _multiply(left: Any, right: Any) -> Any:
    if type(right) in (str, list):
        left, right = right, left
    made = cast("type[Any]", type(left))
    if made in (str, list) and type(right) is int:
        _room(len(left) * max(right, 0), left)
        return left * right
    return _times(left, right)


def _room(size: int, like: Any) -> None:
    """Refuse before making it, not after."""
    if type(like) is str and size > LONGEST_TEXT:
        raise Refused("too-large", f"the text would be longer than {LONGEST_TEXT:,} characters")
    if type(like) is list and size > LONGEST_LIST:
        raise Refused("too-large", f"the list would be longer than {LONGEST_LIST:,} items")


def _raise(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int and abs(left) > 1 and right > 53:
        raise Refused("too-large", "the number is past 2^53")
    if type(left) is int and type(right) is int and right < 0:
        return float(left) ** right
    return left**right


_plus = _arithmetic("+", lambda left, right: left + right)
_times = _arithmetic("*", lambda left, right: left * right)
BINARY: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: _add,
    ast.Sub: _arithmetic("-", lambda left, right: left - right),
    ast.Mult: _multiply,
    ast.Div: _arithmetic("/", lambda left, right: left / right),
    ast.FloorDiv: _arithmetic("//", lambda left, right: left // right),
    ast.Mod: _arithmetic("%", lambda left, right: left % right),
    ast.Pow: _arithmetic("**", _raise),
}


# --- comparison --------------------------------------------------------------------------------------------------


def _equal(left: Any, right: Any) -> bool:
    kinds = (kind(left), kind(right))
    return kinds[0] == kinds[1] and left == right


def _ordered(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def apply(left: Any, right: Any) -> bool:
        if kind(left) != kind(right) or kind(left) not in ("a number", "a text"):
            raise Refused("wrong-type", f"{kind(left)} {sign} {kind(right)} can't be compared")
        return compare(left, right)

    return apply


def _inside(left: Any, right: Any) -> bool:
    if type(right) is str and type(left) is not str:
        raise Refused("wrong-type", f"only a text can be in a text, not {kind(left)}")
    if type(right) not in (str, list, dict):
        raise Refused("wrong-type", f"nothing is in {kind(right)}; `in` needs a text, a list or an object")
    return type(left) is str and left in right if type(right) is dict else left in right


COMPARE: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered("<", lambda left, right: left < right),
    ast.LtE: _ordered("<=", lambda left, right: left <= right),
    ast.Gt: _ordered(">", lambda left, right: left > right),
    ast.GtE: _ordered(">=", lambda left, right: left >= right),
    ast.In: _inside,
    ast.NotIn: lambda left, right: not _inside(left, right),
}


# --- functions ---------------------------------------------------------------------------------------------------


def _len(value: Any) -> int:
    if type(value) in (str, list, dict):
        return len(value)
    raise Refused("wrong-type", f"len needs a text, a list or an object, not {kind(value)}")


def _extreme(name: str, pick: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def apply(*arguments: Any) -> Any:
        items = _list(arguments[0], name) if len(arguments) == 1 else list(arguments)
        if not items:
            raise Refused("missing-value", f"{name} of an empty list")
        if len({kind(item) for item in items}) > 1 or kind(items[0]) not in ("a number", "a text"):
            raise Refused("wrong-type", f"{name} needs only numbers or only texts")
        return pick(items)

    return apply


def _list(value: Any, name: str) -> list[Any]:
    if type(value) is list:
        return value  # pyright: ignore[reportUnknownVariableType]
    raise Refused("wrong-type", f"{name} needs a list, not {kind(value)}")


def _text(value: Any, name: str) -> str:
    if type(value) is str:
        return value
    raise Refused("wrong-type", f"{name} needs a text, not {kind(value)}", "text(...) makes one of anything.")


def _round(value: Any, digits: Any = 0) -> int | float:
    if type(digits) is not int or not 0 <= digits <= 15:
        raise Refused("wrong-type", "round takes 0 to 15 digits")
    rounded = round(number(value, "round"), digits)
    return _bounded(rounded if digits else int(rounded))


def _to_number(value: Any) -> int | float:
    if type(value) is not str:
        return number(value, "number")
    text = value.strip()
    if len(text) <= 40 and "_" not in text and text.isascii():
        for read in (int, float):
            try:
                return _bounded(read(text))
            except ValueError:
                continue
    raise Refused("wrong-type", f"number needs a text such as '12.5', not {text[:40]!r}")


def _to_text(value: Any) -> str:
    kind(value)
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)


def _sum(value: Any) -> int | float:
    return _bounded(sum(number(item, "sum") for item in _list(value, "sum")))


def _abs(value: Any) -> int | float:
    return abs(number(value, "abs"))


def _lower(value: Any) -> str:
    return _text(value, "lower").lower()


def _upper(value: Any) -> str:
    return _text(value, "upper").upper()


def _contains(value: Any, part: Any) -> bool:
    return _inside(part, value)


def _startswith(value: Any, part: Any) -> bool:
    return _text(value, "startswith").startswith(_text(part, "startswith"))


def _endswith(value: Any, part: Any) -> bool:
    return _text(value, "endswith").endswith(_text(part, "endswith"))


def _any(value: Any) -> bool:
    return any(_list(value, "any"))


def _all(value: Any) -> bool:
    return all(_list(value, "all"))


def _exists(value: Any) -> bool:
    return value is not None


FUNCTIONS: Final[Mapping[str, Function]] = {
    "len": Function(_len, 1, 1, "how many characters, items or keys"),
    "min": Function(_extreme("min", min), 1, 20, "the smallest of a list, or of several values"),
    "max": Function(_extreme("max", max), 1, 20, "the largest of a list, or of several values"),
    "sum": Function(_sum, 1, 1, "the sum of a list"),
    "abs": Function(_abs, 1, 1, "without its sign"),
    "round": Function(_round, 1, 2, "rounded, to so many digits"),
    "lower": Function(_lower, 1, 1, "in small letters"),
    "upper": Function(_upper, 1, 1, "in capital letters"),
    "contains": Function(_contains, 2, 2, "whether the second is in the first"),
    "startswith": Function(_startswith, 2, 2, "whether the text starts so"),
    "endswith": Function(_endswith, 2, 2, "whether the text ends so"),
    "number": Function(_to_number, 1, 1, "the number a text says"),
    "text": Function(_to_text, 1, 1, "as text"),
    "any": Function(_any, 1, 1, "whether one of a list is true"),
    "all": Function(_all, 1, 1, "whether all of a list are true"),
    "exists": Function(_exists, 1, 1, "whether a value is there"),
}
"""`exists` is asked of a path, which the evaluation looks up itself: see `expression.py`."""
