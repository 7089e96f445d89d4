"""Does it cost a run anything that its watchers don't read? The same run with nobody, and with 50 who are stuck.

    .venv/bin/python -m benchmarks.watchers [--rounds 9]

A stuck watcher takes the first event and no other: a browser whose tab sleeps, a client whose network is gone. Some of
them are streams over HTTP whose client reads nothing. Wall time from the start of the run until it is recorded, taken
in turn; what is told is the ratio of the medians.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.measure import CATALOG, flow_of, in_turn, rounds_asked
from weft.engine import Services
from weft.runs.service import RunService
from weft.runs.store.sqlite import SqliteStore
from weft.server import sse

STUCK = 50


async def main(rounds: int) -> None:
    shape = shapes.layered(50, 40)
    flow = flow_of(shape)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        service = RunService(SqliteStore(Path(folder) / "weft.db"), Services(), lambda: CATALOG)

        async def alone() -> None:
            run_id = await service.start(flow, slug="alone")
            assert (await service.result(run_id)).status == "succeeded"

        async def watched() -> None:
            run_id = await service.start(flow, slug="watched")
            stuck = [asyncio.create_task(_stuck(service, run_id)) for _ in range(STUCK)]
            assert (await service.result(run_id)).status == "succeeded"
            for one in stuck:
                one.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

        times = await in_turn({"alone": alone, "watched": watched}, rounds, time.perf_counter)
        nobody, many = median(times["alone"]), median(times["watched"])
        print(f"a run of {len(shape):,} nodes with {STUCK} watchers that read nothing (target 1.1x)")
        print(f"  nobody {nobody * 1000:.0f} ms   stuck {many * 1000:.0f} ms   {many / nobody:.2f}x")
        await service.close()


async def _stuck(service: RunService, run_id: str) -> None:
    answer = sse.EventStream(sse.stream(service.watch(run_id), run_id))
    sent = 0

    async def send(message: Any) -> None:
        nonlocal sent
        sent += 1
        if sent > 2:
            await asyncio.Event().wait()

    await answer({"type": "http", "asgi": {"spec_version": "2.4"}}, asyncio.Event().wait, send)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    asyncio.run(main(rounds_asked(__doc__, 9)))
