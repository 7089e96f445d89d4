"""All questions about the scheduler, one after the other.

.venv/bin/python -m benchmarks.scheduler [--rounds 25]
"""

from __future__ import annotations

from benchmarks import cpu, growth, latency, makespan, many_runs, planning
from benchmarks.measure import rounds_asked

if __name__ == "__main__":
    rounds = rounds_asked(__doc__, 25)
    for question, share in (
        (cpu, 1),
        (growth, 3),
        (makespan, 5),
        (latency, 1),
        (many_runs, 1),
        (planning, 3),
    ):
        question.main(max(3, rounds // share))
