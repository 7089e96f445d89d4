"""What does a node cost beyond a bare asyncio task, with events, inputs, a cap, priorities, deadlines, cancellation?

.venv/bin/python -m benchmarks.cpu [--rounds 25]
"""

from __future__ import annotations

from statistics import median

from benchmarks.floor import Floor
from benchmarks.measure import SHAPES, interleaved, rounds_asked, weft_run
from weft.engine.run import PARALLEL


def main(rounds: int) -> None:
    print(f"CPU a node: no-op nodes with a timeout, at most {PARALLEL} at once (target 2.0x, stretch 1.6x)")
    for name, shape in SHAPES.items():
        runs = {"floor": Floor(shape).run, "weft": weft_run(shape), "read": weft_run(shape, follow=True)}
        times = interleaved(runs, max(rounds, 5000 // len(shape)))
        floor, weft, read = (median(times[who]) / len(shape) * 1e6 for who in runs)
        print(
            f"  {name:14} floor {floor:5.2f} µs   weft {weft:5.2f} µs  {weft / floor:4.2f}x"
            f"   with every event read {read:5.2f} µs  {read / floor:4.2f}x"
        )


if __name__ == "__main__":
    main(rounds_asked(__doc__, 25))
