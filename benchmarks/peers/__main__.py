"""The peers in one table: CPU a node over the floor, and makespan over the critical path.

    make bench-peers            # or: .venv/bin/python -m benchmarks.peers [PEER ...] [--seconds 6]

Each peer runs in an environment of its own (`benchmarks.peers.build`), one process for each figure, and in turn with
the floor in that process. What takes longer than the patience is said so, and what can't be installed why.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from benchmarks.peers.adapter import MAKESPAN, SHAPES
from benchmarks.peers.build import FOLDER, ROOT, python, trouble

PATIENCE = 150
"""Seconds a process may take."""
PEERS = {
    "weft": ("Weft", ""),
    "agentkit": ("agentkit-llm (sequential)", "agentkit-llm"),
    "hamilton": ("Hamilton, async driver", "sf-hamilton"),
    "pydantic_graph": ("pydantic-graph", "pydantic-graph"),
    "langgraph": ("LangGraph", "langgraph"),
    "langgraph_sqlite": ("LangGraph with SQLite", "langgraph"),
    "promptflow": ("promptflow", "promptflow"),
    "haystack": ("Haystack", "haystack-ai"),
    "lfx": ("Langflow's lfx", "lfx"),
    "llama_index": ("llama-index workflows", "llama-index-workflows"),
}


def figure(peer: str, question: str, seconds: float) -> str:
    """One cell of the table."""
    own = peer.removesuffix("_sqlite")
    interpreter = Path(sys.executable) if peer == "weft" else python(own)
    command = [str(interpreter), "-m", f"benchmarks.peers.{peer}", question, str(seconds)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"over {PATIENCE} s"
    try:
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no answer"]
        print(f"  {peer}, {question}: {lines[-1][:300]}", file=sys.stderr)
        return "fails"
    value = found["makespan"] if question == MAKESPAN else found["ratio"]
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def version(peer: str) -> str:
    """The version that was measured."""
    name = PEERS[peer][1]
    where = FOLDER / peer.removesuffix("_sqlite") / "lib"
    paths = [str(path) for path in where.glob("python*/site-packages")]
    return next((one.version for one in distributions(name=name, path=paths)), "") if name else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", default=list(PEERS))
    parser.add_argument("--seconds", type=float, default=6)
    asked = parser.parse_args()
    questions = [*SHAPES, MAKESPAN]
    print(f"| CPU a node over the floor | {' | '.join(questions)} |", flush=True)
    print("|---" * (len(questions) + 1) + "|")
    for peer in asked.peers:
        reason = "" if peer == "weft" else trouble(peer.removesuffix("_sqlite"))
        cells = [reason] if reason else [figure(peer, question, asked.seconds) for question in questions]
        print(f"| {' '.join((PEERS[peer][0], version(peer))).strip()} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
