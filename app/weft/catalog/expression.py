"""Expressions: the small language of conditions and formulas, read as a Python expression, over plain JSON only.

Literals, names, `a.b` and `a["b"]` and `a[0]` as look-ups in JSON, `+ - * / // % **`, comparisons, `in`, `and`, `or`,
`not`, `x if c else y`, lists, and the functions in `operations.FUNCTIONS`. There are no attributes, methods, slices,
comprehensions, assignments or strings with a prefix: what isn't in the table `RULES` is refused when it is read (see
`grammar.py`), before anything is computed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from weft.catalog.grammar import WORDS, parse
from weft.catalog.kinds import shown
from weft.catalog.lookup import look_up
from weft.catalog.operations import BINARY, COMPARE, FUNCTIONS, Refused, kind
from weft.catalog.template import TextProblem, sentence
from weft.model.errors import StepFailed

STEPS: Final = 100_000
"""What one evaluation may do: a step for each part of the tree, each item a function looks at, each 100 characters."""


def names(text: str) -> dict[str, bool]:
    """The ports an expression asks for, in order; the value says whether it must be filled.

    A name asked about with `exists(name)` may be left empty. `state` is no port.
    """
    return dict(parse(text).names)


def asked(text: str) -> tuple[tuple[str, bool], ...] | None:
    """As `names`, in a form that can be compared and kept; None for an expression that has problems."""
    parsed = parse(text)
    return None if parsed.problems else tuple(parsed.names.items())


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
            sentence(f"in {shown(text)}: {refused}"), code=refused.code, hint=refused.hint, retryable=False
        ) from None


@dataclass(slots=True)
class _Evaluation:
    values: Mapping[str, Any]
    state: Mapping[str, Any]
    steps: int = field(default=0)

    def value(self, node: ast.expr) -> Any:
        self.spend(1)
        return RULES[type(node)](self, node)

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
    if node.id in WORDS:
        return WORDS[node.id]
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
        raise Refused("wrong-type", f"a minus needs a number after it, not {kind(value)}")
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


RULES: Final[Mapping[type[ast.expr], Callable[[_Evaluation, Any], Any]]] = {
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
