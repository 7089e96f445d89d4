"""A run's graph that grows while it runs: what `Context.expand` does.

An expansion is checked as a whole before anything changes, by planning the grown document as a flow is planned before
a run: so a node that was added is in nothing different from one that was there from the start. The document itself
stays as it is, and so does its plan, which other runs share: the scheduler gets a plan of its own, in which every
node has kept its place and the new ones come last.

* New nodes may use the output of the step that adds them, which ends only later, or not: then they start at once.
* Only a node that still waits for something can get another input or lose one. Those that need the step which expands
  always do; of others it depends on who is faster, so let them wait for it with `after`.
* A node that loses an edge and has no other from a node, or lacks what a port needs, is skipped (`because`: `cut`).
* The outputs of the flow stay those of the document, also where it names none: what was added is there for others to
  use, and its values are found by path.
* What was added stays, even if the step that added it fails; tried again, it may ask for the very same and gets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from threading import get_ident
from typing import TYPE_CHECKING, Any, NoReturn, cast

from weft.engine.growing.again import Grown, without
from weft.engine.growing.asked import Asked, read, refuse
from weft.engine.growing.rewired import Rewired, rewired
from weft.engine.limits import too_many_expansions, too_many_steps
from weft.engine.plan import plan
from weft.engine.planned import Plan, PlanNode
from weft.model.errors import FlowHasProblems, StepFailed
from weft.model.text import part_json

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.gate import Outcome
    from weft.engine.scheduler import Scheduler

Edges = Sequence[Mapping[str, Any]]


def expand(attempt: Attempt, nodes: Mapping[str, Any], edges: Edges, remove: Edges) -> tuple[str, ...]:
    """Let the graph grow as the step asks, and give the ids of the new nodes. From any thread."""
    ground = attempt.scheduler.ground
    if get_ident() == ground.thread:
        return _expand(attempt, nodes, edges, remove)
    done: Future[tuple[str, ...]] = Future()

    def on_the_loop() -> None:
        try:
            done.set_result(_expand(attempt, nodes, edges, remove))
        except BaseException as error:  # noqa: BLE001 - it goes on to the thread that asked
            done.set_exception(error)

    ground.loop.call_soon_threadsafe(on_the_loop)
    return done.result()


def _expand(attempt: Attempt, nodes: Mapping[str, Any], edges: Edges, remove: Edges) -> tuple[str, ...]:
    scheduler = attempt.scheduler
    ground = scheduler.ground
    if scheduler.stopped or ground.halted is not None:
        raise StepFailed("The run is ending: nothing can be added.", code="cancelled", retryable=False)
    if not attempt.working:
        refuse(f"the step {attempt.path!r} is over")
    # Counted before they are read.
    if isinstance(cast("Any", nodes), Mapping) and len(nodes) > ground.limits.steps:
        raise ground.halt(too_many_steps(ground.limits, attempt.path), attempt.path)
    growth = scheduler.growth = scheduler.growth or Growth(scheduler)
    asked = read(attempt.node.id, ground.catalog, nodes, edges, remove)
    if not growth.has_done(attempt, asked):
        growth.grow(attempt, asked)
    return tuple(asked.nodes)


class Growth:
    """How the graph of one scheduler has grown so far."""

    def __init__(self, scheduler: Scheduler, grown: Grown | None = None) -> None:
        self._scheduler = scheduler
        self._flow = scheduler.plan.flow
        self._cut: dict[str, str] = dict(grown.cut) if grown is not None else {}
        """The nodes that have lost what they need, and which step has done that."""
        self._recorded = grown.earlier if grown is not None else []
        """How it grew before the run was resumed."""
        self._done: list[tuple[str, int, Asked]] = []
        self._shift = 0

    def has_done(self, attempt: Attempt, asked: Asked) -> bool:
        """Whether an earlier attempt of the step has asked for the same, or this one before the run was resumed."""
        return any(
            path == attempt.path and number < attempt.number and before == asked
            for path, number, before in self._done
        ) or any(earlier.is_it(attempt, asked) for earlier in self._recorded)

    def grow(self, attempt: Attempt, asked: Asked) -> None:
        """Check it, then do it, all or nothing."""
        scheduler, ground = self._scheduler, self._scheduler.ground
        if ground.expansions >= ground.limits.expansions:
            raise ground.halt(too_many_expansions(ground.limits, attempt.path), attempt.path)
        old = scheduler.plan
        made = rewired(self._flow, ground.catalog, asked, old.nodes[attempt.node.order], old.nodes)
        for name in made.touched:
            self._must_wait(old, name)
        cut = {name: by for name, by in self._cut.items() if name not in made.touched}
        cut |= dict.fromkeys((name for name in made.touched if name in made.empty), attempt.path)
        grown = self._planned(made, asked, cut)
        ground.admit(len(asked.nodes), attempt.path)
        ground.expansions += 1
        self._flow, self._cut = made.flow, cut
        self._done.append((attempt.path, attempt.number, asked))
        self._take_over(attempt, old, grown, made, asked)

    def current(self, settled: list[tuple[PlanNode, Outcome]]) -> list[tuple[PlanNode, Outcome]]:
        """These with the nodes of the plan as it is now: an attempt keeps the one it began with."""
        nodes = self._scheduler.plan.nodes
        return [(nodes[node.order] if node.order >= 0 else node, outcome) for node, outcome in settled]

    def _must_wait(self, old: Plan, name: str) -> None:
        place = old.names.index(name)
        if self._scheduler.waits_for(place):
            return
        state = "has ended" if self._scheduler.outcomes[place] is not None else "has started, or is about to"
        refuse(
            f"{name!r} can't get or lose an edge, for it {state}",
            "Let it wait for this step: connect it, or name this step in its `after`.",
        )

    def _planned(self, made: Rewired, asked: Asked, cut: dict[str, str]) -> Plan:
        flow = made.flow
        try:
            grown = plan(without(flow, cut), self._scheduler.ground.catalog)
        except FlowHasProblems as error:
            self._explain(error, {*asked.nodes, *made.touched})
        old = self._scheduler.plan
        self._shift += len(old.nodes)
        for node in grown.nodes:
            node.key += self._shift  # no turn that the old plan has given to somebody who waits
            if by := cut.get(node.id):
                node.special = node.special._replace(disabled=False, cut=by)
        return grown._replace(outputs=old.outputs, flow=made.flow)

    def _explain(self, error: FlowHasProblems, changed: set[str]) -> NoReturn:
        errors = [problem for problem in error.problems if problem.severity == "error"]
        first = next((problem for problem in errors if problem.node in changed), errors[0])
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        where = f"{first.node}: " if first.node and repr(first.node) not in first.message else ""
        refuse(f"{where}{first.message.rstrip('.')}{more}", first.hint)

    def _take_over(self, attempt: Attempt, old: Plan, grown: Plan, made: Rewired, asked: Asked) -> None:
        """From here on it can't fail: the new plan is the scheduler's, and whoever waits for nothing lines up."""
        scheduler, ground = self._scheduler, self._scheduler.ground
        changed = [grown.names.index(name) for name in made.touched]
        changed += range(len(old.nodes), len(grown.nodes))
        left = dict.fromkeys(changed, 0)
        unsettled = (
            node
            for node in grown.nodes
            if node.order >= len(old.nodes) or scheduler.outcomes[node.order] is None
        )
        for node in unsettled:
            for target in node.targets:
                if target in left:
                    left[target] += 1
        data = {
            "nodes": {name: part_json(node) for name, node in asked.nodes.items()},
            "edges": made.edges,
            "removed": made.removed,
            "by": attempt.path,
        }
        ground.log.add("graph-expanded", attempt.path, data)
        scheduler.take_over(grown, left)
