"""The events as records: what each kind adds, checked where an event comes from outside.

Inside, events are cheap tuples. Unknown keys are kept, so that an older reader takes a newer writer's events."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from weft.engine.events import Event
from weft.model.errors import WeftError

Usage = dict[str, int]


class _Event(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    seq: int = Field(ge=1)
    run: str
    path: str
    at: float = Field(ge=0)


class RunStarted(_Event):
    kind: Literal["run-started"]
    flow: str
    hash: str
    inputs: dict[str, Any]
    time: str


class RunResumed(_Event):
    """The run goes on from what is recorded: so many steps are `done`, and so many had begun and begin again. `time` is
    that on the wall."""

    kind: Literal["run-resumed"]
    done: int = Field(ge=0)
    unfinished: int = Field(ge=0)
    time: str


class StepReady(_Event):
    kind: Literal["step-ready"]


class StepStarted(_Event):
    kind: Literal["step-started"]
    attempt: int = Field(ge=1)
    component: str


class StepOutput(_Event):
    kind: Literal["step-output"]
    text: str


class StepThought(_Event):
    """A piece of what a model thinks before it answers."""

    kind: Literal["step-thought"]
    text: str


class StepProgress(_Event):
    kind: Literal["step-progress"]
    done: int
    total: int


class StepNoted(_Event):
    """What the step has put down on its way, and won't do again if the run is broken off: `said` is that in a line for
    a log, `calls` are those since the note before, and `usage` is that of all it has made."""

    kind: Literal["step-noted"]
    value: Any
    said: str = ""
    usage: Usage = {}
    calls: list["Call"] = []


class StepRetried(_Event):
    kind: Literal["step-retried"]
    attempt: int = Field(ge=1)
    delay: float = Field(ge=0)
    code: str
    message: str
    usage: Usage = {}
    """What the attempts so far have used, if they called a model; the step's end says it again with all of them."""
    calls: list["Call"] = []


class Question(BaseModel):
    """What a person is asked; `schema` is the JSON Schema of the answers that fit."""

    model_config = ConfigDict(extra="allow", frozen=True)

    number: int = Field(ge=0)
    kind: Literal["approve", "edit", "choose", "form"]
    text: str
    value: Any
    changes: dict[str, Any] | None = None
    """Of an `approve`: the JSON Schema of its value, if whoever approves may change it."""
    answers: dict[str, Any] = Field(alias="schema")


class StepPaused(_Event):
    """`beforehand`: the answer is there already, and follows."""

    kind: Literal["step-paused"]
    ask: Question
    beforehand: bool = False


class StepAnswered(_Event):
    """`how`: by a `person`, `beforehand`, or the `default` because nobody answered in time."""

    kind: Literal["step-answered"]
    value: Any
    by: str
    number: int = Field(ge=0)
    how: Literal["person", "beforehand", "default"]
    waited: float = Field(ge=0)


class Call(BaseModel):
    """One call of a model, as sent and answered."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str
    messages: list[dict[str, Any]]
    answer: str
    usage: Usage
    cost: float | None = None
    seconds: float
    finish: str | None = None
    error: dict[str, Any] | None = None


class StepFinished(_Event):
    kind: Literal["step-finished"]
    value: dict[str, Any]
    usage: Usage
    cost: float | None
    unpriced_calls: int = 0
    cached: bool
    seconds: float
    calls: list[Call]
    state: dict[str, Any] | None = None
    origin: str | None = Field(default=None, alias="from")
    """The run that a cached value comes from."""
    saved: dict[str, Any] | None = None
    """What that took, and this run didn't: `usage`, `cost`, `seconds`."""
    pinned: bool = False
    edited: bool = False


class StepWaiting(_Event):
    """The step waits for something that isn't its own: `rate-limit`, the provider's."""

    kind: Literal["step-waiting"]
    reason: str
    message: str


class Expanded(BaseModel):
    """An edge added to a node that was there, or taken from it. `index` is its place in the port it leads into, when it
    came; an edge into a node and no port is order alone."""

    model_config = ConfigDict(extra="allow", frozen=True)

    source: str = Field(alias="from")
    to: str
    index: int | None = None


class GraphExpanded(_Event):
    """The step `by` has let its flow's graph grow, for this run: `nodes` by id, as in a flow file."""

    kind: Literal["graph-expanded"]
    nodes: dict[str, dict[str, Any]]
    edges: list[Expanded]
    removed: list[Expanded]
    by: str


class BudgetWarned(_Event):
    """Four fifths of a limit are spent: `limit` is `max_cost` or `max_tokens`, of the run or of the step at `path`."""

    kind: Literal["budget-warned"]
    limit: str
    spent: float
    of: float


class StepFailed(_Event):
    kind: Literal["step-failed"]
    code: str
    message: str
    hint: str
    attempts: int
    seconds: float
    usage: Usage
    cost: float | None = 0.0
    unpriced_calls: int = 0
    calls: list[Call]
    lasting: bool = False
    """Of a nested step: whether it would fail the same if tried again."""
    halted: bool = False
    """Whether it ends the whole run."""


class StepSkipped(_Event):
    kind: Literal["step-skipped"]
    because: dict[str, Any]


class RunFinished(_Event):
    kind: Literal["run-finished"]
    status: Literal["succeeded", "failed", "cancelled"]
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    usage: Usage
    cost: float | None = 0.0
    unpriced_calls: int = 0
    seconds: float


AnyEvent = Annotated[
    RunStarted
    | RunResumed
    | StepReady
    | StepStarted
    | StepOutput
    | StepThought
    | StepProgress
    | StepNoted
    | StepRetried
    | StepPaused
    | StepAnswered
    | StepWaiting
    | GraphExpanded
    | BudgetWarned
    | StepFinished
    | StepFailed
    | StepSkipped
    | RunFinished,
    Field(discriminator="kind"),
]
_READER: TypeAdapter[Any] = TypeAdapter(AnyEvent)
_HEAD = ("seq", "kind", "run", "path", "at")


def read_event(line: dict[str, Any]) -> tuple[str, Event]:
    """The run's id and the event that `event_json` made this of. Raises WeftError (`bad-event`) for anything else."""
    try:
        _READER.validate_python(line)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise WeftError(
            f"This is no event of a run: {where}: {first['msg']}.",
            code="bad-event",
            hint="Event lines come from 'weft run --json' or /api/runs/ID/events.",
        ) from None
    data = {name: value for name, value in line.items() if name not in _HEAD}
    return line["run"], Event(line["seq"], line["kind"], line["path"], line["at"], data)
