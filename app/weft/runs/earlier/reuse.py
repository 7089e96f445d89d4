"""What a run takes from before: results in the cache, pinned values, and what the last run recorded.

The staleness rule. A result in the cache is used when all that it was made of is the same. What may never be cached is
taken from the last run only when a part of the flow was chosen, and only if everything it came from is the same there:
its node and all before it, their components' code, the flows they run, the flow's defaults, the model chosen for the
run, and the inputs. Anything else runs.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from weft.catalog.loader import Catalog
from weft.engine.caching import Note, StepCache, not_available
from weft.engine.choice import Choice, Chosen, Given, by_port
from weft.engine.choice_inside import heads
from weft.engine.events import Event
from weft.engine.explaining import explain
from weft.engine.given import read_inputs
from weft.engine.plan import lasting_plan
from weft.engine.planned import Plan, PlanNode
from weft.engine.services import Services
from weft.model.errors import WeftError
from weft.model.flow import Defaults, Flow
from weft.model.inner import has_node
from weft.model.text import from_json, loads
from weft.runs.earlier.pins import Pins
from weft.runs.earlier.step_cache import StepCacheFile
from weft.runs.store.protocol import RunStore

_LAST = ""
"""The path under which it is noted what the last run was made with."""


class Wanted(NamedTuple):
    """A run that is about to start."""

    flow: Flow
    inputs: Mapping[str, Any]
    name: str
    session: str
    model: str | None


class Reuse:
    """The cache and the pins of a workspace, as its runs use them."""

    def __init__(self, cache: StepCacheFile, pins: Pins, store: RunStore, services: Services) -> None:
        self.cache = cache
        self.pins = pins
        self._store = store
        self._services = services

    def of(self, wanted: Wanted) -> StepCache:
        return self.cache.of(wanted.name, wanted.session)

    def began(self, wanted: Wanted, catalog: Catalog, run_id: str) -> None:
        """Note what the run is made with, so that its values can be told from stale ones later."""
        self.of(wanted).note(_LAST, Note("", self._made_with(wanted, catalog), run_id))

    async def choice(self, wanted: Wanted, catalog: Catalog, choice: Choice | None) -> Choice | None:
        """The choice with the pins of the flow, and with what the last run recorded. Raises `WeftError`."""
        pins = self.pins.of(wanted.name) if _is_file_name(wanted.name) else {}
        made = choice or Choice()
        flow = wanted.flow
        pins = {
            name: value for name, value in pins.items() if has_node(flow, name) and name not in made.given
        }
        made = replace(made, pins={**pins, **made.pins})
        if not made:
            return None
        if not (made.start or made.only) or made.given:
            return made
        made = await self._with_recorded(wanted, catalog, made)
        if made.only:
            await self._refuse_unknown(wanted, catalog, made)
        return made

    async def _refuse_unknown(self, wanted: Wanted, catalog: Catalog, choice: Choice) -> None:
        """Raises `WeftError` (`not-available`) if anything that the chosen nodes need would have to run."""
        steps = await explain(
            wanted.flow,
            catalog,
            wanted.inputs,
            services=self._services,
            cache=self.of(wanted),
            choice=choice,
            model=wanted.model,
        )
        for step in steps:
            if step.status == "run" and step.path not in heads(choice.only):
                raise not_available(step.path, step.because)

    async def _with_recorded(self, wanted: Wanted, catalog: Catalog, made: Choice) -> Choice:
        plan = lasting_plan(wanted.flow, catalog, wanted.flow.hash)
        chosen = Chosen(made, plan)  # refuses names that aren't there
        needed = [
            plan.nodes[order]
            for order in chosen.steps - chosen.anew - chosen.given.keys()
            if plan.nodes[order].special.cached is None
        ]
        given = await self._recorded(wanted, catalog, plan, needed) if needed else {}
        return replace(made, given=given)

    async def _recorded(
        self, wanted: Wanted, catalog: Catalog, plan: Plan, needed: Iterable[PlanNode]
    ) -> dict[str, Given]:
        """What the last run recorded of these nodes, where it is no older than what they come from."""
        notes = await self.of(wanted).notes()
        last = notes.get(_LAST)
        record = await self._store.get(last.run) if last is not None else None
        if last is None or record is None or record.model != wanted.model:
            return {}
        if wanted.session and (wanted.flow.state or any(node.saves for node in plan.nodes)):
            return {}  # the state that it began with was another
        old = loads(record.document)
        if old.defaults != wanted.flow.defaults or old.state != wanted.flow.state:
            return {}
        same = _Same(
            plan, old, _inputs(old, record.inputs), wanted, last.parts, self._made_with(wanted, catalog)
        )
        recorded = recorded_values(record.id, await self._store.events(record.id))
        return {
            node.id: recorded[node.id]
            for node in needed
            if node.id in recorded and same.all_before(node, recorded)
        }

    def _made_with(self, wanted: Wanted, catalog: Catalog) -> dict[str, str]:
        parts = {"model": str(self._answering(wanted))}
        for node_id, node in wanted.flow.nodes.items():
            component = catalog.get(node.component)
            if component is None:
                continue
            parts[f"code:{component.key}"] = component.code
            for port in component.inputs:
                if port.type.kind == "flow":
                    parts[f"flow:{node_id}"] = _inner(node.params.get(port.name), catalog, 0)
        return parts

    def _answering(self, wanted: Wanted) -> Any:
        teller = self._services.identities.get("model")
        return teller(None, _Asks(wanted.flow.defaults, wanted.model)) if teller else ""


class _Asks(NamedTuple):
    flow_defaults: Defaults
    model: str | None


class _Same:
    """Whether a node and all before it are what they were in an earlier run."""

    def __init__(
        self,
        plan: Plan,
        old: Flow,
        old_inputs: Mapping[str, Any],
        wanted: Wanted,
        before: Mapping[str, str],
        now: Mapping[str, str],
    ) -> None:
        self.plan = plan
        self.old = old
        self.old_inputs = old_inputs
        self.inputs = _inputs(wanted.flow, wanted.inputs)
        self.flow = wanted.flow
        self.before = before
        self.now = now
        self.sources: list[list[int]] = [[] for _ in plan.nodes]
        for node in plan.nodes:
            for target in node.targets:
                self.sources[target].append(node.order)

    def all_before(self, node: PlanNode, recorded: Mapping[str, Given]) -> bool:
        found, waiting = {node.order}, [node.order]
        while waiting:
            order = waiting.pop()
            if not self._one(self.plan.nodes[order], recorded):
                return False
            new = [source for source in self.sources[order] if source not in found]
            found.update(new)
            waiting += new
        return True

    def _one(self, node: PlanNode, recorded: Mapping[str, Given]) -> bool:
        was, is_now = self.old.nodes.get(node.id), self.flow.nodes[node.id]
        if was is None or was.model_dump(exclude={"title"}) != is_now.model_dump(exclude={"title"}):
            return False
        if node.id in recorded and recorded[node.id].how != "recorded":
            return False
        if any(live.kind in ("file", "") for live in node.special.live):
            return False  # what stood in a file then is not known
        keys = ("model", f"code:{node.component}", f"flow:{node.id}")
        if any(self.before.get(key) != self.now.get(key) for key in keys):
            return False
        if "" in (self.now.get(f"code:{node.component}", ""), self.now.get(f"flow:{node.id}", "same")):
            return False
        names = [source.output for source in node.sources() if source.place < 0]
        return all(
            name in self.old_inputs and self.old_inputs[name] == self.inputs.get(name) for name in names
        )


def recorded_values(run_id: str, events: Iterable[Event]) -> dict[str, Given]:
    """What the nodes of a run's own flow gave, and wrote into the state. Those that failed in spite of a default
    aren't among them, nor those that let the graph grow: what they added is there only when they run."""
    found: dict[str, Given] = {}
    grew: set[str] = set()
    for event in events:
        data = event.data
        if event.kind == "graph-expanded":
            grew.add(event.path)
        if event.kind == "step-finished" and "/" not in event.path and "error" not in data:
            how = next((name for name in ("pinned", "edited") if data.get(name)), "recorded")
            found[event.path] = Given(dict(data["value"]), run_id, how, dict(data.get("state") or {}))
    return {path: given for path, given in found.items() if path not in grew}


def edited(node: PlanNode, before: Given | None, edit: Any) -> Given:
    """A step's value with some ports edited; what else says the same follows. Raises `WeftError` (`bad-choice`)."""
    ports = by_port(node, edit)
    old = dict(before.value) if before is not None else {}
    value = {**old, **ports}
    if "text" in ports and "messages" in old and not (isinstance(edit, Mapping) and "messages" in edit):
        value["messages"] = _said(old["messages"], old.get("text"), ports["text"])
    if "data" in old and ("text" in ports) != ("data" in ports):
        raise WeftError(
            f"The answer of {node.id!r} is both text and data, and they must say the same.",
            code="bad-choice",
            hint='Give both: {"text": "...", "data": ...}.',
            retryable=False,
        )
    return Given(value, before.run if before is not None else "", "edited")


def _said(messages: Any, old: Any, new: Any) -> Any:
    """The question and answer, with the new answer."""
    if not isinstance(messages, list) or not messages:
        return [{"role": "assistant", "content": new}]
    *first, last = messages  # pyright: ignore[reportUnknownVariableType]
    content = str(last.get("content", "")) if isinstance(last, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    said = content[: -len(old)] + str(new) if old and content.endswith(str(old)) else str(new)
    role = last.get("role", "assistant") if isinstance(last, dict) else "assistant"  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return [*first, {"role": role, "content": said}]


def _inputs(flow: Flow, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return read_inputs(flow, given)
    except WeftError:
        return {}


def _inner(value: Any, catalog: Catalog, depth: int) -> str:
    """The digest of a flow that a node runs, of its components' code, and of the flows in it; "" if it can't be told."""
    try:
        flow = catalog.flows(value) if isinstance(value, str) else from_json(value)
    except WeftError:
        return ""
    if flow is None or depth > 16:
        return ""
    total = hashlib.sha256(flow.hash.encode())
    for node in flow.nodes.values():
        component = catalog.get(node.component)
        if component is None:
            return ""
        total.update(component.code.encode())
        for port in component.inputs:
            if port.type.kind == "flow":
                total.update(_inner(node.params.get(port.name), catalog, depth + 1).encode())
    return total.hexdigest()


def _is_file_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not any(sign in name for sign in "/\\\x00")


__all__ = ["Reuse", "Wanted", "edited", "recorded_values"]
