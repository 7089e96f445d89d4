"""What a node can be: component declarations, port types and what fits what, templates, expressions, the loader."""

from weft.catalog.component import Component, Port, Ports, component
from weft.catalog.context import Context, StateView
from weft.catalog.loader import Catalog, LoadError, load_file, load_folder, stock_root
from weft.catalog.types import ChatModel, Condition, Expression, Messages, PortType, Secret, Template
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
    "component",
    "load_file",
    "load_folder",
    "stock_root",
    "upgraded",
]
