"""Weft: a visual builder for flows of prompts, tools and subtasks.

    import weft

    flow = weft.load("flows/essay.json")
    result = await weft.run(flow, topic="Tidal power")

Every name is brought in when it is first used, so that ``import weft`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weft.api import load, run, start
    from weft.catalog import (
        ChatModel,
        Condition,
        Context,
        Expression,
        Messages,
        Secret,
        Template,
        Tool,
        component,
    )
    from weft.langchain_tools import from_langchain
    from weft.model import Flow, WeftError

__version__ = "0.1.0"

__all__ = [
    "ChatModel",
    "Condition",
    "Context",
    "Expression",
    "Flow",
    "Messages",
    "Secret",
    "Template",
    "Tool",
    "WeftError",
    "component",
    "from_langchain",
    "load",
    "run",
    "start",
]

_HOMES = {
    "load": "weft.api",
    "run": "weft.api",
    "start": "weft.api",
    "from_langchain": "weft.langchain_tools",
    "Flow": "weft.model",
    "WeftError": "weft.model",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'weft' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "weft.catalog")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
