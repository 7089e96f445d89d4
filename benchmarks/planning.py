"""What does planning a loaded flow cost, and how long is the way from a file to its plan?

    .venv/bin/python -m benchmarks.planning [--rounds 9]

Each node has one edge. Those of prompts each have a text of their own with two holes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import shapes
from benchmarks.measure import CATALOG, rounds_asked, timed
from weft.catalog import Catalog
from weft.engine.check import check
from weft.engine.plan import plan
from weft.model import Flow, dumps, from_json, loads
from weft.model.limits import Limits
from weft.workspace.folder import Workspace

ANY_SIZE = Limits(nodes=10**6, values=10**8)
"""A file may hold 20,000 nodes."""
ROOT = Path(__file__).resolve().parents[1]


def noops(size: int) -> Flow:
    """Layers of nodes that do nothing."""
    return from_json(shapes.document(shapes.layered(size // 20, 20, 1), "noop"), limits=ANY_SIZE)


def prompts(size: int) -> Flow:
    """A chain of prompts."""
    nodes: dict[str, Any] = {}
    for index in range(size):
        text = f"Step {index}: what does {{{{before}}}} say about {{{{topic}}}}?"
        wired = {"topic": "inputs.topic", "before": f"n{index - 1}" if index else "inputs.topic"}
        nodes[f"n{index}"] = {"component": "prompt", "params": {"prompt": text}, "inputs": wired}
    inputs, outputs = {"topic": {}}, {"last": f"n{size - 1}"}
    document = {"format": 1, "inputs": inputs, "nodes": nodes, "outputs": outputs}
    return from_json(document, limits=ANY_SIZE)


def main(rounds: int) -> None:
    print(
        "Planning a loaded flow (target 3 µs a node), and a file of 10,000 nodes to its plan (target 60 ms)"
    )
    stock = Workspace.open(ROOT).catalog
    for name, make, catalog in (("no-op nodes", noops, CATALOG), ("prompts", prompts, stock)):
        for size in (1000, 10_000, 100_000):
            flow = make(size)
            spent = timed(partial(plan, flow, catalog), rounds)
            print(f"  {name:12} {size:7,}       {spent / size * 1e6:6.2f} µs a node")
        told(name, make(10_000), catalog, rounds)


def told(name: str, flow: Flow, catalog: Catalog, rounds: int) -> None:
    text = dumps(flow)
    print(
        f"  {name:12} file to plan  {timed(lambda: plan(loads(text), catalog), rounds) * 1e3:6.1f} ms, 10,000 nodes"
    )
    print(
        f"  {name:12} check         {timed(lambda: check(flow, catalog), rounds) * 1e3:6.1f} ms, 10,000 nodes"
    )


if __name__ == "__main__":
    main(rounds_asked(__doc__, 9))
