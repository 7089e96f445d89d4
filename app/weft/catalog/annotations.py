"""Which port type an annotation means: the one place where Python's types become ports."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, is_typeddict

from weft.catalog.condition import Condition
from weft.catalog.kinds import LIVE, WRITTEN, ChatModel, Kind, Marks, PortType, Secret
from weft.catalog.tool import Tool
from weft.model.flow import Flow

_BY_CLASS: Final[Mapping[Any, Kind]] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "json",
    Mapping: "json",
    Any: "any",
    object: "any",
    Path: "file",
    Secret: "secret",
    Flow: "flow",
    Tool: "tool",
    Condition: "condition",
}
ANNOTATIONS: Final = (
    "str, int, float, bool, dict, list, Any, Literal, pathlib.Path, or weft's "
    "Messages, Template, Expression, Condition, ChatModel, Secret, Flow, Tool"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an annotation says of a port. `nullable`: it also allows `None`."""

    type: PortType
    help: str = ""
    nullable: bool = False


def from_annotation(annotation: Any) -> PortType:
    """The port type an annotation means. Raises `TypeError` with a sentence if it means none."""
    return read(annotation).type


def read(annotation: Any, *, inside: bool = False) -> Reading:
    """All an annotation says: the type, the help in `Annotated[T, "help"]`, whether `None` is allowed."""
    if annotation is ChatModel or _is_langchain_model(annotation):
        return Reading(PortType("model"))
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _read_annotated(args)
    if origin in (Union, types.UnionType):
        return _read_union(args)
    if origin is Literal:
        return Reading(_literal(args))
    if annotation in (list, Sequence) or origin in (list, Sequence):
        if inside:
            raise TypeError("a list of lists is no port type; use dict or Any for deeper values")
        item = read(args[0], inside=True).type if args else PortType("any")
        return Reading(PortType("list", item))
    kind: Kind | None = _BY_CLASS.get(origin or annotation) if _hashable(origin or annotation) else None
    if kind is None and is_typeddict(annotation):
        kind = "json"
    if kind is None:
        raise TypeError(f"{_name(annotation)} is no port type; use {ANNOTATIONS}")
    return Reading(PortType(kind))


def _read_annotated(args: tuple[Any, ...]) -> Reading:
    marks: list[Kind] = [mark.kind for mark in args[1:] if isinstance(mark, Marks)]
    helps = [mark for mark in args[1:] if isinstance(mark, str)]
    if marks:
        return Reading(PortType(marks[-1]), helps[-1] if helps else "")
    inner = read(args[0])
    return Reading(inner.type, helps[-1] if helps else inner.help, inner.nullable)


def _read_union(args: tuple[Any, ...]) -> Reading:
    members = [arg for arg in args if arg is not types.NoneType]
    readings = [read(member) for member in members]
    found = {reading.type for reading in readings}
    if len(found) == 1:
        return Reading(readings[0].type, readings[0].help, len(members) < len(args))
    kinds = {found_type.kind for found_type in found}
    if kinds & {*LIVE, *WRITTEN}:
        raise TypeError(f"{' | '.join(map(_name, members))} mixes kinds of port; give each its own parameter")
    kind: Kind = (
        "number" if kinds == {"number", "integer"} else "json" if kinds <= {"json", "list"} else "any"
    )
    return Reading(PortType(kind), nullable=len(members) < len(args))


def _literal(values: tuple[Any, ...]) -> PortType:
    kinds: tuple[tuple[type, Kind], ...] = ((str, "text"), (bool, "boolean"), (int, "integer"))
    for wanted, kind in kinds:
        if all(type(value) is wanted for value in values):
            return PortType(kind, choices=values)
    raise TypeError(f"Literal{list(values)!r} mixes kinds of value; use only texts or only whole numbers")


def _is_langchain_model(annotation: Any) -> bool:
    """`BaseChatModel` itself, written by someone who likes the real name; told by name so nothing is imported."""
    module = getattr(annotation, "__module__", "")
    return getattr(annotation, "__name__", "") == "BaseChatModel" and str(module).startswith(
        "langchain_core."
    )


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _name(annotation: Any) -> str:
    return str(annotation) if get_origin(annotation) else getattr(annotation, "__name__", str(annotation))
