"""The long version of what is promised about letting old runs go."""

import asyncio
import tempfile
from itertools import cycle, islice
from pathlib import Path

from tests.faults.test_kill_pruning import test_what_stays_is_whole_wherever_pruning_dies as dies_at
from tests.soak.table import Figure, promise

LABELS = (
    "after_prune",
    *(f"while_collecting@{number}" for number in range(1, 6)),
    *(
        f"{label}@{number}"
        for label in ("before_commit", "after_commit_before_ack")
        for number in range(1, 8)
    ),
)


@promise("P2", "kill -9 while old runs are let go costs no run that stays, nor a value of one")
def letting_go(scale: float) -> Figure:
    wrong: list[str] = []
    labels = list(islice(cycle(LABELS), max(4, round(200 * scale))))
    for label in labels:
        with tempfile.TemporaryDirectory(prefix="weft-soak-") as folder:
            try:
                asyncio.run(dies_at(label, Path(folder)))
            except AssertionError as lost:
                wrong.append(f"{label}: {lost}")
    return Figure(f"{len(labels)} kills over pruning: {len(wrong)} with something lost", not wrong, wrong)
