"""Small graphs by hand, in three lines."""

from typing import Any

from tests.agentkit.environment import Theirs
from tests.agentkit.graphs import Graph
from tests.agentkit.ours import Pass, passes_of


def node(key: str, prompt: str = "", **more: Any) -> dict[str, Any]:
    return {"key": key, "prompt": prompt or f"Ask {key}.", "check": None, **more}


def check(*keys: str, kind: str = "dict", length: int | None = None, **more: Any) -> dict[str, Any]:
    return {"type": kind, "keys": list(keys), "length": length, **more}


def graph(*nodes: dict[str, Any] | str, edges: str = "", db: Any = None, **more: Any) -> Graph:
    """Edges are written `a>b c>d`; `a>>b` is one that goes first. Without a `db` it is empty, and has no shorthands."""
    return {
        "db": {"shorthands": {}, **(db or {})},
        "nodes": [node(one) if isinstance(one, str) else one for one in nodes],
        "edges": [_edge(written) for written in edges.split()],
        "orders": [],
        "passes": 1,
        **more,
    }


def _edge(written: str) -> list[Any]:
    source, _, target = written.partition(">")
    return [source, target.removeprefix(">"), target.startswith(">")]


def both(theirs: Theirs, graph: Graph, *, growing: bool = False) -> tuple[list[dict[str, Any]], list[Pass]]:
    """What AgentKit did with a graph, pass by pass, and what we did."""
    there = theirs.ask(graph)
    assert there["error"] == ""
    return there["passes"], passes_of(graph, growing=growing)


def system(text: str = "You are a helpful assistant.") -> dict[str, str]:
    return {"role": "system", "content": text}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}
