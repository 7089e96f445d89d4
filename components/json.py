"""JSON from JSON: build an object out of values, pick a part of one."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import json as codec
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from weft import WeftError, component
from weft.picking import pick as part_at
from weft.picking import pick_parts

_HOLE = re.compile(r"\{\{[ \t]*([A-Za-z][A-Za-z0-9_]{0,62})((?:\.[^\s.{}]+)*)[ \t]*\}\}")


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """One port for each name in `build`."""
    return {"inputs": {name: Any for name in _names(params.get("build")) if name != "value"}}


@component(
    pure=True,
    ports=ports,
    ui={
        "title": "JSON",
        "category": "Data",
        "icon": "data_object",
        "color": "#12b47f",
        "build": {"multiline": True},
    },
)
async def json(
    value: Annotated[Any, "The JSON to pick from; a text is read as JSON"] = None,
    pick: Annotated[str, "The path of the part to take, such as items.0.title or items.*.title"] = "",
    build: Annotated[
        Any, 'JSON to make, such as {"title": "{{title}}"}; a name stands for a whole value'
    ] = None,
    default: Annotated[Any, "What to give when the part isn't there"] = None,
    **values: Any,
) -> Any:
    """Build JSON out of values, or pick a part of it."""
    source = value if build is None else _filled(build, {**values, "value": value})
    if isinstance(source, str) and build is None:
        source = _read(source)
    try:
        return part_at(source, pick)
    except LookupError as missing:
        if default is not None:
            return default
        raise WeftError(
            f"There is no {pick!r} in the JSON: {missing.args[0]}.",
            code="missing-value",
            hint="Look at the step before, or give a default.",
            retryable=False,
        ) from None


def _names(build: Any) -> Iterator[str]:
    match build:
        case str():
            if hole := _HOLE.fullmatch(build):
                yield hole[1]
        case list():
            for item in build:
                yield from _names(item)
        case dict():
            for item in build.values():
                yield from _names(item)
        case _:
            pass


def _filled(build: Any, values: Mapping[str, Any]) -> Any:
    """`{{name}}` stands for a whole value, never for a piece of text: what is put in can't change the shape."""
    match build:
        case str():
            hole = _HOLE.fullmatch(build)
            return pick_parts(values[hole[1]], hole[2].split(".")[1:]) if hole else build
        case list():
            return [_filled(item, values) for item in build]
        case dict():
            return {key: _filled(item, values) for key, item in build.items()}
        case _:
            return build


def _read(text: str) -> Any:
    try:
        return codec.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeftError(
            f"The text is no JSON: {error}.",
            code="wrong-type",
            hint="Wire a port that gives JSON, or use the `text` component for text.",
            retryable=False,
        ) from None
