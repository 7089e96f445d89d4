"""How many small runs a second, with 200 of them at once?

.venv/bin/python -m benchmarks.many_runs [--rounds 25]
"""

from __future__ import annotations

import asyncio
from statistics import median

from benchmarks import shapes
from benchmarks.floor import Floor
from benchmarks.measure import Run, interleaved, rounds_asked, weft_run

RUNS = 200


def main(rounds: int) -> None:
    print(f"{RUNS} concurrent runs of 10 nodes: runs a second over the floor's (target 0.5x, stretch 0.7x)")
    shape = shapes.layered(5, 2)
    floor, weft = Floor(shape), weft_run(shape)

    async def at_once(run: Run) -> None:
        await asyncio.gather(*(run() for _ in range(RUNS)))

    times = interleaved({"floor": lambda: at_once(floor.run), "weft": lambda: at_once(weft)}, max(9, rounds))
    bare, ours = median(times["floor"]), median(times["weft"])
    print(f"  floor {RUNS / bare:8.0f} runs/s   weft {RUNS / ours:8.0f} runs/s   {bare / ours:4.2f}x")


if __name__ == "__main__":
    main(rounds_asked(__doc__, 25))
