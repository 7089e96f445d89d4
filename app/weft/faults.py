"""Places where the process can be made to die, so that tests find out what that costs: `faults.point("before_commit")`.

A point does nothing unless the environment variable WEFT_FAULT names it: `before_commit` kills the process there as
`kill -9` does, `before_commit@3` when it comes by for the third time. No cleaning up, no last word.
"""

import os
import signal
from collections.abc import Mapping

VARIABLE = "WEFT_FAULT"

POINTS: Mapping[str, str] = {
    "before_commit": "everything is written into the transaction, and nothing of it is durable",
    "after_commit_before_ack": "the transaction is durable, and nobody knows",
    "before_journal": "edits are applied and shown, and not in the journal",
    "after_journal": "edits are in the journal, and nobody was told",
    "before_file": "the journal says that the flow's file will be written",
    "before_rename": "the new file is whole, beside the old one",
    "after_rename": "the new file is in its place, its folder not yet synced",
    "before_value": "a large value is whole, and hasn't its name yet",
    "after_value": "a large value is in its place, and no row names it",
    "after_accept": "a run is in the books, and nobody was told",
    "after_claim": "a run is claimed, and nothing of it goes on yet",
    "before_release": "a run has stopped, and the books still say whose it is",
    "during_upgrade": "every step to a later version of the database is done, and none is durable",
    "after_prune": "old runs are gone, and the values that only they named are still there",
    "while_collecting": "of the values that no row names, one is gone and others aren't",
    "before_backup": "a backup is whole, and hasn't its name yet",
}
"""Every label, with what is true there. The suite dies once at each."""


class _Fault:
    def __init__(self, label: str, passes: int) -> None:
        self._label, self._left = label, passes

    def reached(self, label: str) -> None:
        if label == self._label:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def armed(text: str) -> _Fault | None:
    """The fault that the variable's text asks for; None without one. A label that isn't there is a `ValueError`."""
    label, _, passes = text.partition("@")
    if not label:
        return None
    if label not in POINTS or (passes and not passes.isdigit()):
        raise ValueError(f"{VARIABLE}={text!r} names no point. There are: {', '.join(POINTS)}.")
    return _Fault(label, int(passes or 1))


_fault = armed(os.environ.get(VARIABLE, ""))


def point(label: str) -> None:
    """Die here if this is the point that was asked for."""
    if _fault is not None:
        _fault.reached(label)
