"""What the nodes before a node gave, or would give: typed, pinned, cached, of the last run, or a name for it."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from weft.catalog.component import Component
from weft.engine.choice import by_port
from weft.engine.explaining import known
from weft.engine.plan import sketch
from weft.engine.planned import Plan, PlanNode
from weft.engine.seeing import Bystander, Known, see
from weft.engine.spans import MISSING, NO_VALUE, Marks
from weft.engine.tools import tool
from weft.model import Flow, WeftError
from weft.model.errors import NotFound
from weft.model.values import unwrap
from weft.runs.state import RunState
from weft.workspace.foreseeing.showable import why_not

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

DEEPEST = 6
"""Nodes in a row that have no value, and are asked what they would ask."""


@dataclass(frozen=True)
class Given:
    """Whose values stand for what hasn't run.

    `inputs` are typed values of the flow's inputs, `values` of nodes (by output, or of the main one). `run` is a run to
    look at before anything else; without it, pins, then the cache, then `last`, the last run. `cached` has what the
    cache knows of nodes as they are now, `pins` what is pinned.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    run: RunState | None = None
    last: RunState | None = None
    cached: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    pins: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def given_of(
    workspace: "Workspace",
    flow: Flow,
    *,
    slug: str = "",
    run: str = "",
    last: RunState | None = None,
    inputs: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    model: str | None = None,
) -> Given:
    """What is known here of the flow's values. `run` names a run to look at. Raises `NotFound` if there is none such,
    and `WeftError` if the pins can't be read."""
    from weft.workspace.recording import recorded

    if not recorded(workspace) and last is None:
        if run:
            raise NotFound(f"There is no run {run!r} here.", code="no-run", hint="'weft runs' lists them.")
        return Given(dict(inputs or {}), dict(values or {}))
    service = workspace.runs()
    chosen = await service.state(run) if run else None
    if last is None and chosen is None and slug:
        found = await service.runs(flow=slug, limit=1)
        last = await service.state(found[0].id) if found else None
    pins = service.pins.of(slug) if service.pins is not None and slug else {}
    state = chosen or last
    tried = {**(dict(state.inputs) if state else {}), **dict(inputs or {})}
    cached = await _cached(workspace, flow, tried, slug, model)
    return Given(dict(inputs or {}), dict(values or {}), chosen, last, cached, pins)


async def _cached(
    workspace: "Workspace", flow: Flow, inputs: Mapping[str, Any], slug: str, model: str | None
) -> Mapping[str, Mapping[str, Any]]:
    cache, plan = workspace.step_cache(), sketch(flow, workspace.catalog)
    if cache is None or plan is None or not slug:
        return {}
    values = {
        name: unwrap(declared.default) for name, declared in flow.inputs.items() if declared.has_default
    }
    own = cache.of(slug, "")
    return await known(
        plan, workspace.catalog, values | dict(inputs), services=workspace.services(), cache=own, model=model
    )


class Foreseen:
    """The values before one node. What a node without a value would ask is asked of nobody, and its answer is a name."""

    def __init__(
        self, workspace: "Workspace", plan: Plan, given: Given, model: str | None, depth: int = 0
    ) -> None:
        self.workspace, self.plan, self.given, self.model, self.depth = workspace, plan, given, model, depth
        self.state = copy.deepcopy(dict(plan.flow.state))
        self._known: dict[int, Known] = {}

    async def before(self, node: PlanNode) -> Mapping[int, Known]:
        """What the sources of the node gave, by place."""
        await self._read_state(node)
        for place in dict.fromkeys(source.place for source in node.sources()):
            await self._know(place)
        return self._known

    async def asked(
        self, node: PlanNode, component: Component, values: Mapping[str, Any], holes: tuple[str, ...]
    ) -> tuple[dict[str, Any] | None, str]:
        """What the component asks its model first, and why it doesn't."""
        from weft.providers.stand_in import Asked, StandIn

        stand_in = StandIn()
        trouble = ""
        try:
            await self._call(node, component, values, holes, stand_in)
        except Asked:
            pass
        except Exception as error:  # noqa: BLE001 - a component may raise anything, and what it is is told
            trouble = _trouble(error, component)
        if stand_in.asked:
            return stand_in.asked[0], ""
        return None, trouble or f"{component.title} asks its model nothing, with these values."

    async def _call(
        self,
        node: PlanNode,
        component: Component,
        values: Mapping[str, Any],
        holes: tuple[str, ...],
        model: Any,
    ) -> Any:
        arguments = {name: value for name, value in copy.deepcopy(dict(values)).items() if name not in holes}
        for port in component.inputs:
            kind = (port.type.item or port.type).kind
            if kind == "model":
                arguments[port.name] = model
            elif kind == "secret" and port.name in arguments:
                arguments[port.name] = f"⟨{port.name}⟩"
            elif kind == "tool" and isinstance(arguments.get(port.name), list):
                arguments[port.name] = [tool(entry, self.workspace.catalog) for entry in arguments[port.name]]
        return await component.call(arguments, Bystander(node.id, self.state))  # pyright: ignore[reportArgumentType]

    async def _know(self, place: int) -> None:
        if place not in self._known:
            self._known[place] = self._inputs() if place == -1 else await self._node(self.plan.nodes[place])

    def _inputs(self) -> Known:
        value: dict[str, Any] = {}
        tells: dict[str, tuple[str, str]] = {}
        missing: set[str] = set()
        run = self.given.run or self.given.last
        for name, declared in self.plan.flow.inputs.items():
            if name in self.given.inputs:
                value[name], tells[name] = self.given.inputs[name], ("typed", "typed in for this look")
            elif run is not None and name in run.inputs:
                value[name], tells[name] = run.inputs[name], ("run", f"from the run of {clock(run)}")
            elif declared.has_default:
                value[name], tells[name] = unwrap(declared.default), ("default", "the input's default")
            else:
                value[name] = f"⟨{name}⟩"
                missing.add(name)
        return Known(value, MISSING, NO_VALUE, frozenset(missing), tells)

    async def _node(self, node: PlanNode) -> Known:
        given = self.given
        if node.id in given.values:
            return Known(by_port(node, given.values[node.id]), "typed", "typed in for this look")
        if (found := _of_run(given.run, node)) is not None:
            return found
        if node.id in given.pins:
            return Known(by_port(node, given.pins[node.id]), "pinned", "pinned")
        if node.id in given.cached:
            return Known(dict(given.cached[node.id]), "cache", "cached: nothing it is made of has changed")
        if (found := _of_run(given.last, node)) is not None:
            return found
        return await self._imagined(node)

    async def _imagined(self, node: PlanNode) -> Known:
        """What the node would give if its model answered with a name for the answer."""
        component = self.workspace.catalog.get(node.component)
        name = f"⟨{titled(self.plan.flow, node.id)}⟩"
        if component is None or why_not(component) or self.depth >= DEEPEST:
            return self._named(node, name)
        inner = Foreseen(self.workspace, self.plan, self.given, self.model, self.depth + 1)
        from weft.providers.stand_in import StandIn

        try:
            before = await inner.before(node)
            seen = see(self.plan, node, before, inner.state, Marks())
            stand_in = StandIn(answer=lambda schema: _answer(name, schema))
            result = await inner._call(node, component, seen.values, seen.holes, stand_in)
        except Exception:  # noqa: BLE001 - then it is shown as its name; what is wrong with it is told at that node
            return self._named(node, name)
        sampled = any(asked["schema"] is not None for asked in stand_in.asked)
        told = "no value yet: an example that fits its schema" if sampled else NO_VALUE
        value = {port: item for port, item in result.items() if item is not None}
        missing = frozenset(port for port, item in value.items() if item == name)
        return Known(value, "sample" if sampled else MISSING, told, missing)

    def _named(self, node: PlanNode, name: str) -> Known:
        value: dict[str, Any] = {}
        for port in node.outputs:
            value[port] = _turns(name) if port == "messages" else name
        return Known(value, MISSING, NO_VALUE, frozenset(value))

    async def _read_state(self, node: PlanNode) -> None:
        """The state as the nodes before it leave it: what they save of what they gave."""
        from weft.engine.outcome import commit, saved

        if not any(kind in ("template", "expression") and "state" in text for _, kind, text in _texts(node)):
            return
        for place in _before(self.plan, node):
            earlier = self.plan.nodes[place]
            if not earlier.saves:
                continue
            await self._know(place)
            found = self._known[place]
            if found.origin != MISSING:
                commit(self.state, saved(earlier, dict(found.value), strict=False))


def titled(flow: Flow, name: str) -> str:
    """What to call a node in a sentence."""
    words = flow.nodes[name].title or name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def clock(run: RunState) -> str:
    """When a run was, as one says it today."""
    try:
        when = datetime.fromisoformat(run.time).astimezone()
    except ValueError:
        return run.time or "before"
    now = datetime.now().astimezone()
    return f"{when:%H:%M}" if when.date() == now.date() else f"{when:%Y-%m-%d %H:%M}"


def _of_run(run: RunState | None, node: PlanNode) -> Known | None:
    step = run.steps.get(node.id) if run is not None else None
    if run is None or step is None or step.status != "succeeded" or step.value is None:
        return None
    return Known(dict(step.value), "run", f"from the run of {clock(run)}")


def _texts(node: PlanNode) -> tuple[tuple[str, str, str], ...]:
    return node.special.written


def _before(plan: Plan, node: PlanNode) -> list[int]:
    """The places of all nodes before it, in the order of the flow."""
    found: set[int] = set()
    waiting = [source.place for source in node.sources()]
    waiting += [plan.names.index(name) for name in plan.flow.nodes[node.id].after if name in plan.names]
    while waiting:
        place = waiting.pop()
        if place >= 0 and place not in found:
            found.add(place)
            waiting += [source.place for source in plan.nodes[place].sources()]
    return sorted(found)


def _turns(name: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"⟨question of {name[1:]}"}, {"role": "assistant", "content": name}]


def _answer(name: str, schema: Any) -> str:
    if schema is None:
        return name
    from weft.providers.instance import instance

    return json.dumps(instance(schema, "an example"), ensure_ascii=False)


def _trouble(error: Exception, component: Component) -> str:
    if isinstance(error, WeftError):
        return error.message
    return f"{component.title} stops before it asks its model: {type(error).__name__}: {str(error)[:300]}"
