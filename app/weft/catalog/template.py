r"""Templates: text with `{{name}}`, `{{name.path}}`, `{{name | filter}}`, `{{state.path}}`.

One pass over the text; nothing that was inserted is read again. Values are plain JSON, reached by keys and list
positions alone. `\{{` writes a literal `{{` (and `\\{{` a backslash before a hole). Filters, left to right:
`json`, `trim`, `lower`, `upper`, `length`, `default(x)`, where x is a text in quotes, a number, true, false or null
and stands in for what is missing or null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from weft.catalog.lookup import look_up
from weft.model.errors import StepFailed

LONGEST: Final = 1_000_000
"""Characters a finished text may have."""

MOST_PROBLEMS: Final = 50
"""Problems looked for in one text: past these it is not a template that went a little wrong."""

FORBIDDEN_NAMES: Final = frozenset(("inputs", "outputs", "secrets"))


class TextProblem(NamedTuple):
    """Something wrong at a place of a template or expression; line and column count from 1."""

    message: str
    position: int
    line: int
    column: int

    @property
    def place(self) -> str:
        """As a person says it."""
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Hole:
    """One `{{path | filters}}`: `path[0]` is the port's name, or `state`."""

    path: tuple[str, ...]
    filters: tuple[tuple[str, Any], ...] = ()

    @property
    def has_default(self) -> bool:
        return any(name == "default" for name, _ in self.filters)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A template taken apart: literal texts and holes in order, and what is wrong with it."""

    parts: tuple[str | Hole, ...]
    problems: tuple[TextProblem, ...]


def names(text: str) -> dict[str, bool]:
    """The ports a template asks for, in order of appearance; the value says whether it must be filled.

    A name is optional when each of its holes has a `default`. `state` is no port.
    """
    found: dict[str, bool] = {}
    for part in parse(text).parts:
        if isinstance(part, Hole) and part.path[0] != "state":
            found[part.path[0]] = found.get(part.path[0], False) or not part.has_default
    return found


def asked(text: str) -> tuple[tuple[str, bool], ...] | None:
    """As `names`, in a form that can be compared and kept; None for a template that has problems."""
    if "{{" not in text:
        return ()
    found = _PLAIN_HOLE.findall(text)
    plain = len(found) == text.count("{{") and "{{{" not in text and "\\{{" not in text
    if plain and _NOT_PLAIN.isdisjoint(found):
        return tuple([(name, True) for name in dict.fromkeys(found)])
    return None if parse(text).problems else tuple(names(text).items())


def state_paths(text: str) -> tuple[str, ...]:
    """The places of the run's state that a template reads, dotted and without the leading `state`."""
    holes = [part for part in parse(text).parts if isinstance(part, Hole) and part.path[0] == "state"]
    return tuple(dict.fromkeys(".".join(hole.path[1:]) for hole in holes))


def escape(text: str) -> str:
    """The template that gives this very text, whatever stands in it."""
    return _BRACES.sub(lambda found: found[1] * 2 + "\\{{", text)


_BRACES: Final = re.compile(r"(\\*)\{\{")


def problems(text: str) -> tuple[TextProblem, ...]:
    """Everything wrong with a template, by position."""
    return parse(text).problems


def render(text: str, values: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """The finished text. Raises `StepFailed`: `bad-template`, `missing-value`, `wrong-type`, `too-long`."""
    return "".join(_pieces(text, values, state, None))


def pieces(
    text: str,
    values: Mapping[str, Any],
    state: Mapping[str, Any],
    instead: Callable[[Hole], str | None],
) -> list[tuple[str, Hole | None]]:
    """The finished text in its pieces, each with the hole that it fills. What `instead` gives for a hole stands there
    in place of its value. Raises as `render`."""
    return [
        (piece, None if isinstance(part, str) else part)
        for piece, part in zip(_pieces(text, values, state, instead), parse(text).parts, strict=True)
    ]


def _pieces(
    text: str,
    values: Mapping[str, Any],
    state: Mapping[str, Any],
    instead: Callable[[Hole], str | None] | None,
) -> list[str]:
    parsed = parse(text)
    if parsed.problems:
        raise _failed(
            "bad-template",
            f"the template can't be read at {parsed.problems[0].place}: {parsed.problems[0].message}",
        )
    found: list[str] = []
    room = LONGEST
    for part in parsed.parts:
        if isinstance(part, str):
            piece = part
        elif instead is None or (given := instead(part)) is None:
            piece = _fill(part, values, state)
        else:
            piece = given
        room -= len(piece)
        if room < 0:
            raise _failed("too-long", f"the finished text is longer than {LONGEST:,} characters")
        found.append(piece)
    return found


def _fill(hole: Hole, values: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    first, *rest = hole.path
    if first == "state":
        found, value = look_up(dict(state), rest)
    else:
        found, value = look_up(values.get(first), rest) if first in values else (False, None)
    for name, argument in hole.filters:
        if name == "default":
            found, value = (True, argument) if not found or value is None else (found, value)
        elif found:
            value = _FILTERS[name](value, ".".join(hole.path))
    if not found:
        path = ".".join(hole.path)
        raise _failed(
            "missing-value",
            f"there is no value for {{{{{path}}}}}",
            f"Connect or fill it, or write {{{{{path} | default('...')}}}}.",
        )
    return _text(value, ".".join(hole.path))


# --- filters -----------------------------------------------------------------------------------------------------


def _text(value: Any, path: str) -> str:
    if type(value) is str:
        return value
    return _json(value, path)


def _json(value: Any, path: str) -> str:
    if type(value) not in (str, int, float, bool, dict, list, type(None)):
        raise _failed(
            "wrong-type", f"{{{{{path}}}}} is a {type(value).__name__}, which can't be put into a text"
        )
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise _failed("wrong-type", f"{{{{{path}}}}} holds something that is no plain JSON") from error


def _length(value: Any, path: str) -> int:
    if type(value) in (str, list, dict):
        return len(value)
    raise _failed("wrong-type", f"{{{{{path} | length}}}} needs a text, a list or an object")


_FILTERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "json": _json,
    "trim": lambda value, path: _text(value, path).strip(),
    "lower": lambda value, path: _text(value, path).lower(),
    "upper": lambda value, path: _text(value, path).upper(),
    "length": _length,
}


def _failed(code: str, message: str, hint: str = "") -> StepFailed:
    return StepFailed(sentence(message), code=code, hint=hint, retryable=False)


def sentence(text: str) -> str:
    """With a capital and a full stop, as a person reads it."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


# --- reading -----------------------------------------------------------------------------------------------------

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_PLAIN_HOLE: Final = re.compile(rf"\{{\{{[ \t]*({_NAME.pattern})[ \t]*\}}\}}")
"""A hole that names a port and nothing else: most are, and a text of such holes needn't be taken apart for its ports."""
_NOT_PLAIN: Final = frozenset((*FORBIDDEN_NAMES, "state"))
_PART: Final = re.compile(r"[^\W]+(?:-[^\W]+)*")
_SPACE: Final = re.compile(r"[ \t]*")
_FILTER: Final = re.compile(r"[a-z]+")
_ARGUMENT: Final = re.compile(
    r"""\([ \t]*(?:'(?P<single>[^'\n]*)'|"(?P<double>[^"\n]*)"|(?P<bare>true|false|null|-?[0-9]{1,15}(?:\.[0-9]{1,15})?))[ \t]*\)"""
)


class _Bad(Exception):
    """What is wrong inside a hole, for `parse` to place."""


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """Take a template apart. Never raises: what is wrong is in `problems`, and that hole is left out."""
    parts: list[str | Hole] = []
    found: list[TextProblem] = []
    position = 0
    while (brace := text.find("{{", position)) >= 0 and len(found) < MOST_PROBLEMS:
        literal = text[position:brace]
        slashes = len(literal) - len(literal.rstrip("\\"))
        parts.append(literal[: len(literal) - (slashes + 1) // 2])
        position = brace + 2
        if slashes % 2:
            parts.append("{{")
            continue
        try:
            hole, position = _hole(text, position)
            parts.append(hole)
        except _Bad as bad:
            found.append(problem_at(str(bad), text, brace))
    parts.append(text[position:])
    return Parsed(tuple(part for part in parts if part != ""), tuple(found))


def _hole(text: str, position: int) -> tuple[Hole, int]:
    path, position = _path(text, position)
    filters: list[tuple[str, Any]] = []
    while text.startswith("|", position):
        name, argument, position = _filter(text, position + 1)
        filters.append((name, argument))
    if text.startswith("}}", position):
        return Hole(path, tuple(filters)), position + 2
    end, newline = text.find("}}", position), text.find("\n", position)
    if end < 0 or 0 <= newline < end:
        raise _Bad("this {{ is never closed; write }} after the name, or \\{{ for the two signs themselves")
    raise _Bad(
        f"{text[position]!r} can't stand in {{{{...}}}}; write {{{{name}}}}, {{{{name.part}}}} or {{{{name | filter}}}}"
    )


def _path(text: str, position: int) -> tuple[tuple[str, ...], int]:
    position = _skip(text, position)
    first = _NAME.match(text, position)
    if first is None:
        raise _Bad(
            "after {{ there must be a name of letters, digits and _, such as {{topic}}; "
            "for the two signs themselves write \\{{"
        )
    if first[0] in FORBIDDEN_NAMES:
        raise _Bad(_forbidden(first[0]))
    path, position = [first[0]], first.end()
    while text.startswith(".", position):
        part = _PART.match(text, position + 1)
        if part is None:
            raise _Bad(f"after {'.'.join(path)}. there must be a name or a number")
        path.append(part[0])
        position = part.end()
        if len(path) > 32:
            raise _Bad("a path has at most 32 parts")
    if path == ["state"]:
        raise _Bad("say which part of the state, such as {{state.plan}}")
    return tuple(path), _skip(text, position)


def _forbidden(name: str) -> str:
    if name == "secrets":
        return "secrets can't be put into a text; give them to a component that has a port for them"
    return f"{name!r} can't be named here; write {{{{topic}}}} and connect the input to the port it makes"


def _filter(text: str, position: int) -> tuple[str, Any, int]:
    position = _skip(text, position)
    name = _FILTER.match(text, position)
    known = ", ".join((*_FILTERS, "default('...')"))
    if name is None or name[0] not in (*_FILTERS, "default"):
        raise _Bad(f"after | there must be a filter: {known}")
    position, argument = name.end(), None
    if name[0] == "default":
        given = _ARGUMENT.match(text, position)
        if given is None:
            raise _Bad("default needs a value in brackets: default('N/A'), default(0), default(true)")
        quoted = given["single"] if given["single"] is not None else given["double"]
        argument = json.loads(given["bare"]) if given["bare"] is not None else quoted
        position = given.end()
    return name[0], argument, _skip(text, position)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def problem_at(message: str, text: str, position: int) -> TextProblem:
    """A problem at a position, with the line and column a person counts."""
    line = text.count("\n", 0, position) + 1
    return TextProblem(sentence(message), position, line, position - (text.rfind("\n", 0, position) + 1) + 1)
