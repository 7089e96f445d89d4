"""Who starts a run, as its record keeps it: the editor, a program by its token's name, a person at the command line.

Whoever lets runs be started says so around it; the run's options keep it as `by`:

    with asked_by("token nightly"):
        await service.start(flow)
"""

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

EDITOR = "the editor"
_LONGEST = 120
_asker: ContextVar[str] = ContextVar("weft_asker", default="")


@contextmanager
def asked_by(who: str) -> Generator[None]:
    """What is started in this block is started by `who`."""
    token = _asker.set(who[:_LONGEST])
    try:
        yield
    finally:
        _asker.reset(token)


def asker() -> str:
    """Who starts runs here, "" where nobody has said."""
    return _asker.get()


def at_the_command_line() -> str:
    """The person of this process, as the system knows them."""
    try:
        return f"{getpass.getuser()}, command line"
    except (OSError, KeyError, ImportError):  # a process without a user's name, as in some containers
        return "the command line"
