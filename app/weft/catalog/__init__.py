"""What a node can be: component declarations, port types and what fits what, templates, expressions, the loader.

The loader's names are brought in when first used: declaring a component doesn't need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from weft.catalog.component import Component, Port, Ports, component
from weft.catalog.context import Context, StateView
from weft.catalog.tool import Tool
from weft.catalog.types import ChatModel, Condition, Expression, Messages, PortType, Secret, Template

if TYPE_CHECKING:
    from weft.catalog.loader import Catalog, LoadError, load_file, load_folder, stock_root
    from weft.catalog.upgrades import upgraded

__all__ = [
    "Catalog",
    "ChatModel",
    "Component",
    "Condition",
    "Context",
    "Expression",
    "LoadError",
    "Messages",
    "Port",
    "PortType",
    "Ports",
    "Secret",
    "StateView",
    "Template",
    "Tool",
    "component",
    "load_file",
    "load_folder",
    "stock_root",
    "upgraded",
]

_HOMES = {
    **dict.fromkeys(
        ("Catalog", "LoadError", "load_file", "load_folder", "stock_root"), "weft.catalog.loader"
    ),
    "upgraded": "weft.catalog.upgrades",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'weft.catalog' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
