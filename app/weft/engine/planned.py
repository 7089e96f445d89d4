"""What is worked out before a run: plain tuples and counters, so that running is only counting down.

A plan holds nothing of a run and may serve many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

from weft.catalog.component import Component
from weft.catalog.fits import Adapter
from weft.engine.budget import Budget
from weft.model.flow import Flow

Call = Callable[[dict[str, Any], Any], Coroutine[Any, Any, Any]]
"""How a component is called: values by port, which it may keep, and the step's context in; its result to come."""
Split = Callable[[Any], dict[str, Any]]
"""A component's result by output port. Raises `TypeError` if it isn't what was declared."""


class Source(NamedTuple):
    """Where one value comes from: an output of the node in that place of the plan (-1: the flow's own inputs)."""

    port: str
    place: int
    output: str
    adapter: Adapter | None
    label: str
    required: bool = False
    spread: bool = False
    """Whether it brings a list whose items go into a list port one by one."""


class Gather(NamedTuple):
    """A list port and its sources, in order."""

    port: str
    sources: tuple[Source, ...]
    required: bool
    plain: tuple[tuple[int, str], ...] | None
    """(place, output) of the sources, if each brings its value as one item, unchanged."""


class Live(NamedTuple):
    """A port whose value a resolver makes live. `always`: also when nothing was filled in.
    The kind "" stands for plain JSON in which references to secrets or files stand somewhere."""

    port: str
    kind: str
    always: bool


class Special(NamedTuple):
    """What most nodes don't have, apart from their common path."""

    disabled: bool = False
    when: str | None = None
    """Over the values of the node's ports, before it starts."""
    unfilled: tuple[tuple[str, Any], ...] = ()
    """The defaults of the ports that `when` names and that may be left empty."""
    previous: bool = False
    """What happens when `when` doesn't hold: use the previous answer again instead of skipping."""
    on_error: str = "fail"
    default: Any = None
    retries: int | None = None
    save: tuple[tuple[str, str], ...] = ()
    """(path in the state, path in the answer), both dotted."""
    written: tuple[tuple[str, str, str], ...] = ()
    """(port, `template` or `expression`, the text), for ports that aren't wired."""
    holes: tuple[str, ...] = ()
    """Ports that exist for a text's names only: the component doesn't take them."""
    live: tuple[Live, ...] = ()
    budget: Budget | None = None
    """What it may spend on models, in all its attempts."""
    cached: Component | None = None
    """Its component, if its result may be used again."""
    cut: str = ""
    """The step that took an edge away without which the node can't run."""


NOTHING_SPECIAL = Special()


class PlanNode:
    """One node, ready to run: where its inputs come from, what to call, whom to tell."""

    __slots__ = (
        "call", "component", "finishes", "flat", "gated", "gathers", "id", "key", "only", "opening", "order",
        "outputs", "params", "remaining", "saves", "singles", "special", "split", "targets", "timeout", "width",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        order: int,
        component: str,
        call: Call,
        split: Split,
        params: dict[str, Any],
        singles: tuple[Source, ...],
        gathers: tuple[Gather, ...],
        outputs: tuple[str, ...],
        opening: dict[str, Any],
        only: str | None = None,
        timeout: float | None = None,
        special: Special = NOTHING_SPECIAL,
    ) -> None:
        self.id = id
        self.order = order  # its place in the flow, and in the plan
        self.component = component
        self.call = call
        self.split = split
        self.params = params
        self.flat = not params or not any(isinstance(value, dict | list) for value in params.values())
        self.singles = singles
        self.gathers = gathers
        self.outputs = outputs  # the names of its output ports, the main one first
        self.opening = opening  # the data of its first `step-started`
        self.timeout = timeout
        self.special = special
        self.gated = special.disabled or special.when is not None
        self.saves = bool(special.save)
        self.width = len(outputs)
        self.only = only  # its one output, if the result as it is goes there
        self.finishes = bool(special.written or special.live or special.holes or special.cached)
        self.targets: tuple[int, ...] = ()  # the places of those that wait for it, the most urgent first
        self.remaining = 1  # nodes on the longest path from here to the end, itself included
        self.key = order  # its turn when slots are short: smaller goes first

    def sources(self) -> list[Source]:
        """Everything that brings it a value."""
        return [*self.singles, *(source for gather in self.gathers for source in gather.sources)]


class Output(NamedTuple):
    """An output of the flow: an output of the node in that place of the plan (-1: an input of the flow)."""

    name: str
    place: int
    port: str


class Plan(NamedTuple):
    """A flow, ready to run. The flow's inputs are in it as a node that whoever waits for nothing else waits for."""

    flow: Flow
    nodes: list[PlanNode]
    inputs: PlanNode
    """In place -1."""
    names: list[str]
    """The ids of the nodes, and at the end what the flow's inputs are called."""
    needs: list[int]
    """How many nodes each node waits for."""
    outputs: tuple[Output, ...]
    lasting: bool
    """Whether it stays true as long as flow and catalog do; one that looked into other flows doesn't."""
    ranked: list[tuple[Mapping[str, float], str, list[int]]]
    """The turns by known durations that were worked out last: of which durations, under which path, by place."""


def rank(nodes: list[PlanNode], inputs: PlanNode, needs: list[int]) -> bool:
    """Work out what is left behind each node, and by that its turn; let those that wait for nothing wait for the
    inputs. False if nodes wait for each other."""
    order = topological(nodes, needs)
    if len(order) < len(nodes):
        return False
    for index in reversed(order):
        node = nodes[index]
        if targets := node.targets:
            node.remaining = 1 + (
                nodes[targets[0]].remaining
                if len(targets) == 1
                else max(nodes[target].remaining for target in targets)
            )
        node.key = index - (node.remaining << 64)
        if len(targets) > 1:
            node.targets = tuple(sorted(targets, key=lambda target: nodes[target].key))
    roots = [index for index, count in enumerate(needs) if not count]
    inputs.targets = tuple(sorted(roots, key=lambda root: nodes[root].key))
    for root in roots:
        needs[root] = 1
    return True


def topological(nodes: list[PlanNode], needs: list[int]) -> list[int]:
    """The places of the nodes, sources before those that wait for them; without those that wait for each other."""
    left = needs.copy()
    order = [index for index, count in enumerate(left) if not count]
    for index in order:
        for target in nodes[index].targets:
            left[target] -= 1
            if not left[target]:
                order.append(target)
    return order
