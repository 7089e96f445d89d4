"""Which process a run belongs to, so that one left behind by a process that died can be told from one that goes on.

A process is known by the boot of its machine, its number, and when it started, for numbers are used again. Where the
system doesn't tell (there is no /proc), a process counts as alive while its number is in use.
"""

import os
from functools import cache
from pathlib import Path


@cache
def this_process() -> str:
    pid = os.getpid()
    return f"{_boot()}/{pid}/{_started(pid)}"


def alive(owner: str) -> bool:
    """Whether the process that wrote `owner` is still there. An owner that can't be read is left in peace."""
    boot, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if not pid.isdigit():
        return True
    if boot != _boot():
        return False
    if started:
        return _started(int(pid)) == started
    return _in_use(int(pid))


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
