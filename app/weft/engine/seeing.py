"""What goes into one step, before it runs: its values as the engine puts them together, and the same with marks that
say where each piece of text comes from.

Assembling is the engine's own (`assemble`, and the pieces of a template); nothing is called or made live here.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from weft.catalog.condition import Condition
from weft.catalog.context import StateView
from weft.catalog.expression import evaluate
from weft.catalog.lookup import look_up
from weft.catalog.template import Hole, pieces
from weft.engine.inputs import assemble
from weft.engine.planned import Plan, PlanNode
from weft.engine.spans import MISSING, NO_VALUE, Marks, Source
from weft.model.errors import StepFailed


class Known(NamedTuple):
    """What a node gave, or would: values by port, whose they are (see `Source.origin`), and that in words; `tells` says
    it of single outputs that are another's. Outputs in `missing` hold no value but a name that stands for one."""

    value: Mapping[str, Any]
    origin: str
    told: str
    missing: frozenset[str] = frozenset()
    tells: Mapping[str, tuple[str, str]] = {}


class Seen(NamedTuple):
    """The values of a node's ports, plain and marked; `holes` are those its texts alone take. `sources` says of a
    port where its value as a whole comes from."""

    values: dict[str, Any]
    marked: dict[str, Any]
    holes: tuple[str, ...]
    sources: dict[str, Source]


def see(
    plan: Plan, node: PlanNode, known: Mapping[int, Known], state: Mapping[str, Any], marks: Marks
) -> Seen:
    """What goes into the node when its sources, by place, gave what is known. Raises `StepFailed` where its texts
    can't be finished."""
    return _Seeing(plan, node, known, state, marks).seen()


class _Seeing:
    def __init__(
        self,
        plan: Plan,
        node: PlanNode,
        known: Mapping[int, Known],
        state: Mapping[str, Any],
        marks: Marks,
    ) -> None:
        self.plan, self.node, self.known, self.state, self.marks = plan, node, known, state, marks
        self.by_port = {source.port: source for source in node.singles}

    def seen(self) -> Seen:
        values = assemble(self.node, self._outcomes(marked=False), gaps=True)
        marked = assemble(self.node, self._outcomes(marked=True), gaps=True)
        finished: dict[str, Any] = {}
        finished_marked: dict[str, Any] = {}
        for port, kind, text in self.node.special.written:
            if kind == "template":
                found = pieces(text, values, self.state, self._instead)
                finished[port] = "".join(piece for piece, _ in found)
                finished_marked[port] = "".join(
                    self.marks.mark(piece, self._own(port) if hole is None else self._of(hole))
                    for piece, hole in found
                )
            elif kind == "condition":
                finished[port] = finished_marked[port] = Condition(text)
            else:
                made = self._evaluated(text, values)
                finished[port], finished_marked[port] = made, self.marks.marked(made, self._own(port))
        values.update(finished)
        marked.update(finished_marked)
        sources = {port: self._whole(port) for port in values}
        return Seen(values, marked, self.node.special.holes, sources)

    def _whole(self, port: str) -> Source:
        if port in self.by_port:
            return self._source(self.by_port[port].place, self.by_port[port].output)
        for gather in self.node.gathers:
            if gather.port == port and gather.sources:
                return self._source(gather.sources[0].place, gather.sources[0].output)
        return self._own(port)

    def _outcomes(self, *, marked: bool) -> list[Any]:
        outcomes: list[Any] = [None] * (len(self.plan.nodes) + 1)
        for source in self.node.sources():
            found = self.known.get(source.place)
            if found is None:
                continue
            if not marked:
                outcomes[source.place] = dict(found.value)
                continue
            outcomes[source.place] = {
                name: self.marks.marked(value, self._source(source.place, name))
                for name, value in found.value.items()
            }
        return outcomes

    def _instead(self, hole: Hole) -> str | None:
        """What stands for a hole without a value: the name of where it would come from."""
        first, *rest = hole.path
        if first == "state":
            found, _ = look_up(dict(self.state), rest)
            return None if found or hole.has_default else f"⟨{'.'.join(hole.path)}⟩"
        source = self.by_port.get(first)
        if source is None:
            unset = first not in self.node.params and not hole.has_default
            return f"⟨{first}⟩" if unset and not self._gathered(first) else None
        found = self.known.get(source.place)
        if found is None or source.output in found.missing or source.output not in found.value:
            return f"⟨{first}⟩"
        return None

    def _gathered(self, port: str) -> bool:
        return any(gather.port == port for gather in self.node.gathers)

    def _evaluated(self, text: str, values: dict[str, Any]) -> Any:
        try:
            return evaluate(text, values, self.state)
        except StepFailed:
            if any(self.known.get(source.place) is None for source in self.node.singles):
                return f"⟨{text}⟩"  # it needs what isn't known yet
            raise

    def _own(self, port: str) -> Source:
        """What is written at the node itself, or stands there for nothing written."""
        written = self.plan.flow.nodes[self.node.id].params
        if port in written:
            return Source("text", port, port=port)
        if port in self.node.params:
            return Source("flow", port, port=port)
        return Source("default", port, port=port)

    def _of(self, hole: Hole) -> Source:
        first = hole.path[0]
        if first == "state":
            path = ".".join(hole.path[1:])
            found, _ = look_up(dict(self.state), list(hole.path[1:]))
            return Source("state", path, origin="" if found else "missing", told=_STATE[found])
        source = self.by_port.get(first)
        if source is not None:
            return self._source(source.place, source.output)
        for gather in self.node.gathers:
            if gather.port == first and gather.sources:
                return self._source(gather.sources[0].place, gather.sources[0].output)
        if first in self.node.params:
            return Source("text", first, port=first)
        return Source("text", first, port=first, origin="missing", told="nothing fills it yet")

    def _source(self, place: int, output: str) -> Source:
        found = self.known.get(place)
        port = next((s.port for s in self.node.sources() if (s.place, s.output) == (place, output)), "")
        kind, ref = ("input", output) if place == -1 else ("node", self.plan.names[place])
        if found is None or output in found.missing or output not in found.value:
            origin, told = MISSING, NO_VALUE
        else:
            origin, told = found.tells.get(output, (found.origin, found.told))
        return Source(kind, ref, port=port, origin=origin, told=told)


_STATE = {True: "the state the flow begins with", False: NO_VALUE}


class Bystander:
    """The context of a component that only shows what it would ask: it changes nothing and reaches nobody."""

    idempotency_key = "preview"
    run_id = ""
    attempt = 1
    noted = ()

    def __init__(self, path: str, state: Mapping[str, Any]) -> None:
        self.path = path
        self.state = StateView(deepcopy(dict(state)))

    def emit(self, text: str) -> None:
        """Nobody looks on."""

    def log(self, message: str) -> None:
        """Nobody looks on."""

    def progress(self, done: int, total: int) -> None:
        """Nobody looks on."""

    async def run(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise _too_far("runs a flow")

    async def ask(self, *_: Any, **__: Any) -> Any:
        raise _too_far("asks a person")

    def expand(self, *_: Any, **__: Any) -> tuple[str, ...]:
        raise _too_far("adds nodes")


def _too_far(does: str) -> StepFailed:
    return StepFailed(
        f"It {does} before it asks a model, so what it sends isn't known beforehand.",
        code="not-foreseen",
        retryable=False,
    )
