"""How long until something happens: commands and imports from a cold start, as multiples of `import pydantic`.

    python -m benchmarks.cold_start [ROUNDS]

Every command is a process of its own. They run in turn, round after round, so that the machine's drift hits all of
them alike; each figure is a median over the rounds. CPU is user and system time of the process, memory its peak.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
WEFT = str(Path(sys.executable).with_name("weft"))
ESSAY = str(ROOT / "flows" / "essay.json")
BASE = "import pydantic"
COMMANDS: dict[str, Sequence[str]] = {
    "python, nothing": (sys.executable, "-c", ""),
    BASE: (sys.executable, "-c", "import pydantic; pydantic.BaseModel"),
    "import weft": (sys.executable, "-c", "import weft"),
    "weft.component": (sys.executable, "-c", "import weft; weft.component"),  # names come when first used
    "weft.run": (sys.executable, "-c", "import weft; weft.run"),
    "weft --version": (WEFT, "--version"),
    "weft check": (WEFT, "check", ESSAY),
    "weft run (demo)": (WEFT, "run", "essay", "--model", "demo"),
}


class Cost(NamedTuple):
    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    peak: float
    """Megabytes."""


def measured(command: Sequence[str], cwd: str) -> Cost:
    """One process, by the system's own account of it."""
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(rounds: int) -> None:
    import tempfile

    costs: dict[str, list[Cost]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "flows").mkdir()
        for command in COMMANDS.values():  # caches of bytecode and of the disk are warm for all
            measured(command, folder)
        for _ in range(rounds):
            for name, command in COMMANDS.items():
                costs[name].append(measured(command, folder))
    base = median(cost.cpu for cost in costs[BASE])
    print(f"{'':18}{'wall ms':>9}{'CPU ms':>9}{'x pydantic':>12}{'peak MB':>9}")
    for name, found in costs.items():
        wall, cpu, peak = (median(column) for column in zip(*found, strict=True))
        print(f"{name:18}{wall * 1000:9.0f}{cpu * 1000:9.0f}{cpu / base:12.2f}{peak:9.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
