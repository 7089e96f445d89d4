"""Where sync components run: threads of their own, which hold up neither a loop nor the end of the program.

A thread can't be stopped. A step that is cancelled, or too late, leaves its thread behind: what that gives is ignored,
and a second later this is said. The threads of an executor would be waited for at the program's end, for ever if need
be, and a few that hang would keep all others from running.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")
_logger = logging.getLogger("weft.step")
_IDLE: Final = 32
"""Threads that are kept for later."""
LATE: Final = 1.0
"""Seconds after which a thread that was left behind is spoken of."""


class _Worker:
    def __init__(self) -> None:
        self.work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        Thread(target=self._run, name="weft step", daemon=True).start()

    def _run(self) -> None:
        while True:
            work = self.work.get()
            work()
            del work  # and with it what the step was given
            if len(_idle) >= _IDLE:
                return
            _idle.append(self)


_idle: list[_Worker] = []
os.register_at_fork(after_in_child=_idle.clear)


async def in_thread(function: Callable[..., T], /, **arguments: Any) -> T:
    """What the function returns; it sees the context variables of whoever calls."""
    loop = asyncio.get_running_loop()
    given: asyncio.Future[T] = loop.create_future()
    bound = partial(copy_context().run, partial(function, **arguments))
    over: list[bool] = []
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    worker.work.put(partial(_work, bound, loop, given, over))
    try:
        return await given
    except asyncio.CancelledError:
        if not over:
            loop.call_later(LATE, _say, over, function)
        raise


def _work(
    bound: Callable[[], Any], loop: asyncio.AbstractEventLoop, given: "asyncio.Future[Any]", over: list[bool]
) -> None:
    value, error = None, None
    try:
        value = bound()
    except StopIteration as stop:  # which no future takes
        error = RuntimeError(f"StopIteration: {stop}")
        error.__cause__ = stop
    except BaseException as exc:  # noqa: BLE001 - whatever it is goes to whoever waits
        error = exc
    over.append(True)
    try:
        loop.call_soon_threadsafe(_settle, given, value, error)
    except RuntimeError:
        return  # the loop is closed: nobody waits


def _settle(given: "asyncio.Future[Any]", value: Any, error: BaseException | None) -> None:
    if given.done():
        return
    if error is None:
        given.set_result(value)
    else:
        given.set_exception(error)


def _say(over: list[bool], function: Callable[..., Any]) -> None:
    if not over:
        name = getattr(function, "__qualname__", repr(function))
        _logger.warning(
            "%s goes on in its thread though its step is over: a thread can't be stopped. What it gives is ignored.",
            name,
        )
