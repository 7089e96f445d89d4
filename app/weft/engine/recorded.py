"""What is recorded of a run that was not over, read from its events: what a resumed run needs to go on from there.

Steps are kept by the flow they belong to: the run's own, or one nested in a step (`map[3]/`). Once the step around
nested flows is over, nothing of them is needed any more but its own value, and what they spent. A step that was tried
again has no nested flows: the new attempt begins them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Self

from weft.engine.cost import Cost
from weft.engine.events import NO_USAGE, Event

_NONE: Final[Mapping[str, Any]] = {}


@dataclass(slots=True, eq=False)
class RecordedStep:
    """How far a step has come. `attempt` is the one that was made, or waits to be made until `due`, on the run's clock;
    `first` is when the first of them started. Usage and calls are those of the attempts before, and of this one as far as
    it has put them into its `notes`."""

    ended: Literal["", "finished", "failed", "skipped"] = ""
    value: dict[str, Any] = field(default_factory=dict[str, Any])
    because: dict[str, Any] = field(default_factory=dict[str, Any])
    attempt: int = 1
    first: float | None = None
    due: float | None = None
    usage: Mapping[str, int] = field(default_factory=lambda: NO_USAGE)
    calls: tuple[dict[str, Any], ...] = ()
    notes: list[Any] = field(default_factory=list[Any])


class Expansion(NamedTuple):
    """The data of a `graph-expanded`, and which attempt of its step asked for it."""

    data: Mapping[str, Any]
    by: str
    attempt: int


@dataclass(slots=True, eq=False)
class RecordedFlow:
    """One pass of a flow: its steps by id, what they wrote into the state in order, how its graph has grown, its first
    failure (and whether that would be the same again), and what steps nested deeper gave if those around are over, by
    the path from here."""

    steps: dict[str, RecordedStep] = field(default_factory=dict[str, RecordedStep])
    writes: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    expansions: list[Expansion] = field(default_factory=list[Expansion])
    error: dict[str, Any] | None = None
    lasting: bool = False
    inside: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


class Asked(NamedTuple):
    """An open question, as its event says it, when it was asked on the run's clock, and the number of that event."""

    ask: Mapping[str, Any]
    at: float
    event: int


class Spent(NamedTuple):
    tokens: int = 0
    cost: float = 0.0


@dataclass(eq=False)
class Recorded:
    """A run as far as it is recorded: up to the event `last`, `at` seconds on its clock."""

    last: int = 0
    at: float = 0.0
    hash: str = ""
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    over: bool = False
    done: int = 0
    """Steps that are over."""
    steps: int = 0
    """Those of nested flows that won't begin again."""
    expansions: int = 0
    halted: dict[str, Any] | None = None
    """Why the whole run was about to end."""
    usage: dict[str, int] = field(default_factory=lambda: dict(NO_USAGE))
    costs: list[Cost] = field(default_factory=list[Cost])
    spent: dict[str, Spent] = field(default_factory=dict[str, Spent])
    """By path of a step, or of a flow (with its slash), all that is inside included; "" is the run."""
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Failures because a budget was spent."""
    reused: set[str] = field(default_factory=set[str])
    """The steps whose results were taken from the cache."""
    warned: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """The budgets that have been warned of: path and limit."""
    answered: int = 0
    answers: dict[tuple[str, int], tuple[Any, Any]] = field(default_factory=dict[Any, Any])
    """Questions with their answers, by path and number."""
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    """The open questions by path."""
    lately: set[str] = field(default_factory=set[str])
    """The steps that have got an answer, and done nothing since."""
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    """The number of the last question by path."""
    flows: dict[str, list[RecordedFlow]] = field(default_factory=dict[str, list[RecordedFlow]])
    """By what stands before the ids of its steps, the passes of each flow that may go on."""
    nested: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The flows in it, by the path of a step."""
    anchor: tuple[float, datetime] | None = None
    """A moment on the run's clock, and the time on the wall then."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """What these events say, which begin with the run's first."""
        from weft.engine.reading_back import READERS

        made = cls()
        for event in events:
            made.last, made.at = event.seq, event.at
            if (reader := READERS.get(event.kind)) is not None:
                reader(made, event)
        return made

    @property
    def unfinished(self) -> int:
        """The steps that have begun and aren't over."""
        return sum(1 for _ in self.going_on())

    def going_on(self) -> Iterator[tuple[str, RecordedStep]]:
        """The steps that have begun and aren't over, by path."""
        for prefix, passes in self.flows.items():
            for name, step in passes[-1].steps.items():
                if not step.ended:
                    yield prefix + name, step

    @property
    def rested(self) -> bool:
        """Whether all that was left waited for persons and timers."""
        around = {step_around(prefix) for prefix in self.flows if any(self._unsettled(prefix))}
        return all(
            path in around or path in self.asked or path in self.lately or step.due is not None
            for path, step in self.going_on()
        )

    def _unsettled(self, prefix: str) -> Iterator[RecordedStep]:
        return (step for step in self.flows[prefix][-1].steps.values() if not step.ended)

    def away(self, now: datetime) -> float:
        """The seconds on the wall since the last event."""
        if self.anchor is None:
            return 0.0
        at, time = self.anchor
        return max(0.0, (now - time).total_seconds() - (self.at - at))

    def take(self, prefix: str) -> RecordedFlow | None:
        """What is recorded of the next pass of a flow, which from here on is the caller's."""
        passes = self.flows.get(prefix)
        return passes.pop(0) if passes else None


def step_around(prefix: str) -> str:
    """The path of the step that a flow is nested in: `a/map` for `a/map[3]/`, "" for the run's own flow."""
    outer = prefix[:-1]
    return outer.rpartition("[")[0] if outer.endswith("]") else outer


def places(path: str) -> Iterator[str]:
    """The step, the flow it is in, the step around that, and so on; last the run, ""."""
    yield path
    while "/" in path:
        prefix = path[: path.rfind("/") + 1]
        yield prefix
        path = step_around(prefix)
        yield path
    yield ""
