"""Does a node cost more in a large flow than in a small one?

.venv/bin/python -m benchmarks.growth [--rounds 9]
"""

from __future__ import annotations

from statistics import median

from benchmarks import shapes
from benchmarks.measure import interleaved, rounds_asked, weft_run

MAKERS = {"chain": shapes.chain, "fan": shapes.fan, "layered": lambda n: shapes.layered(n // 20, 20)}


def main(rounds: int) -> None:
    print("Growth: CPU a node at 10,000 nodes as a multiple of 1,000 (target 1.3x, stretch 1.1x)")
    for name, make in MAKERS.items():
        runs = {str(size): weft_run(make(size)) for size in (1000, 10_000)}
        times = interleaved(runs, max(5, rounds))
        small, large = (median(times[size]) / int(size) * 1e6 for size in runs)
        print(f"  {name:14} {small:5.2f} µs -> {large:5.2f} µs   {large / small:4.2f}x")


if __name__ == "__main__":
    main(rounds_asked(__doc__, 9))
