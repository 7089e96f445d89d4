"""Answering what a run asks: an answer is taken by the run, and in the books when `answer` returns."""

from typing import Any

from weft.runs.driving.live import LiveRun


async def answer(
    live: LiveRun, path: str, value: Any, by: str, number: int | None = None, event: int | None = None
) -> None:
    """Give the answer to a run of this process, and wait until it is recorded. Raises what `engine.Run.answer` does,
    and the error for which the run can't be recorded."""
    count = live.answer(path, value, by, number, event)
    shown = live.shown
    while shown.state.answered < count and not shown.over and shown.error is None:
        await shown.grown()
    if shown.error is not None:
        raise shown.error
