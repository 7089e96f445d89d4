"""Instructions a node, counted by valgrind's callgrind: a figure that other work on the machine doesn't touch.

    make callgrind            # or: .venv/bin/python -m benchmarks.callgrind [SHAPE ...]

Each count is the difference between a process that runs the shape five times and one that runs it twice, so that
start, imports and planning cancel out; hashes are fixed, the garbage collector is off. Takes some minutes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
from pathlib import Path

FEW, MANY = 2, 5
WHO = ("floor", "weft")
ASKED = ("chain 1,000", "fan 1,000", "layered 50x20")


def instructions(who: str, shape: str, rounds: int) -> int:
    """All that a process executes that runs the shape so often."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    done = subprocess.run(
        [*command, "-m", "benchmarks.callgrind", "--run", who, shape, str(rounds)],
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONMALLOC": "pymalloc"},
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or found is None:
        raise SystemExit(f"{who}, {shape}: {done.stderr.strip().splitlines()[-1:]}")
    return int(found[1])


def run(who: str, shape: str, rounds: int) -> None:
    """What is counted."""
    from benchmarks.floor import Floor
    from benchmarks.measure import SHAPES, weft_run

    work = Floor(SHAPES[shape]).run if who == "floor" else weft_run(SHAPES[shape])

    async def main() -> None:
        for _ in range(rounds):
            await work()

    gc.disable()
    asyncio.run(main())


def main(asked: tuple[str, ...]) -> None:
    from benchmarks.measure import SHAPES

    try:
        subprocess.run(["valgrind", "--version"], capture_output=True, check=True)
    except OSError:
        raise SystemExit(
            "Counting instructions needs valgrind: on Debian and Ubuntu, 'apt install valgrind' brings it."
        ) from None
    print("Instructions a node, in thousands")
    for shape in asked:
        counts = {
            who: (instructions(who, shape, MANY) - instructions(who, shape, FEW)) / (MANY - FEW)
            for who in WHO
        }
        floor, weft = (counts[who] / len(SHAPES[shape]) / 1e3 for who in WHO)
        print(f"  {shape:14} floor {floor:6.1f}   weft {weft:6.1f}   {weft / floor:4.2f}x", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(tuple(sys.argv[1:]) or ASKED)
