"""Which components' answers belong on a cassette, and calling others in their place.

A tool is what is in the category Tools, and what is neither pure nor uses what a step offers: it may reach outside. A
component that runs flows or asks a model isn't one: those answers are on the cassette themselves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from weft.catalog import Catalog, Component, Secret
from weft.catalog.tool import Tool
from weft.model.plain import to_plain
from weft.providers.redaction import remember

Player = Callable[[Component, dict[str, Any], Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Given the component, its inputs in plain values, and how to call it really: what it gives, or a `Replay`."""


def is_tool(component: Component) -> bool:
    if component.pure or any(port.type.kind in ("model", "flow") for port in component.inputs):
        return False
    return component.ui.get("category") == "Tools" or component.signature.context is None


def with_tools(catalog: Catalog, player: Player, files: Path) -> Catalog:
    """The catalog with each tool called through `player`."""
    made = (_played(one, player, files) if is_tool(one) else one for one in catalog.components)
    return Catalog(made, catalog.errors, catalog.flows)


def _played(component: Component, player: Player, files: Path) -> Component:
    async def call(**arguments: Any) -> Any:
        async def really() -> Any:
            if component.signature.is_async:
                return await component.function(**arguments)
            from asyncio import to_thread

            return await to_thread(component.function, **arguments)

        if any(map(_has_tools, arguments.values())):
            return await really()  # what those answer is on the cassette itself
        given = {
            name: _plain(value, name, files)
            for name, value in arguments.items()
            if name != component.signature.context
        }
        return await player(component, given, really)

    return replace(component, function=call, signature=replace(component.signature, is_async=True))


def _has_tools(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, Tool) for one in cast("list[Any]", value))


def _plain(value: Any, name: str, files: Path) -> Any:
    """A value as it is written: a secret by its name, a file by its path in the workspace's folder."""
    if isinstance(value, Secret):
        remember(value.reveal())  # the tool may say it aloud
        return {"$secret": value.name}
    if isinstance(value, Path):
        inside = value.is_relative_to(files)
        return {"$file": value.relative_to(files).as_posix() if inside else value.name}
    if isinstance(value, dict):
        return {str(key): _plain(item, name, files) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_plain(item, name, files) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return to_plain(value, name=name)
