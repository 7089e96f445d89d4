"""What the steps of a flow used in its last runs, for an estimate of the next."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.providers.estimating import about_tokens
from weft.runs.state import RunState, StepState

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

RUNS = 5
"""How many of the last runs are looked at."""
_NUMBER = re.compile(r"\[\d+\]")


class Use(NamedTuple):
    """What a step used one time: `sent` and `answered` are tokens a call, `run` counts the runs back from the last."""

    run: int
    stand_in: bool
    calls: int
    sent: float
    answered: float


@dataclass
class PastStep:
    """All runs of one step, those of a map's items together. Each list has one entry for each time it ran."""

    uses: list[Use] = field(default_factory=list[Use])
    given: list[int] = field(default_factory=list[int])
    """Tokens of its main output."""
    items: list[int] = field(default_factory=list[int])
    """How many flows it ran inside itself."""

    def like(self, model: str) -> list[Use]:
        """The uses that say something about this model: what a stand-in answers says nothing about a real one."""
        return [use for use in self.uses if use.stand_in == _stands_in(model)]

    def note(self, run: int, step: StepState) -> None:
        if step.status != "succeeded" or step.cached:
            return
        calls = step.usage.get("calls", 0)
        if calls:
            models = [str(call.get("model", "")) for call in step.calls]
            sent, answered = step.usage.get("input_tokens", 0), step.usage.get("output_tokens", 0)
            stand_in = any(map(_stands_in, models))
            self.uses.append(Use(run, stand_in, calls, sent / calls, answered / calls))
        if step.value:
            self.given.append(tokens_of(next(iter(step.value.values()))))


@dataclass
class Past:
    """What is known of a flow's last runs, by the path of the step; `runs` is how many there were."""

    runs: int = 0
    steps: dict[str, PastStep] = field(default_factory=dict[str, PastStep])

    def of(self, path: str) -> PastStep:
        return self.steps.get(path) or PastStep()

    def note(self, state: RunState) -> None:
        self.runs += 1
        inside: dict[str, set[str]] = {}
        for path, step in state.steps.items():
            self.steps.setdefault(general(path), PastStep()).note(self.runs, step)
            for found in _NUMBER.finditer(path):
                inside.setdefault(path[: found.start()], set()).add(found.group())
        for path, numbers in inside.items():
            self.steps.setdefault(general(path), PastStep()).items.append(len(numbers))


def general(path: str) -> str:
    """The path of all items together: `map[3]/summarise` is `map[]/summarise`."""
    return _NUMBER.sub("[]", path)


def lately(uses: list[Use]) -> str:
    """Where the numbers come from, in words."""
    runs = len({use.run for use in uses})
    return "the last run" if runs == 1 else f"the last {runs} runs"


def _stands_in(model: str) -> bool:
    return model.partition(":")[0] in ("demo", "scripted")


async def past_of(workspace: "Workspace", slug: str) -> Past:
    """The last runs of the flow that succeeded; nothing where nothing was ever recorded."""
    from weft.workspace.recording import recorded

    past = Past()
    if not slug or not recorded(workspace):
        return past
    service = workspace.runs()
    for record in await service.runs(flow=slug, status="succeeded", limit=RUNS):
        past.note(await service.state(record.id))
    return past


def tokens_of(value: Any) -> int:
    """About the tokens of a value as a prompt shows it."""
    if isinstance(value, str):
        return about_tokens(value)
    return about_tokens(json.dumps(value, ensure_ascii=False, default=str))


def spread(numbers: Iterable[float]) -> tuple[float, float, float] | None:
    """The least, the mean and the most; None of nothing."""
    listed = list(numbers)
    return (min(listed), sum(listed) / len(listed), max(listed)) if listed else None
