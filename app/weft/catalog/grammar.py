"""Reading an expression: what its text may hold, and the tree it becomes.

The text is cut into tokens and measured before Python's parser sees it, whose own limits are far too wide; then the
tree is measured, level by level, and every part of it must be one that is listed. Nothing is computed here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from weft.catalog.operations import BINARY, COMPARE, FUNCTIONS, LARGEST_WHOLE
from weft.catalog.template import FORBIDDEN_NAMES, TextProblem, problem_at

LONGEST: Final = 2_000
MOST_TOKENS: Final = 400
DEEPEST: Final = 32
WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}
NODES: Final[frozenset[type[ast.expr]]] = frozenset(
    (
        ast.Constant,
        ast.Name,
        ast.Attribute,
        ast.Subscript,
        ast.BinOp,
        ast.UnaryOp,
        ast.BoolOp,
        ast.Compare,
        ast.IfExp,
        ast.List,
        ast.Tuple,
        ast.Call,
    )
)
"""The parts an expression may have; `expression.RULES` says what each means."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression read: its tree if it is one, the ports it asks for, the state it reads, what is wrong with it."""

    tree: ast.expr | None
    names: Mapping[str, bool]
    state_paths: tuple[str, ...]
    problems: tuple[TextProblem, ...]


_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<text>"(?:[^"\\\n]|\\["'\\nt])*"|'(?:[^'\\\n]|\\["'\\nt])*')
      | (?P<number>(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?(?![\w.]))
      | (?P<name>[A-Za-z][A-Za-z0-9_]*(?!["'\w]))
      | (?P<sign>\*\*|//|[=!<>]=|[-+*/%<>()\[\].,])""",
    re.VERBOSE,
)


_LONGEST_NAME: Final = 63


class _Bad(Exception):
    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """Read an expression. Never raises, computes nothing."""
    try:
        _measure(text)
        tree = _tree(text)
        wanted, state = _needs(tree)
    except _Bad as bad:
        return Parsed(None, {}, (), (problem_at(str(bad), text, bad.position),))
    return Parsed(tree, wanted, state, ())


def _measure(text: str) -> None:
    """Refuse what the parser should not even see: its own limits are far too wide, and some of it would warn."""
    if len(text) > LONGEST:
        raise _Bad(f"it is longer than {LONGEST:,} characters")
    position = depth = tokens = 0
    previous = ""
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            hint = "; to compare, write ==" if text[position] == "=" else ""
            raise _Bad(f"{text[position]!r} can't stand here{hint}", position)
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token[0], 0)
        tokens += token.lastgroup != "space"
        if depth < 0:
            raise _Bad(f"{token[0]!r} closes what was never opened", position)
        if depth > DEEPEST or tokens > MOST_TOKENS:
            most = f"at most {MOST_TOKENS} words and signs, brackets {DEEPEST} deep"
            raise _Bad(f"it is too long or too deep ({most})", position)
        if token.lastgroup == previous == "text":
            raise _Bad("between two texts there must be a sign, such as +", position)
        if token.lastgroup != "space":
            previous = str(token.lastgroup)
        position = token.end()
    if not tokens:
        raise _Bad("it is empty; write for example score > 3")


def _tree(text: str) -> ast.expr:
    """In brackets, so that it may go over several lines; positions are counted back."""
    try:
        tree = ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError as error:
        raise _Bad(
            "it is no whole expression", _position(text, error.lineno or 1, error.offset or 1)
        ) from None
    except (ValueError, MemoryError, RecursionError):
        raise _Bad("it can't be read as an expression") from None
    level: Sequence[ast.expr] = [tree]
    for _ in range(DEEPEST * 2):
        level = [child for node in level for child in _children(node, text)]
        if not level:
            return tree
    raise _Bad("it is nested too deeply")


def _children(node: ast.expr, text: str) -> Iterator[ast.expr]:
    """The parts of a node, once it is known to be a node of the language."""
    place = _position(text, node.lineno, _characters(text, node) + 1)
    match node:
        case ast.Constant():
            if type(node.value) not in (str, int, float, bool, type(None)):
                raise _Bad("three dots are not part of expressions", place)
            if not _is_small(node.value):
                raise _Bad("this number is too large", place)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            function = FUNCTIONS[name]
            if not function.least <= len(arguments) <= function.most:
                raise _Bad(
                    f"{name} takes {function.least} to {function.most} values, not {len(arguments)}", place
                )
            if name == "exists" and not isinstance(arguments[0], ast.Name | ast.Attribute | ast.Subscript):
                raise _Bad("exists is asked of a name or a path, such as exists(state.plan)", place)
            yield from arguments
            return
        case ast.Call():
            raise _Bad(f"there is no such function; there are {', '.join(FUNCTIONS)}", place)
        case ast.Attribute(attr=attr) if attr.startswith("__"):
            raise _Bad(f"{attr!r} can't be looked up", place)
        case ast.BinOp(op=operator) if type(operator) not in BINARY:
            raise _Bad("this sign is not part of expressions", place)
        case ast.Compare(ops=operators) if any(type(operator) not in COMPARE for operator in operators):
            raise _Bad("`is` is not part of expressions; write ==", place)
        case _ if type(node) not in NODES or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert)
        ):
            raise _Bad(f"this is not part of expressions ({type(node).__name__})", place)
        case _:
            pass
    yield from (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _is_small(value: Any) -> bool:
    return (
        type(value) not in (int, float)
        or abs(value) <= LARGEST_WHOLE
        or (type(value) is float and value < 1e300)
    )


def _needs(tree: ast.expr) -> tuple[dict[str, bool], tuple[str, ...]]:
    """The names that become ports, by place, and the places of the state that are read."""
    asked: set[str] = set()
    functions: set[int] = set()
    found: list[ast.Name] = []
    paths: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            functions.add(id(node.func))
            if node.func.id == "exists" and isinstance(node.args[0], ast.Name):
                asked.add(node.args[0].id)
        elif isinstance(node, ast.Attribute) and (path := _dotted(node)) and path[0] == "state":
            paths[".".join(path[1:])] = None
        elif isinstance(node, ast.Name):
            found.append(node)
    wanted = [node for node in found if id(node) not in functions and node.id not in (*WORDS, "state")]
    wanted.sort(key=lambda node: (node.lineno, node.col_offset))
    for node in wanted:
        if node.id in FORBIDDEN_NAMES or len(node.id) > _LONGEST_NAME:
            raise _Bad(f"{node.id!r} can't be a port; use another name of letters, digits and _")
    longest = {path for path in paths if not any(other.startswith(f"{path}.") for other in paths)}
    return {node.id: node.id not in asked for node in wanted}, tuple(
        path for path in paths if path in longest
    )


def _dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts; empty for anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (path := _dotted(node.value)):
        return [*path, node.attr]
    return []


def _characters(text: str, node: ast.expr) -> int:
    """The column of a node in characters: the parser counts bytes."""
    line = f"({text}\n)".split("\n")[node.lineno - 1]
    return len(line.encode(errors="replace")[: node.col_offset].decode(errors="ignore"))


def _position(text: str, line: int, column: int) -> int:
    """Where in the text a place of the bracketed text is: one less on the first line, for the bracket."""
    starts = [0, *(index + 1 for index, sign in enumerate(text) if sign == "\n")]
    if line > len(starts):
        return len(text)
    place = starts[line - 1] + column - 1 - (line == 1)
    return max(0, min(place, len(text)))
