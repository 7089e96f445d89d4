"""Expressions: the small language of conditions and formulas, read as a Python expression, over plain JSON only.

Literals, names, `a.b` and `a["b"]` and `a[0]` as look-ups in JSON, `+ - * / // % **`, comparisons, `in`, `and`, `or`,
`not`, `x if c else y`, lists, and the functions in `operations.FUNCTIONS`. There are no attributes, methods, slices,
comprehensions, assignments or strings with a prefix: what isn't in the table of this module is refused. The text is cut
into tokens and measured before the parser sees it, and the tree is measured before anything is computed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from weft.catalog.lookup import look_up
from weft.catalog.operations import BINARY, COMPARE, FUNCTIONS, LARGEST_WHOLE, Refused
from weft.catalog.template import FORBIDDEN_NAMES, TextProblem, problem_at
from weft.model.errors import StepFailed

LONGEST: Final = 2_000
MOST_TOKENS: Final = 400
DEEPEST: Final = 32
STEPS: Final = 100_000
"""What one evaluation may do: a step for each part of the tree, each item a function looks at, each 100 characters."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression read: its tree if it is one, the ports it asks for, the state it reads, what is wrong with it."""

    tree: ast.expr | None
    names: Mapping[str, bool]
    state_paths: tuple[str, ...]
    problems: tuple[TextProblem, ...]


def names(text: str) -> dict[str, bool]:
    """The ports an expression asks for, in order; the value says whether it must be filled.

    A name asked about with `exists(name)` may be left empty. `state` is no port.
    """
    return dict(parse(text).names)


def state_paths(text: str) -> tuple[str, ...]:
    """The places of the run's state that an expression reads, dotted and without the leading `state`."""
    return parse(text).state_paths


def problems(text: str) -> tuple[TextProblem, ...]:
    """What is wrong with an expression: none, or the first thing, with its place."""
    return parse(text).problems


def evaluate(text: str, values: Mapping[str, Any], state: Mapping[str, Any]) -> Any:
    """The value, plain JSON. Raises `StepFailed`: `bad-expression`, `missing-value`, `wrong-type`, `too-large`."""
    parsed = parse(text)
    if parsed.tree is None:
        raise StepFailed(
            f"The expression can't be read: {parsed.problems[0].message}",
            code="bad-expression",
            retryable=False,
        )
    try:
        return _Evaluation(values, state).value(parsed.tree)
    except Refused as refused:
        raise StepFailed(
            f"in {text!r}: {refused}", code=refused.code, hint=refused.hint, retryable=False
        ) from None


@dataclass(slots=True)
class _Evaluation:
    values: Mapping[str, Any]
    state: Mapping[str, Any]
    steps: int = field(default=0)

    def value(self, node: ast.expr) -> Any:
        self.spend(1)
        return _RULES[type(node)](self, node)

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > STEPS:
            raise Refused("too-large", f"it takes more than {STEPS:,} steps")

    def root(self, name: str) -> tuple[bool, Any]:
        if name == "state":
            return True, dict(self.state)
        return name in self.values, self.values.get(name)


# --- what each part of the tree means ------------------------------------------------------------------------------


def _constant(run: _Evaluation, node: ast.Constant) -> Any:
    return node.value


def _name(run: _Evaluation, node: ast.Name) -> Any:
    if node.id in _WORDS:
        return _WORDS[node.id]
    found, value = run.root(node.id)
    if not found:
        raise _missing(node.id)
    return value


def _attribute(run: _Evaluation, node: ast.Attribute) -> Any:
    return _look(run.value(node.value), node.attr, node)


def _subscript(run: _Evaluation, node: ast.Subscript) -> Any:
    key = run.value(node.slice)
    inside = run.value(node.value)
    if type(key) is int and type(inside) in (list, str):
        if -len(inside) <= key < len(inside):
            return inside[key]
        raise _missing(ast.unparse(node))
    if type(key) is str:
        return _look(inside, key, node)
    raise Refused("wrong-type", f"{ast.unparse(node)} needs a position in a list or a key in quotes")


def _look(inside: Any, key: str, node: ast.expr) -> Any:
    found, value = look_up(inside, [key])
    if not found:
        raise _missing(ast.unparse(node))
    return value


def _missing(path: str) -> Refused:
    return Refused(
        "missing-value", f"there is no {path}", f"Fill it, or ask first: {path} if exists({path}) else 0"
    )


def _binary(run: _Evaluation, node: ast.BinOp) -> Any:
    left, right = run.value(node.left), run.value(node.right)
    result = BINARY[type(node.op)](left, right)
    run.spend(_size(result))
    return result


def _unary(run: _Evaluation, node: ast.UnaryOp) -> Any:
    value = run.value(node.operand)
    if isinstance(node.op, ast.Not):
        return not value
    if type(value) not in (int, float):
        raise Refused("wrong-type", f"a minus needs a number after it, not {type(value).__name__}")
    return -value if isinstance(node.op, ast.USub) else value


def _boolean(run: _Evaluation, node: ast.BoolOp) -> Any:
    stop_at = isinstance(node.op, ast.Or)
    value: Any = None
    for part in node.values:
        value = run.value(part)
        if bool(value) is stop_at:
            return value
    return value


def _compare(run: _Evaluation, node: ast.Compare) -> bool:
    left = run.value(node.left)
    for operator, part in zip(node.ops, node.comparators, strict=True):
        right = run.value(part)
        run.spend(_size(left) + _size(right))
        if not COMPARE[type(operator)](left, right):
            return False
        left = right
    return True


def _choice(run: _Evaluation, node: ast.IfExp) -> Any:
    return run.value(node.body if run.value(node.test) else node.orelse)


def _list(run: _Evaluation, node: ast.List | ast.Tuple) -> list[Any]:
    return [run.value(item) for item in node.elts]


def _call(run: _Evaluation, node: ast.Call) -> Any:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "exists":
        return _exists(run, node.args[0])
    arguments = [run.value(argument) for argument in node.args]
    run.spend(sum(map(_size, arguments)))
    return FUNCTIONS[name].apply(*arguments)


def _exists(run: _Evaluation, node: ast.expr) -> bool:
    try:
        return run.value(node) is not None
    except Refused as refused:
        if refused.code == "missing-value":
            return False
        raise


def _size(value: Any) -> int:
    if type(value) is str:
        return len(value) // 100
    return len(value) if type(value) in (list, dict) else 0


_WORDS: Final = {"true": True, "false": False, "null": None}
_RULES: Final[Mapping[type[ast.expr], Callable[[_Evaluation, Any], Any]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Call: _call,
}


# --- reading -------------------------------------------------------------------------------------------------------

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
    place = _position(text, node.lineno, node.col_offset + 1)
    match node:
        case ast.Constant():
            if type(node.value) not in (str, int, float, bool, type(None)) or not _is_small(node.value):
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
        case _ if type(node) not in _RULES or (
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
    wanted = [node for node in found if id(node) not in functions and node.id not in (*_WORDS, "state")]
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


def _position(text: str, line: int, column: int) -> int:
    """Where in the text a place of the bracketed text is: one less on the first line, for the bracket."""
    starts = [0, *(index + 1 for index, sign in enumerate(text) if sign == "\n")]
    place = starts[min(line, len(starts)) - 1] + column - 1 - (line == 1)
    return max(0, min(place, len(text)))
