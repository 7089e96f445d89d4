"""Flows that other flows run."""

from typing import Any

from tests.engine.build import catalog, node, subtask

from weft.catalog import Catalog
from weft.engine import Services
from weft.model import Flow, from_json

LIBRARY: dict[str, Any] = {
    "greet": {
        "format": 1,
        "inputs": {"name": {}},
        "outputs": {"greeting": "both"},
        "nodes": {
            "hello": node("say", text="hello "),
            "both": node("say", text="@hello", more="@inputs.name"),
        },
    },
    "broken": {"format": 1, "nodes": {"inside": node("fail")}},
    "two_ways": {
        "format": 1,
        "inputs": {"go": {"type": "boolean"}},
        "outputs": {"yes": "way.yes", "no": "way.no"},
        "nodes": {"way": node("branch", go="@inputs.go")},
    },
}


def load(name: Any) -> Flow:
    return name if isinstance(name, Flow) else from_json(LIBRARY[name] if isinstance(name, str) else name)


SERVICES = Services(resolvers={"flow": lambda value, scope: load(value)})


def known(*more: Any) -> Catalog:
    return Catalog(
        (*catalog().components, subtask, *more), flows=lambda name: load(name) if name in LIBRARY else None
    )
