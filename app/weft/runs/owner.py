"""Whose a run is, so that one left behind by a process that died can be told from one that goes on.

A process is known by the boot of its machine, its number, and when it started, for numbers are used again. Where the
system doesn't tell (there is no /proc), a process counts as alive while its number is in use. Several services of one
process are told apart by a number of their own.
"""

import os
import time
from functools import cache
from itertools import count
from pathlib import Path

LEASE = 30.0
"""Seconds for which an owner is believed to live that doesn't say so again."""
BEAT = 5.0
"""Seconds after which it says so again."""
_numbers = count(1)
_open: set[str] = set()


def this_process() -> str:
    return _of_process(os.getpid())  # which another number is after a fork


@cache
def _of_process(pid: int) -> str:
    return f"{_boot()}/{pid}/{_started(pid)}"


def enter() -> str:
    """A new owner in this process, alive until it leaves."""
    name = f"{this_process()}/{next(_numbers)}"
    _open.add(name)
    return name


def leave(owner: str) -> None:
    _open.discard(owner)


def lease() -> float:
    """Until when an owner is believed that says now that it lives, on the machine's monotonic clock."""
    return time.monotonic() + LEASE


def gone(owner: str, until: float | None) -> bool:
    """Whether others may take what it owns: its process has ended, or hasn't said for too long that it lives."""
    return not alive(owner) or (until is not None and until < time.monotonic())


def alive(owner: str) -> bool:
    """Whether whoever wrote `owner` is still there. An owner that can't be read is left in peace."""
    boot, _, rest = owner.partition("/")
    pid, started, number = (*rest.split("/"), "", "")[:3]
    if not pid.isdigit():
        return True
    if boot != _boot():
        return False
    if number and int(pid) == os.getpid() and owner.startswith(f"{this_process()}/"):
        return owner in _open
    return _started(int(pid)) == started if started else _in_use(int(pid))


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When the process started, in clock ticks since the boot; "" if it isn't there or can't be known."""
    try:
        # The second field, the program's name in parentheses, may itself hold spaces and parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _in_use(pid: int) -> bool:
    if os.name == "nt":
        return True  # asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
