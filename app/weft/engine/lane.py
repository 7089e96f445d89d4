"""A lane: a task that makes one attempt after another.

A task for each step would cost more than all the rest of a small one. So while a lane keeps the loop, what may start
stands in its line (`Ground.line`), and it goes on with the first of them once its own step has ended. As soon as it
waits for something, each of the others gets a lane of its own, so nothing ever waits for a step it doesn't need.
A step sees nothing of that: it has its own context variables, and its task is cancelled for it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from types import coroutine
from typing import TYPE_CHECKING, Any, Final

from weft.engine.caching import reuse_or_call
from weft.engine.events import NO_USAGE
from weft.engine.inputs import assemble, finish
from weft.engine.outcome import answer
from weft.engine.valve import fetch_and_call, reads_stored

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.gate import Outcome

_TURN: Final = 0.0005
"""Seconds a lane may keep the loop before others get their turn."""


async def lane(attempt: Attempt | None) -> None:  # noqa: C901 - see its second paragraph
    """Make this attempt, and go on with others. Its task never ends with an error: that would be a bug of ours.

    Every no-op step pays for each line of the loop, so it writes by hand what calls would cost.
    """
    assert attempt is not None
    task, ground = attempt.task, attempt.scheduler.ground
    time, log, slots, deadlines, line = ground.time, ground.log, ground.slots, ground.deadlines, ground.line
    record, table, copy_context = log.raw.append, deadlines.table, ground.context.copy
    turn, most = time(), ground.limits.value_bytes
    ground.driving, ground.waking = True, False
    try:
        while attempt is not None:
            scheduler, node, timeout = attempt.scheduler, attempt.node, attempt.node.timeout
            attempt.task = task
            attempt.working = True
            begun = time()
            if attempt.number == 1:
                attempt.first = begun
                record(("step-started", attempt.path, begun, node.opening))
            else:
                record(("step-started", attempt.path, begun, {**node.opening, "attempt": attempt.number}))
            if timeout is not None:
                table[attempt] = begun + timeout

            outcome: Outcome | None
            try:
                if scheduler.gaps and reads_stored(node, scheduler.outcomes):
                    call = fetch_and_call(attempt, _finish_and_call if node.finishes else None)
                else:
                    values = assemble(node, scheduler.outcomes, scheduler.gaps)
                    call = _finish_and_call(attempt, values) if node.finishes else node.call(values, attempt)
                context = copy_context()
                try:
                    waiting_for = context.run(call.send, None)
                except StopIteration as stop:
                    result = stop.value
                else:
                    ground.yield_loop()
                    if log.waiters:
                        log.wake()
                    if timeout is not None and begun + timeout < deadlines.due:
                        deadlines.arm(begun + timeout)
                    result = await _resume(call, context, waiting_for)
                    ground.driving = True
                    turn = time()
                value = answer(node, result, most)
                if node.saves or attempt.view is not None:
                    scheduler.write(attempt, value)
            except (Exception, asyncio.CancelledError, SystemExit) as error:  # noqa: BLE001 - a component may raise anything
                ground.yield_loop()
                await attempt.leave()
                outcome = scheduler.failed(attempt, error)
                ended = time()
            else:
                if attempt.inner:
                    ground.yield_loop()
                    await attempt.leave()
                attempt.working = False
                if timeout is not None:
                    table.pop(attempt, None)
                ended = time()
                if attempt.used:
                    facts = attempt.facts(value, ended)
                else:
                    facts = (value, NO_USAGE, (), ended - attempt.first, None)
                record(("step-finished", attempt.path, ended, facts))
                outcome = value
                if len(value) < node.width:
                    scheduler.gaps = True

            del scheduler.running[node.order]
            if attempt.slot:
                slots.free += 1
            if scheduler.stopped:
                scheduler.finish_if_idle()
            elif outcome is not None:  # None: it will be tried again
                scheduler.settle([(node, outcome)], ended)
            if slots.waiting:
                slots.fill()
            if log.waiters:
                log.wake()
            if task.cancelling():
                break
            if ended - turn > _TURN:
                ground.hand_over()
                return
            attempt = line.popleft() if line else None
        ground.yield_loop()
    except BaseException as bug:
        ground.crash(bug, attempt)
        if not isinstance(bug, Exception):
            raise


async def _finish_and_call(attempt: Attempt, values: dict[str, Any]) -> Any:
    """Call a component some of whose values must be made first: texts finished, models and secrets made live."""
    scheduler, node = attempt.scheduler, attempt.node
    cache = scheduler.ground.cache
    if cache is not None and node.special.cached is not None:
        return await reuse_or_call(attempt, values, cache)
    if scheduler.chosen is not None:
        scheduler.chosen.refuse_to_run(node)
    await finish(node, values, scheduler.state, attempt, scheduler.ground.services)
    return await node.call(values, attempt)


@coroutine
def _resume(call: Coroutine[Any, Any, Any], context: Context, waiting_for: Any) -> Generator[Any, Any, Any]:
    """Go on with a call that is waiting for something, in its own context, as `await call` would in the lane's."""
    while True:
        try:
            yield waiting_for
        except BaseException as error:  # noqa: BLE001 - it goes on to the call
            step, argument = call.throw, error
        else:
            step, argument = call.send, None
        try:
            waiting_for = context.run(step, argument)
        except StopIteration as stop:
            return stop.value
