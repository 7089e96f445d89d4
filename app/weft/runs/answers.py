"""Answering what a run asks: an answer is taken by the run, and in the books when `answer` returns."""

from typing import TYPE_CHECKING, Any

from weft.model.errors import Conflict
from weft.runs.live import LiveRun

if TYPE_CHECKING:
    from weft.runs.service import RunService


async def answer(live: LiveRun, path: str, value: Any, by: str, number: int | None) -> None:
    """Give the answer to a run of this process, and wait until it is recorded. Raises what `engine.Run.answer` does,
    and the error for which the run can't be recorded."""
    count = live.answer(path, value, by, number)
    shown = live.shown
    while shown.state.answered < count and not shown.over and shown.error is None:
        await shown.grown()
    if shown.error is not None:
        raise shown.error


async def answer_read(
    service: "RunService", run_id: str, path: str, value: Any, by: str, number: int, event: int
) -> None:
    """Answer the step's question of that number as the run's event `event` put it, and no other: what a person has read is what they
    answer, in this run, at this step, in this attempt, once. Raises as `RunService.answer` does."""
    asked = (await service.light(run_id)).questions.get(path)
    if asked is not None and (asked["number"], asked["event"]) != (number, event):
        raise Conflict(
            f"{path!r} asks something else now than what was answered.",
            code="answered",
            hint="Look at the run again, and read what it asks.",
        )
    await service.answer(run_id, path, value, by, number)
