"""The tools of a server as it listed them, and as components: one for each, under the server's name."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.catalog import Component, Port, PortType
from weft.catalog.json_ports import arguments
from weft.catalog.returns import Returns
from weft.catalog.signature import Signature

MOST = 500
"""Tools of a server."""
LARGEST = 100_000
"""Bytes of what a server says of one tool."""
_LONGEST_FILE = 20_000_000

Caller = Callable[[str, str, dict[str, Any]], Awaitable[Any]]
"""`(server, tool, arguments)`: what the tool gives."""


class Listed(BaseModel):
    """A tool as its server described it. `arguments` is the JSON Schema."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=200)
    title: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=20_000)
    arguments: dict[str, Any] = {}


def read(path: Path) -> list[Listed]:
    """The tools in a kept list; none without one. Raises `ValueError` for a file that is no such list."""
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise ValueError("it is too large")
        kept = json.loads(path.read_text("utf-8"))
        return [Listed.model_validate(one) for one in kept["tools"]]
    except FileNotFoundError:
        return []
    except (OSError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise ValueError(str(error).splitlines()[0][:200]) from None


def text(tools: list[Listed]) -> str:
    """The list as it is kept."""
    return json.dumps({"tools": [one.model_dump() for one in tools]}, ensure_ascii=False, indent=1) + "\n"


def taken(tools: list[Any]) -> tuple[list[Listed], list[str]]:
    """Of what a server listed, what can be used, and why the rest can't."""
    found: list[Listed] = []
    wrong: list[str] = []
    for one in tools[:MOST]:
        try:
            made = Listed(
                name=one.name,
                title=(one.title or "")[:200],
                description=(one.description or "")[:20_000],
                arguments=one.input_schema,
            )
            if len(made.model_dump_json()) > LARGEST:
                raise ValueError("what is said of it is too large")
            arguments(made.arguments)
        except (ValueError, RecursionError) as error:
            wrong.append(f"{str(one.name)[:60]!r}: {str(error).splitlines()[0][:200]}")
        else:
            found.append(made)
    if len(tools) > MOST:
        wrong.append(f"there are {len(tools):,} tools; the first {MOST} are used")
    return found, wrong


def components(server: str, tools: list[Listed], call: Caller) -> list[Component]:
    """A component for each, called `SERVER__TOOL`."""
    made: dict[str, Component] = {}
    for one in tools:
        stem = f"{server}__{re.sub(r'[^a-z0-9_]+', '_', one.name.lower()).strip('_') or 'tool'}"[:60]
        name, number = stem, 2
        while name in made:
            name, number = f"{stem}{number}", number + 1
        made[name] = _component(name, server, one, call)
    return list(made.values())


def _component(name: str, server: str, tool: Listed, call: Caller) -> Component:
    found = arguments(tool.arguments)
    names = {one.port.name: one.name for one in found}
    optional = {one.port.name for one in found if not one.port.required}

    async def called(**given: Any) -> Any:
        sent = {
            names[port]: value for port, value in given.items() if port not in optional or value is not None
        }
        return await call(server, tool.name, sent)

    output = Port("output", PortType("any"), help="What the tool gave: text, or JSON")
    about = (tool.description or tool.title or tool.name).strip().partition("\n")[0][:300]
    ports = tuple(one.port for one in found)
    signature = Signature(
        ports, Returns((output,), lambda result: {"output": result}), about, None, False, True
    )
    exact: Mapping[str, Any] = {one.port.name: {"json_schema": one.schema} for one in found}
    title = tool.title or tool.name.replace("_", " ").replace("-", " ").capitalize()
    ui = {"title": title[:80], "category": server, "icon": "plug", "color": "#0ea5e9", **exact}
    return Component(called, signature, name, ui=ui, origin="mcp")


def result(answer: Any) -> Any:
    """What a tool gave: its JSON if it has some, else its text. Pictures and the like are told of, not kept."""
    structured = cast("dict[str, Any] | None", answer.structured_content)
    if structured is not None:
        return structured["result"] if structured.keys() == {"result"} else structured
    return "\n".join(_block(one) for one in answer.content)


def _block(one: Any) -> str:
    if one.type == "text":
        return str(one.text)
    if one.type == "resource" and (inner := getattr(one.resource, "text", None)) is not None:
        return str(inner)
    return f"[{one.type} {getattr(one, 'mime_type', None) or ''}]".replace(" ]", "]")
