"""What does a node cost with the durable journal on: each run through `RunService` into SQLite, committed and synced?

    .venv/bin/python -m benchmarks.durable [--rounds 15]

CPU time of the process, the database's thread included, from `start` until the run is over and recorded, its events
cleaned of secrets as a workspace's are. The floor and the same run without a journal take their turns in every round.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.floor import Floor
from benchmarks.measure import CATALOG, SHAPES, flow_of, in_turn, rounds_asked, weft_run
from weft.engine import Services
from weft.providers.redaction import Recorded
from weft.runs.service import RunService
from weft.runs.store.sqlite import SqliteStore


async def main(rounds: int) -> None:
    print("CPU a node with the durable journal on (target 4x the floor and 16 µs, stretch 3x)")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        service = RunService(SqliteStore(Path(folder) / "weft.db"), Services(clean=Recorded), lambda: CATALOG)
        for name, shape in SHAPES.items():
            flow = flow_of(shape)

            async def recorded(flow=flow, name=name) -> None:  # type: ignore[no-untyped-def]
                run_id = await service.start(flow, slug=name.replace(" ", "-"))
                result = await service.result(run_id)
                assert result.status == "succeeded", result.error

            runs = {"floor": Floor(shape).run, "memory": weft_run(shape), "durable": recorded}
            times = await in_turn(runs, rounds)
            floor, memory, durable = (median(times[who]) / len(shape) * 1e6 for who in runs)
            print(
                f"  {name:14} floor {floor:5.2f} µs   no journal {memory:5.2f} µs  {memory / floor:4.2f}x"
                f"   durable {durable:5.2f} µs  {durable / floor:5.2f}x"
            )
        await service.close()


if __name__ == "__main__":
    asyncio.run(main(rounds_asked(__doc__, 15)))
