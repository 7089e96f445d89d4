"""How much one run may take. Whatever is counted is counted before it is made, so that a flow that starts itself, or a
map over a million items, ends within milliseconds in a sentence, and not in a full memory.

A limit of the whole run (`steps`, `depth`, `expansions`, `seconds`) ends it: nothing more starts, what runs is
cancelled, all that was done is kept, and no `on_error` hides it. One of a single step (`items`, `value_bytes`, or a map
that needs more steps than are left) fails that step like any other failure. Either way the code is `limit-exceeded`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic_core import to_json

from weft.catalog.kinds import shown
from weft.model.errors import StepFailed, WeftError
from weft.model.nearest import nearest

if TYPE_CHECKING:
    from weft.engine.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may take; each default is far above what a flow made on purpose needs. Raises `WeftError`
    (`bad-limit`) for a limit that is none."""

    steps: int = 100_000
    """Steps of the run, those of nested flows and of nodes added while it runs included."""
    depth: int = 16
    """Flows inside each other: a subtask is one deep, a subtask in it two."""
    items: int = 10_000
    """Items of one map, or rounds of one repeat."""
    expansions: int = 1_000
    """How often the steps of a run may add nodes to it."""
    parallelism: int = 1_024
    """Steps at once: the most a run may ask for."""
    seconds: float | None = None
    """Wall time from the start of the run to its end; None for no end, for a run may wait days for a person."""
    value_bytes: int = 16_000_000
    """Bytes of one value that a step gives: of a text in UTF-8, of anything else as JSON."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "seconds":
                good = value is None or (type(value) in (int, float) and 0 < value < float("inf"))
            else:
                good = type(value) is int and value > 0
            if not good:
                wanted = "a number of seconds above 0" if field.name == "seconds" else "a whole number from 1"
                raise WeftError(
                    f"The limit {field.name!r} must be {wanted}, not {shown(value)}.",
                    code="bad-limit",
                    hint=f"Its default is {field.default}.",
                    retryable=False,
                )

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """The limits that a settings file or a request names; the others have their defaults."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                close = nearest(name, known)
                hint = f"Did you mean {close!r}?" if close else f"There are {', '.join(known)}."
                raise WeftError(
                    f"There is no limit {name[:60]!r}.", code="bad-limit", hint=hint, retryable=False
                )
        return cls(**given)

    def said(self) -> dict[str, Any]:
        """Those that are not as by default, as plain JSON: `read` makes the same of it."""
        values = ((field, getattr(self, field.name)) for field in fields(self))
        return {field.name: value for field, value in values if value != field.default}


DEFAULTS: Final = Limits()


def refuse_start(limits: Limits, nodes: int, steps: int, parallel: int) -> None:
    """What can be said before a run: `steps` are those of the flow's `nodes` and of the flows they run. Raises
    `WeftError` (`limit-exceeded`)."""
    if steps > limits.steps:
        inside = f", {steps:,} steps with the flows they run" if steps > nodes else ""
        count = "1 node" if nodes == 1 else f"{nodes:,} nodes"
        raise _exceeded(
            f"The flow has {count}{inside}, and a run may have {limits.steps:,} steps.",
            "Look for flows that run others twice over; else raise the limit 'steps'."
            if inside
            else "Raise the limit 'steps', or split the flow.",
        )
    if parallel > limits.parallelism:
        raise _exceeded(
            f"A run may have {limits.parallelism:,} steps at once, and {parallel:,} were asked for.",
            "Ask for fewer, or raise the limit 'parallelism'.",
        )


def too_many_steps(limits: Limits, path: str) -> StepFailed:
    who = f"With what {path!r} starts, the run" if path else "The run"
    return _exceeded(
        f"{who} would have more than {limits.steps:,} steps.",
        "Look for a subtask that starts itself again and again; else raise the limit 'steps'.",
    )


def too_deep(limits: Limits, path: str) -> StepFailed:
    return _exceeded(
        f"Flows are nested deeper than {limits.depth}, at {path!r}.",
        "Look for a subtask that starts itself; else raise the limit 'depth'.",
    )


def too_many_expansions(limits: Limits, path: str) -> StepFailed:
    return _exceeded(
        f"With what {path!r} adds, the steps of the run would have let it grow more than"
        f" {limits.expansions:,} times.",
        "Add more nodes at a time, or raise the limit 'expansions'.",
    )


def too_many_items(limits: Limits, path: str, count: int) -> StepFailed:
    return _exceeded(
        f"{path!r} would run {count:,} items, and a step may run {limits.items:,}.",
        "Give it fewer at a time, or raise the limit 'items'.",
    )


def too_many_ahead(limits: Limits, path: str, count: int, steps: int, left: int) -> StepFailed:
    """The items of a map, each with so many steps, are more than what is left of the run's."""
    each = "1 step" if steps == 1 else f"{steps:,} steps"
    return _exceeded(
        f"{path!r} would run {count:,} items of {each} each; of the run's {limits.steps:,} steps"
        f" {left:,} are left.",
        "Give it fewer items, or raise the limit 'steps'.",
    )


def too_large(port: str, most: int, said: str = "") -> StepFailed:
    """A value past `value_bytes`; `said` is what was counted if it wasn't bytes."""
    return _exceeded(
        f"What it gave is too large: {said or f'{port} has more than {most:,} bytes.'}",
        "Pass on less, such as the name of a file; else raise the limit 'value_bytes'.",
    )


def is_larger(value: Any, most: int) -> bool:
    """Whether a plain value has more bytes: a text in UTF-8, anything else as JSON."""
    if type(value) is str:
        return len(value) * 4 > most and len(value.encode()) > most
    return type(value) in (list, dict) and len(to_json(value)) > most


class RunsOut:
    """Ends a run after its `seconds`: a `Timed` for the run's table of deadlines."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def expire(self) -> None:
        said = f"The run took longer than {self._ground.limits.seconds:g} s."
        self._ground.halt(_exceeded(said, "Raise the limit 'seconds'."))


def _exceeded(message: str, hint: str) -> StepFailed:
    return StepFailed(message, code="limit-exceeded", hint=hint, retryable=False)
