"""The turn of a call: what langchain-core's rate limiter is asked for, between hearing of a call and making it."""

import asyncio
from threading import get_ident

from langchain_core.rate_limiters import BaseRateLimiter

from weft.providers.calls import Call, Recorder, begun


class Turn(BaseRateLimiter):
    """Asks for the turn of each call that its recorder was told of, then for that of the model's own limiter."""

    def __init__(self, recorder: Recorder, own: BaseRateLimiter | None) -> None:
        self._recorder, self._own = recorder, own

    async def aacquire(self, *, blocking: bool = True) -> bool:
        call, recorder = self._next(), self._recorder
        try:
            if recorder.loop in (None, asyncio.get_running_loop()):
                await recorder.admit(call)
            else:  # a component's own loop, in its thread
                await asyncio.wrap_future(recorder.admit_elsewhere(call))
            if self._own is not None:
                await self._own.aacquire(blocking=blocking)
        except BaseException:
            recorder.forget(call)
            raise
        recorder.go(call)
        return True

    def acquire(self, *, blocking: bool = True) -> bool:
        call, recorder, loop = self._next(), self._recorder, self._recorder.loop
        try:
            if loop is None or loop.is_closed() or recorder.thread == get_ident():
                recorder.admit_now(call)
            else:
                recorder.admit_elsewhere(call).result()
            if self._own is not None:
                self._own.acquire(blocking=blocking)
        except BaseException:
            recorder.forget(call)
            raise
        recorder.go(call)
        return True

    def _next(self) -> Call:
        running = self._recorder.running.values()
        call = next((one for one in begun.get() if not one.asked and one in running), None)
        if call is None:
            call = next((one for one in running if not one.asked), None) or Call([], 0.0)
        call.asked = True
        return call
