"""LangGraph with its SQLite checkpointer, which keeps what each superstep did."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.peers.adapter import Run, Shape, Work, main
from benchmarks.peers.langgraph import graph_of


async def make(shape: Shape, work: Work) -> Run:
    folder = tempfile.mkdtemp(dir=Path.cwd() / ".peers")
    connection = aiosqlite.connect(Path(folder) / "checkpoints.db")
    connection._thread.daemon = True  # or the process doesn't end while the connection is open
    saver = AsyncSqliteSaver(await connection)
    compiled = graph_of(shape, work).compile(checkpointer=saver)
    threads = itertools.count()

    async def run() -> None:
        config = {"recursion_limit": 100_000, "configurable": {"thread_id": str(next(threads))}}
        await compiled.ainvoke({"done": 0}, config)

    return run


if __name__ == "__main__":
    main(make)
