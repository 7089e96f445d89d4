"""What a run is given: the flow's inputs, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from weft.catalog.kinds import PortType
from weft.model.errors import WeftError
from weft.model.flow import Flow, FlowInput
from weft.model.nearest import nearest
from weft.model.plain import to_plain
from weft.model.values import FileRef, unwrap


def read_inputs(flow: Flow, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every input of the flow, defaults filled in. Raises `WeftError` (`bad-input`) that says all that is
    wrong with what was given."""
    wrong: list[str] = []
    for name in given:
        if name not in flow.inputs:
            close = nearest(name, flow.inputs)
            meant = f"did you mean {close!r}?" if close else _known(flow)
            wrong.append(f"There is no input {name!r}: {meant}")
    values: dict[str, Any] = {}
    for name, declared in flow.inputs.items():
        if name not in given and not declared.has_default:
            wrong.append(f"The input {name!r} ({declared.type}) isn't given.")
            continue
        value = _plain(name, given.get(name, declared.default), wrong)
        if name in given and (reason := _complaint(declared, value)):
            wrong.append(f"The input {name!r} doesn't fit: {reason}.")
        values[name] = value
    if wrong:
        raise WeftError(" ".join(wrong), code="bad-input", retryable=False)
    return values


def type_of_input(declared: FlowInput) -> PortType:
    """The port type of a flow's input. Raises `ValueError` if it isn't one."""
    kind = _parsed(declared.type)
    return PortType(kind.kind, kind.item, tuple(declared.choices)) if declared.choices else kind


_parsed = lru_cache(maxsize=256)(PortType.parse)


def _plain(name: str, value: Any, wrong: list[str]) -> Any:
    """The value as it travels; a file as its path."""
    value = unwrap(value)
    if isinstance(value, FileRef):
        return value.path
    try:
        return to_plain(value, name=name)
    except WeftError as error:
        wrong.append(f"The input {error.message}")
        return cast("Any", None)


def _complaint(declared: FlowInput, value: Any) -> str:
    return type_of_input(declared).complaint(value)


def _known(flow: Flow) -> str:
    return f"this flow has {', '.join(flow.inputs)}." if flow.inputs else "this flow has none."
