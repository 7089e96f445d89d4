"""What a step gave: plain values by port, and what of them goes into the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from weft.catalog.lookup import look_up
from weft.engine.limits import is_larger, too_large
from weft.engine.planned import PlanNode
from weft.model.errors import StepFailed, WeftError
from weft.model.plain import to_plain

_SMALL: Final = 1_000_000


class Replay(NamedTuple):
    """Stands for what a component would give: its values by port are known."""

    value: dict[str, Any]


def answer(node: PlanNode, result: Any, most: int) -> dict[str, Any]:
    """The result of a component by port, as plain JSON. A port that isn't in it was not taken.

    Raises `StepFailed`: `limit-exceeded` for a value of more than `most` bytes, `bad-output` for what is no value.
    """
    only = node.only
    if only is not None and (
        (type(result) is int and -_SMALL < result < _SMALL)
        or (type(result) is str and len(result) < _SMALL and len(result) <= most and result.isascii())
    ):
        return {only: result}  # what follows would say the same, later
    if type(result) is Replay:
        return result.value
    try:
        values = node.split(result)
    except TypeError as error:
        raise _bad_output(node, f"gave back {error}") from None
    for port, value in values.items():
        if port not in node.outputs:
            raise _bad_output(node, f"gave a value for {port!r}, which is none of its outputs")
        try:
            values[port] = plain = to_plain(value, name=port, max_characters=most)
        except WeftError as error:
            if error.code == "too-large":
                raise too_large(port, most, error.message) from None
            raise _bad_output(node, f"gave what can't be passed on: {error.message}") from error
        if is_larger(plain, most):
            raise too_large(port, most)
    return values


def saved(node: PlanNode, values: Mapping[str, Any], *, strict: bool = True) -> dict[str, Any]:
    """What the node's `save` takes out of its answer, by path in the state.

    The answer is the output `data` if there is one, else the main output. Where `data` was not taken there is no
    answer to save: the state stays as it is, as AgentKit leaves its database after the answer "N/A". Raises
    `StepFailed` (`missing-value`) for a path the answer hasn't got, unless not `strict`.
    """
    if strict and "data" in node.outputs and "data" not in values:
        return {}
    answered = values.get("data", values.get(node.outputs[0]))
    writes: dict[str, Any] = {}
    for place, path in node.special.save:
        found, value = look_up(answered, path.split(".") if path else [])
        if found:
            writes[place] = to_plain(value)
        elif strict:
            raise StepFailed(
                f"The answer has no {path!r} to save in the state at {place!r}.",
                code="missing-value",
                hint="Save another part of it, or ask for an answer of a fixed shape.",
                retryable=False,
            )
    return writes


def commit(state: dict[str, Any], writes: Mapping[str, Any]) -> None:
    """Write into the state, all or nothing. Raises `StepFailed` where a path leads through something that is no object."""
    for place in writes:
        _parent(state, place.split("."), make=False)
    for place, value in writes.items():
        way = place.split(".")
        _parent(state, way, make=True)[way[-1]] = to_plain(value)


def _parent(state: dict[str, Any], way: list[str], *, make: bool) -> dict[str, Any]:
    inside: Any = state
    for part in way[:-1]:
        here = cast("dict[str, Any]", inside)
        inner = here.get(part)
        if inner is None and not make:
            return {}
        inside = here.setdefault(part, {}) if inner is None else inner
        if not isinstance(inside, dict):
            raise StepFailed(
                f"The state can't be written at {'.'.join(way)!r}: {part!r} is there, and is no object.",
                code="bad-state-path",
                hint="Save to another path.",
                retryable=False,
            )
    return cast("dict[str, Any]", inside)


def _bad_output(node: PlanNode, what: str) -> StepFailed:
    return StepFailed(
        f"The component {node.component!r} {what.rstrip('.')}.",
        code="bad-output",
        hint="Return text, numbers, true, false, None, lists and dicts of them.",
        retryable=False,
    )
