"""What a run would do, before it: which steps are cached, which would run, and because of what.

    for step in await explain(flow, catalog, inputs, services=services, cache=cache):
        print(step.path, step.status, step.because)

The flow is walked as a run would walk it, with the values that the cache knows, and nothing is called or made live: no
component, no model, no secret, no file. Behind a step that would run, what depends on it can't be known: it runs, or is
cached after all if the step gives what it gave before.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from weft.catalog.loader import Catalog
from weft.engine.caching import Entry, Note, StepCache, look
from weft.engine.choice import Choice, Chosen
from weft.engine.gate import Missed, kept_back
from weft.engine.given import read_inputs
from weft.engine.inputs import assemble, finish_texts
from weft.engine.outcome import commit, saved
from weft.engine.plan import lasting_plan
from weft.engine.planned import Plan, PlanNode
from weft.engine.reasons import changes
from weft.engine.recipes import raw_parts, recipe, state_paths
from weft.engine.services import Services
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Defaults, Flow

Will = Literal["cached", "run", "depends", "pinned", "given", "skipped"]
"""`depends`: on what steps before it give."""
_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What becomes of one step, and `because` of what, in words. `kind` says why it runs: `new`, `stale`, `chosen`
    or `never` (cached). `run` is the one whose result is used, `saves` what that took."""

    path: str
    component: str
    status: Will
    because: str = ""
    kind: str = ""
    run: str = ""
    saves: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_json(self) -> dict[str, Any]:
        data = {
            "path": self.path,
            "component": self.component,
            "status": self.status,
            "because": self.because,
            "kind": self.kind,
            "from": self.run,
            "saves": dict(self.saves),
        }
        return {key: value for key, value in data.items() if value or key in ("path", "component", "status")}


async def explain(
    flow: Flow,
    catalog: Catalog,
    inputs: Mapping[str, Any] | None = None,
    *,
    services: Services | None = None,
    cache: StepCache | None = None,
    choice: Choice | None = None,
    model: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> list[StepPlan]:
    """What each step of the flow would do, in the order of the flow. Raises as `start` does."""
    plan = lasting_plan(flow, catalog, flow.hash)
    given = read_inputs(flow, inputs or _NONE)
    chosen = Chosen(choice, plan) if choice else None
    notes: Mapping[str, Note] = await cache.notes() if cache is not None else {}
    walk = _Walk(plan, catalog, given, services or Services(), cache, chosen, notes, model)
    walk.state = deepcopy(dict(flow.state if state is None else state))
    return await walk.steps()


async def known(
    plan: Plan,
    catalog: Catalog,
    inputs: Mapping[str, Any],
    *,
    services: Services | None = None,
    cache: StepCache | None = None,
    model: str | None = None,
) -> dict[str, Mapping[str, Any]]:
    """What the cache knows of the steps as they are now: values by port, by node. Nothing is called, and an input may
    be missing: then nothing is known of what needs it."""
    walk = _Walk(plan, catalog, dict(inputs), services or Services(), cache, None, {}, model)
    walk.state = deepcopy(dict(plan.flow.state))
    steps = await walk.steps()
    places = {name: place for place, name in enumerate(plan.names)}
    return {step.path: walk.outcomes[places[step.path]] for step in steps if step.status == "cached"}


class _Unknown:
    """The outcome of a step that would run."""


_UNKNOWN: Final = _Unknown()


class _Step:
    """A step as far as its identity asks: nothing of it runs."""

    def __init__(self, path: str, defaults: Defaults, model: str | None) -> None:
        self.path = path
        self.flow_defaults = defaults
        self.model = model


class _Walk:
    def __init__(
        self,
        plan: Plan,
        catalog: Catalog,
        inputs: dict[str, Any],
        services: Services,
        cache: StepCache | None,
        chosen: Chosen | None,
        notes: Mapping[str, Note],
        model: str | None,
    ) -> None:
        self.plan = plan
        self.catalog = catalog
        self.services = services
        self.cache = cache
        self.chosen = chosen
        self.notes = notes
        self.model = model
        self.state: dict[str, Any] = {}
        self.outcomes: list[Any] = [None] * len(plan.nodes) + [inputs]
        self.before: list[set[int]] = [set() for _ in plan.nodes]
        """The steps that would run before each, on any way."""
        self.told: dict[int, StepPlan] = {}

    async def steps(self) -> list[StepPlan]:
        for order in _in_order(self.plan):
            node = self.plan.nodes[order]
            self.told[order] = await self._step(node)
            behind = {order} if self.outcomes[order] is _UNKNOWN else set[int]()
            for target in node.targets:
                self.before[target] |= self.before[order] | behind
        return [self.told[order] for order in range(len(self.plan.nodes))]

    async def _step(self, node: PlanNode) -> StepPlan:
        chosen = self.chosen
        if chosen is not None and node.order not in chosen.steps:
            self.outcomes[node.order] = Missed({"reason": "not-chosen"})
            return self._plan(node, "skipped", "it was not chosen")
        if chosen is not None and node.order in chosen.given and not node.special.disabled:
            return self._given(node, chosen)
        unknown = self._unknown_sources(node)
        when = node.special.when
        if not unknown and when is not None and state_paths("expression", when):
            unknown = self._unknown_writers(node)
        if not unknown or node.special.disabled:
            try:
                missed = kept_back(node, self.outcomes, self.plan.names, self.state)
            except StepFailed as error:
                return self._runs(node, f"it would fail: {error.message}", "stale")
            if missed is not None and not missed.may_use_previous:
                self.outcomes[node.order] = missed
                return self._plan(node, "skipped", _skipped(missed))
            if missed is not None:
                self.outcomes[node.order] = _UNKNOWN
                return self._plan(
                    node, "depends", "its condition doesn't hold: its previous answer is used again"
                )
        if chosen is not None and (chosen.fresh or node.order in chosen.anew):
            return self._runs(node, "you asked for it anew", "chosen")
        if reason := self._never(node):
            return self._runs(node, reason, "never")
        if unknown or (self._reads_state(node) and (unknown := self._unknown_writers(node))):
            return self._depends(node, unknown)
        return await self._looked_up(node)

    async def _looked_up(self, node: PlanNode) -> StepPlan:
        """All that goes into the step is known."""
        assert self.cache is not None
        values = assemble(node, self.outcomes, gaps=True)
        parts = raw_parts(node, values, self.state)
        try:
            finish_texts(node, values, self.state)
        except StepFailed as error:
            return self._runs(node, f"it would fail: {error.message}", "stale")
        step = _Step(node.id, self.plan.flow.defaults, self.model)
        made = await recipe(node, values, parts, step, self.services, files=False)
        if not made.key:
            if any(live.kind in ("file", "") for live in node.special.live):
                self.outcomes[node.order] = _UNKNOWN
                return self._plan(node, "depends", "the file it reads is looked at when it runs")
            return self._runs(node, "what it depends on can't be told beforehand", "never")
        signpost = await self.cache.get(made.key)
        if signpost is not None and signpost.reads and (unknown := self._unknown_writers(node)):
            return self._depends(node, unknown)
        entry = await look(self.cache, made.key, self.state)
        if entry is not None and entry.value.keys() <= set(node.outputs):
            return self._cached(node, entry)
        note = self.notes.get(node.id)
        if note is None:
            return self._runs(node, "it has not run here before", "new")
        why = changes(node, note.parts, parts, self.plan.names)
        if not why and signpost is not None and signpost.reads:
            why = [f"{_state_named(signpost.reads)} changed"]
        return self._runs(node, " and ".join(why) or "its result is no longer in the cache", "stale")

    # --- outcomes ---

    def _plan(self, node: PlanNode, status: Will, because: str, **more: Any) -> StepPlan:
        return StepPlan(node.id, node.component, status, because, **more)

    def _runs(self, node: PlanNode, because: str, kind: str) -> StepPlan:
        self.outcomes[node.order] = _UNKNOWN
        return self._plan(node, "run", because, kind=kind)

    def _depends(self, node: PlanNode, unknown: list[int]) -> StepPlan:
        self.outcomes[node.order] = _UNKNOWN
        names = [self.plan.names[order] for order in unknown]
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return self._plan(node, "depends", f"depends on {some}, which will run")

    def _cached(self, node: PlanNode, entry: Entry) -> StepPlan:
        self.outcomes[node.order] = dict(entry.value)
        self._commit(dict(entry.writes) | saved(node, entry.value, strict=False))
        saves = {"usage": dict(entry.usage), "cost": entry.cost, "seconds": entry.seconds}
        return self._plan(node, "cached", "", run=entry.run, saves=saves)

    def _given(self, node: PlanNode, chosen: Chosen) -> StepPlan:
        given = chosen.given[node.order]
        self.outcomes[node.order] = dict(given.value)
        self._commit(given.writes if given.how == "recorded" else saved(node, given.value, strict=False))
        if given.how == "pinned":
            return self._plan(node, "pinned", "its value is pinned", run=given.run)
        what = (
            "its value was edited" if given.how == "edited" else f"its value comes from the run {given.run}"
        )
        return self._plan(node, "given", what, run=given.run)

    def _commit(self, writes: Mapping[str, Any]) -> None:
        try:
            commit(self.state, writes)
        except WeftError:
            return  # the run will say so, at the step

    # --- what isn't known ---

    def _unknown_sources(self, node: PlanNode) -> list[int]:
        places = dict.fromkeys(source.place for source in node.sources())
        return [place for place in places if self.outcomes[place] is _UNKNOWN]

    def _reads_state(self, node: PlanNode) -> bool:
        return any(state_paths(kind, text) for _, kind, text in node.special.written)

    def _unknown_writers(self, node: PlanNode) -> list[int]:
        """Steps before it that would run, and may write into the state."""
        return [order for order in sorted(self.before[node.order]) if self._may_write(self.plan.nodes[order])]

    def _may_write(self, node: PlanNode) -> bool:
        component = self.catalog.get(node.component)
        return node.saves or component is None or component.signature.context is not None

    def _never(self, node: PlanNode) -> str:
        """Why the result of a step is never taken from the cache; "" if it may be."""
        if self.cache is None:
            return "nothing is cached here"
        if (kept := node.special.cached) is not None:
            return "" if kept.code else f"the code of {node.component} can't be told from a file"
        if self.plan.flow.nodes[node.id].options.cache == "never":
            return "cache: never"
        component = self.catalog.get(node.component)
        if component is None:
            return "there is no such component"
        if any(port.type.kind == "flow" for port in component.inputs):
            return "it runs a flow, whose steps are cached one by one"
        return "a secret goes into it" if component.pure else f"{node.component} isn't pure"


def summary(steps: list[StepPlan]) -> str:
    """All in one line: `3 cached, 2 stale because essay.prompt changed`."""
    words: list[str] = []
    for name, found in (
        ("cached", [step for step in steps if step.status == "cached"]),
        ("pinned", [step for step in steps if step.status == "pinned"]),
        ("given", [step for step in steps if step.status == "given"]),
        ("stale", [step for step in steps if step.kind == "stale"]),
        ("new", [step for step in steps if step.kind == "new"]),
        ("anew", [step for step in steps if step.kind == "chosen"]),
        ("never cached", [step for step in steps if step.kind == "never"]),
        ("depending on those", [step for step in steps if step.status == "depends"]),
        ("skipped", [step for step in steps if step.status == "skipped"]),
    ):
        if found:
            why = f" because {found[0].because}" if name == "stale" else ""
            words.append(f"{len(found)} {name}{why}")
    return ", ".join(words) or "no steps"


def _in_order(plan: Plan) -> list[int]:
    """Sources before those that wait for them; of several that could come next, the first of the flow."""
    left = plan.needs.copy()
    ready = list(plan.inputs.targets)
    order: list[int] = []
    while ready:
        ready.sort(reverse=True)
        order.append(place := ready.pop())
        for target in plan.nodes[place].targets:
            left[target] -= 1
            if not left[target]:
                ready.append(target)
    return order


def _state_named(paths: tuple[str, ...]) -> str:
    return ", ".join(f"state.{path}" if path else "the state" for path in paths)


def _skipped(missed: Missed) -> str:
    message = str(missed.because.get("message", "")).rstrip(".")
    return message[:1].lower() + message[1:] if message.startswith("It") else message
