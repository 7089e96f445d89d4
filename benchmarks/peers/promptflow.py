"""promptflow: a flow file of Python nodes beside a module of tools, by its asynchronous executor."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("PF_DISABLE_TRACING", "true")

from promptflow.executor.flow_executor import FlowExecutor

from benchmarks.peers.adapter import Run, Shape, Work, main

logging.disable(logging.CRITICAL)
WORK: list[Work] = []
"""What the tools, which promptflow imports by file, find here."""


def make(shape: Shape, work: Work) -> Run:
    sys.modules["benchmarks.peers.promptflow"] = sys.modules["__main__"]
    WORK.append(work)
    folder = Path(tempfile.mkdtemp(dir=Path.cwd() / ".peers"))
    nodes: list[dict[str, Any]] = []
    for count in {len(sources) for sources in shape}:
        (folder / f"take{count}.py").write_text(_tool(count))
    for index, sources in enumerate(shape):
        inputs: dict[str, Any] = {"index": index}
        inputs |= {f"s{place}": f"${{n{source}.output}}" for place, source in enumerate(sources)}
        path = f"take{len(sources)}.py"
        nodes.append(
            {
                "name": f"n{index}",
                "type": "python",
                "source": {"type": "code", "path": path},
                "inputs": inputs,
            }
        )
    last = {"type": "int", "reference": f"${{n{len(shape) - 1}.output}}"}
    document = {"inputs": {}, "outputs": {"last": last}, "nodes": nodes}
    (folder / "flow.dag.yaml").write_text(json.dumps(document))
    executor = FlowExecutor.create(folder / "flow.dag.yaml", {}, raise_ex=True)

    async def run() -> None:
        result = await executor.exec_line_async({}, node_concurrency=16)
        assert result.run_info.status.value == "Completed", result.run_info.error

    return run


def _tool(count: int) -> str:
    sources = "".join(f", s{place}: int" for place in range(count))
    return f"""
from promptflow.core import tool
from benchmarks.peers.promptflow import WORK

@tool
async def take(index: int{sources}) -> int:
    await WORK[-1](index)
    return 1
"""


if __name__ == "__main__":
    main(make)
