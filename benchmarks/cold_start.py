"""How long a command takes that has nothing to do: CPU time and peak memory of fresh processes.

    .venv/bin/python -m benchmarks.cold_start [--rounds 11]

All commands run in turn in every round; figures are medians. `import pydantic` is the measure: Weft is built on it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
COMMANDS = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import pydantic": [PYTHON, "-c", "import pydantic; pydantic.BaseModel"],
    "import weft": [PYTHON, "-c", "import weft"],
    "weft.Flow, component": [PYTHON, "-c", "import weft; weft.Flow, weft.component"],
    "weft.engine": [PYTHON, "-c", "import weft.engine"],
    "weft --version": [PYTHON, "-m", "weft", "--version"],
    "weft check": [PYTHON, "-m", "weft", "check", "flows/essay.json"],
}
HEAVY = ("nicegui", "langchain_core", "fastapi", "networkx", "openai")


class Cost(NamedTuple):
    cpu: float
    memory: float


def run(command: list[str]) -> Cost:
    """CPU seconds and peak megabytes of one process."""
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with status {status}")
    return Cost(usage.ru_utime + usage.ru_stime, _megabytes(usage))


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def heavy(command: list[str]) -> list[str]:
    """Which heavy libraries a command loads, told by the interpreter itself."""
    told = subprocess.run(
        [PYTHON, "-X", "importtime", *command[1:]], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    return [name for name in HEAVY if name in loaded]


def main(rounds: int) -> None:
    os.chdir(ROOT)
    for command in COMMANDS.values():
        run(command)  # compiled files are there, caches are warm
    costs: dict[str, list[Cost]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            costs[name].append(run(command))
    measure = median(cost.cpu for cost in costs["import pydantic"])
    print(
        "Cold start: CPU time, as a multiple of `import pydantic`, and peak memory (target for import weft: 2x, 45 MB)"
    )
    for name, taken in costs.items():
        cpu, memory = median(cost.cpu for cost in taken), median(cost.memory for cost in taken)
        loads = ", ".join(heavy(COMMANDS[name])) or "-"
        print(f"  {name:22} {cpu * 1e3:7.0f} ms  {cpu / measure:4.2f}x  {memory:5.0f} MB   loads {loads}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    main(parser.parse_args().rounds)
