"""Sessions: runs of a flow that share their state and their previous answers, one after the other.

A session belongs to a flow and has a name. Its first run begins with the state the flow's file gives it; each later one
begins with the state that the last one left, whatever the file says by then, and nodes that use a previous answer find
those of the last time they succeeded. What a step wrote counts from its success on: a run that failed, was cancelled,
or died with its process leaves what its steps had done until then, as AgentKit's database does.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from weft.engine.events import Event
from weft.engine.outcome import commit
from weft.model.errors import Conflict, NotFound, WeftError
from weft.model.flow import Flow
from weft.model.text import loads
from weft.runs.record import RunRecord, now

if TYPE_CHECKING:
    from weft.runs.store.protocol import RunStore

MOST_ANSWERS = 100_000
"""Previous answers that a session keeps; of more, those of steps nested in earlier runs go first."""
_NAME = re.compile(r"[^\W_](?:[\w .@+:-]{0,62}[\w@+:-])?")


@dataclass(frozen=True)
class Session:
    """What the next run begins with. `previous` are values by path and port; `run` is the last run, `runs` how many
    there were, `updated` when it ended."""

    flow: str
    name: str
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    previous: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    run: str = ""
    runs: int = 0
    updated: str = ""

    def after(self, run_id: str, events: Iterable[Event], flow: Flow) -> "Session":
        """The session as that run leaves it. Answers of nodes that the flow no longer has are let go."""
        state, previous = deepcopy(self.state), dict(self.previous)
        fresh: dict[str, dict[str, Any]] = {}
        for event in events:
            if event.kind != "step-finished":
                continue
            fresh[event.path] = dict(event.data.get("value") or {})
            writes: Mapping[str, Any] | None = event.data.get("state")
            if writes and "/" not in event.path:  # a flow nested in a step has a state of its own
                commit(state, writes)
        kept = {path: value for path, value in {**previous, **fresh}.items() if _node(path) in flow.nodes}
        if len(kept) > MOST_ANSWERS:
            kept = {path: value for path, value in kept.items() if "/" not in path or path in fresh}
        return replace(self, state=state, previous=kept, run=run_id, runs=self.runs + 1, updated=now())


def opened(found: Session | None, flow_key: str, name: str, flow: Flow) -> Session:
    """The session as its next run finds it: as the last one left it, or new, with the flow's own state."""
    return Session(flow_key, name, state=deepcopy(flow.state)) if found is None else found


async def left(store: "RunStore", record: RunRecord, events: list[Event]) -> Session | None:
    """The session of a run whose process has died, as it left it; None if it had none."""
    name = record.options.get("session")
    whole = await store.get(record.id) if name is not None else None
    if name is None or whole is None:
        return None
    flow = loads(whole.document)
    found = await store.session(record.flow, name)
    return opened(found, record.flow, name, flow).after(record.id, events, flow)


def check_name(name: str) -> str:
    """The name, if a session can have it. Raises `WeftError` (`bad-session`)."""
    if _NAME.fullmatch(name):
        return name
    raise WeftError(
        f"A session can't be called {name[:80]!r}.",
        code="bad-session",
        hint="Take letters, digits, spaces and . @ + : - _, at most 64; begin with a letter or digit.",
        retryable=False,
    )


def busy(flow: str, name: str, run_id: str, *, left: bool = False) -> Conflict:
    """Two runs of a session can't go on at once: the second would begin with what the first hasn't done yet. `left` is
    one that nobody drives."""
    if left:
        return Conflict(
            f"The session {name!r} of {flow!r} is in use: its run {run_id} was left behind by a process that ended.",
            code="session-busy",
            hint=f"'weft resume {run_id}' goes on with it, 'weft cancel {run_id}' ends it.",
        )
    return Conflict(
        f"The session {name!r} of {flow!r} is in use: its run {run_id} isn't over.",
        code="session-busy",
        hint="Wait for that run, cancel it, or take another session.",
    )


def no_session(flow: str, name: str) -> NotFound:
    return NotFound(
        f"{flow!r} has no session {name!r}.", code="no-session", hint="'weft sessions' lists them."
    )


def _node(path: str) -> str:
    return path.partition("/")[0].partition("[")[0]
