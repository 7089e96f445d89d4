"""Any LangChain tool as a component.

    from langchain_community.tools import WikipediaQueryRun
    from weft import from_langchain

    wikipedia = from_langchain(WikipediaQueryRun(...), name="wikipedia")

in a file of the workspace's folder `components`, or given to a catalog. Its arguments are the ports, by the JSON Schema
that the tool itself has of them.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, cast

from weft.catalog import Component
from weft.catalog.json_ports import arguments
from weft.catalog.kinds import PortType
from weft.catalog.ports import Port
from weft.catalog.returns import Returns
from weft.catalog.signature import Signature
from weft.model.errors import StepFailed, WeftError
from weft.model.plain import to_plain

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


def from_langchain(tool: BaseTool, *, name: str = "", category: str = "Tools") -> Component:
    """A component that calls the tool. Raises `WeftError` (`bad-component`) for one without a schema of arguments."""
    called = name or re.sub(r"[^a-z0-9_]+", "_", tool.name.lower()).strip("_")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", called):
        raise WeftError(
            f"A component can't be called {called!r}.",
            code="bad-component",
            hint="Give it one: from_langchain(tool, name=...).",
        )
    try:
        found = arguments(_schema(tool))
    except ValueError as error:
        raise WeftError(f"The tool {called!r} can't be a component: {error}.", code="bad-component") from None
    names = {one.port.name: one.name for one in found}

    async def call(**given: Any) -> Any:
        sent = {names[port]: value for port, value in given.items()}
        try:
            result = await tool.ainvoke(sent)
        except WeftError:
            raise
        except Exception as error:
            raise StepFailed(
                f"The tool {tool.name!r} failed: {type(error).__name__}: {str(error)[:500]}",
                code="tool-failed",
            ) from error
        return to_plain(_plain(result), name=called)

    call.__module__ = str(sys._getframe(1).f_globals.get("__name__", __name__))  # pyright: ignore[reportPrivateUsage]
    output = Port("output", PortType("any"), help="What the tool gave")
    signature = Signature(
        tuple(one.port for one in found),
        Returns((output,), lambda result: {"output": result}),
        (tool.description or "").strip().partition("\n")[0],
        None,
        False,
        True,
    )
    exact = {one.port.name: {"json_schema": one.schema} for one in found}
    ui = {"title": tool.name.replace("_", " ").capitalize(), "category": category, "icon": "build", **exact}
    return Component(call, signature, called, ui=ui)


def _schema(tool: BaseTool) -> Any:
    given = tool.tool_call_schema
    if isinstance(given, dict):
        return given
    return cast("Any", given).model_json_schema()


def _plain(result: Any) -> Any:
    """Pydantic's models as objects; what is no JSON as its text."""
    if hasattr(result, "model_dump"):
        return result.model_dump(mode="json")
    try:
        return to_plain(result)
    except WeftError:
        return str(result)
