"""A process that opens one flow of 10,000 nodes, checks and plans it, and says what that took.

    .venv/bin/python -m tests.soak.large_flow grid 10000

Half of the nodes are prompts, half do nothing much. Printed is JSON: the processor seconds to open it for editing, to
check it, to check it again after an edit and to plan it; the most memory the process had (megabytes); the size of the
file (megabytes).
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.soak.flood import resident

from weft.engine.check import check
from weft.engine.plan import plan
from weft.model import Transaction
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents


def _chain(_: random.Random, number: int, count: int) -> list[int]:
    del count
    return [number - 1] if number else []


def _star(_: random.Random, number: int, count: int) -> list[int]:
    del count
    return [0] if number else []


def _grid(_: random.Random, number: int, count: int) -> list[int]:
    """Layers of a hundred, each node reading three of the layer before."""
    del count
    row, column = divmod(number, 100)
    return [(row - 1) * 100 + (column + step) % 100 for step in range(3)] if row else []


def _random(chance: random.Random, number: int, count: int) -> list[int]:
    del count
    return chance.sample(range(number), min(number, chance.randrange(4)))


SHAPES: dict[str, Callable[[random.Random, int, int], list[int]]] = {
    "chain": _chain,
    "star": _star,
    "grid": _grid,
    "random": _random,
}


def document(shape: str, count: int) -> dict[str, Any]:
    """The flow: even numbers are prompts, odd ones put texts together."""
    chance = random.Random(7)
    nodes: dict[str, Any] = {}
    for number in range(count):
        before = [f"n{one}" for one in SHAPES[shape](chance, number, count)]
        if number % 2:
            inputs = {"texts": before} if before else {}
            nodes[f"n{number}"] = {
                "component": "join",
                "params": {} if before else {"texts": []},
                "inputs": inputs,
            }
        else:
            inputs = {"context": before} if before else {}
            nodes[f"n{number}"] = {
                "component": "prompt",
                "params": {"prompt": f"Say something about number {number}, in about as many words as this."},
                "inputs": inputs,
            }
    places = {f"n{number}": [340 * (number // 100), 200 * (number % 100)] for number in range(count)}
    return {"format": 1, "name": shape, "nodes": nodes, "layout": {"nodes": places}}


JOIN = """
from weft import component


@component
async def join(texts: list[str] = []) -> str:
    \"\"\"Put texts together.\"\"\"
    return "".join(texts)
"""


async def measured(shape: str, count: int, home: Path) -> dict[str, Any]:
    (home / "flows").mkdir()
    (home / "components").mkdir()
    (home / "components" / "join.py").write_text(JOIN)
    text = json.dumps(document(shape, count))
    (home / "flows" / "large.json").write_text(text)
    workspace = Workspace(home, env={})
    assert workspace.catalog.get("join") is not None
    clock = time.process_time
    times = [clock()]
    opened = await Documents(workspace).open("large")
    times.append(clock())
    found = check(opened.flow, workspace.catalog)
    times.append(clock())
    change = {"op": "set-param", "node": "n0", "name": "prompt", "value": "Something else"}
    opened.submit(Transaction.model_validate({"changes": [change]}), "ann")
    assert opened.problems is not None
    times.append(clock())
    made = plan(opened.flow, workspace.catalog)
    times.append(clock())
    await workspace.close()
    names = ("open", "check", "edit", "plan")
    seconds = {name: round(times[at + 1] - times[at], 3) for at, name in enumerate(names)}
    more = {"nodes": len(made.nodes), "problems": len(found), "peak": round(resident("VmHWM"))}
    return seconds | more | {"file": round(len(text) / 1e6, 1)}


def main(shape: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measured(shape, count, Path(folder)))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
