"""Failing: what an error means for a person, whether to try again, and how long to wait before."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from random import Random
from typing import Final

from weft.engine.services import Services
from weft.model.errors import StepFailed, WeftError

DEFAULT_RETRIES: Final = 2
"""How often a step is tried again when its error says that may help and nobody said how often."""
_OURS: Final = re.compile(r"/weft/engine/|/weft/catalog/threads\.py$|/asyncio/|/concurrent/futures/")
"""Files between the lane and the component."""
_BASE: Final = 0.5
_CAP: Final = 8.0
_LONGEST: Final = 60.0
_MOST: Final = 20_000
"""Characters of a message, or of a hint."""


def as_failure(error: BaseException, component: str, services: Services) -> StepFailed:
    """The error of a component as a failure of its step, in a sentence that can be written down."""
    failure = _of(error, component, services)
    failure.message, failure.hint = _sayable(failure.message), _sayable(failure.hint)
    return failure


def _of(error: BaseException, component: str, services: Services) -> StepFailed:
    if isinstance(error, StepFailed):
        return error
    if isinstance(error, Exception) and (explained := services.explain(error)):
        return explained
    if isinstance(error, WeftError):
        return StepFailed(
            error.message,
            code=error.code,
            hint=error.hint,
            retryable=error.retryable,
            retry_after=error.retry_after,
        )
    said = str(error).strip().splitlines()
    name = type(error).__name__
    return StepFailed(
        f"The component {component!r} failed: {name}{': ' + said[0][:500] if said else ''}",
        code="component-error",
        hint=_where(error),
    )


def may_retry(failure: StepFailed, attempt: int, retries: int | None) -> bool:
    """Whether another attempt follows the one numbered `attempt` (from 1)."""
    if failure.retryable is False:
        return False
    if retries is None:
        retries = DEFAULT_RETRIES if failure.retryable else 0
    return attempt <= retries


def backoff(failure: StepFailed, attempt: int, random: Random) -> float:
    """Seconds to wait after the attempt numbered `attempt`: full jitter, and never less than the other side asked.

    Full jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    delay = random.uniform(0, min(_CAP, _BASE * 2 ** (attempt - 1)))
    return max(delay, min(failure.retry_after or 0.0, _LONGEST))


def timeout(seconds: float) -> StepFailed:
    """The failure of a step that took too long."""
    return StepFailed(
        f"It took longer than its timeout of {seconds:g} s.",
        code="timeout",
        hint="Give the node a longer timeout, or retries.",
    )


def cancelled() -> StepFailed:
    """The failure of a step that was running when its run was cancelled."""
    return StepFailed("The run was cancelled.", code="cancelled", retryable=False)


def interrupted(component: str) -> StepFailed:
    """The failure of a step whose component cancelled itself."""
    return StepFailed(
        f"The component {component!r} stopped itself: something it waited for was cancelled.",
        code="component-error",
        hint="Catch the cancellation inside the component.",
    )


def _sayable(text: object) -> str:
    """As text that isn't endless and has no half characters: whoever raises an error may have words of anybody in it."""
    said = text if isinstance(text, str) else str(text)
    if len(said) > _MOST:
        said = f"{said[:_MOST]}…"
    return said if said.isascii() else said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _where(error: BaseException) -> str:
    """The last line of the component's own file that led to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    beyond = [frame for frame in frames if not _OURS.search(frame.filename.replace("\\", "/"))]
    own = [frame for frame in beyond if frame.filename == beyond[0].filename]
    return f"See {Path(own[-1].filename).name}, line {own[-1].lineno}." if own else ""
