"""Which steps of a flow a run is about: from here on, up to there, this one alone, and values put in place of steps.

* `start` (`--from`): these nodes and all that wait for them run anew, whatever the cache holds; what they need is
  taken from the cache or an earlier run, and runs where neither has it.
* `until`: these nodes, and only what they need.
* `only`: these nodes run anew; all that they need must be known already.
* `fresh`: nothing is taken from the cache; results still go into it.
* `pins` and `given`: values used instead of running a node. A pin is a person's, `given` comes from an earlier run.

What isn't chosen is skipped, `because` it is `not-chosen`. Names are those of the flow's own nodes, and what a step
runs inside itself is chosen with it; a name with a way (`sub/say`) is a node in the flow inside `sub`, in all of its
items and rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import TYPE_CHECKING, Any, Final, cast

from weft.catalog.loader import Catalog
from weft.engine.caching import not_available
from weft.engine.choice_inside import split
from weft.engine.gate import Missed, Outcome
from weft.engine.outcome import commit, saved
from weft.engine.plan import lasting_plan
from weft.engine.planned import Plan, PlanNode
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.model.inner import flow_at
from weft.model.nearest import nearest
from weft.model.plain import to_plain

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt

_NO_PINS: Final[Mapping[str, Any]] = {}
_KEYS: Final = ("from", "until", "only", "fresh", "pins")


@dataclass(frozen=True, slots=True)
class Given:
    """What a node is taken to have given: its `value` by port, and what it wrote into the state. `run` is the one it
    comes from; `how` is `recorded`, `pinned` or `edited`."""

    value: Mapping[str, Any]
    run: str = ""
    how: str = "recorded"
    writes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose of a flow. Nothing chosen is everything."""

    start: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    fresh: bool = False
    pins: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By node its values by port, or the value of its main output."""
    given: Mapping[str, Given] = field(default_factory=dict[str, Given])
    again: str = ""
    """The run that is done again."""

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> Choice:
        """From plain JSON: `from`, `until`, `only` (a name or a list of them), `fresh`, `pins`. Raises `WeftError`
        (`bad-choice`)."""
        for key in asked:
            if key not in _KEYS:
                close = nearest(key, _KEYS)
                hint = f"Did you mean {close!r}?" if close else f"There are: {', '.join(_KEYS)}."
                raise WeftError(f"A choice has no {key!r}.", code="bad-choice", hint=hint, retryable=False)
        pins: Any = asked.get("pins") or _NO_PINS
        fresh = asked.get("fresh", False)
        if not isinstance(pins, Mapping) or type(fresh) is not bool:
            raise _bad("`pins` must be an object by node, and `fresh` true or false.")
        start, until, only = (_names(asked.get(key), key) for key in ("from", "until", "only"))
        return cls(start, until, only, fresh, dict(cast("Mapping[str, Any]", pins)))

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the run, without what is given."""
        found: dict[str, Any] = {
            "from": list(self.start),
            "until": list(self.until),
            "only": list(self.only),
            "fresh": self.fresh,
            "pins": dict(self.pins),
            "again": self.again,
            "edited": [name for name, given in self.given.items() if given.how == "edited"],
        }
        return {key: value for key, value in found.items() if value}

    def __bool__(self) -> bool:
        return bool(self.start or self.until or self.only or self.fresh or self.pins or self.given)


class Chosen:
    """A choice, worked out for a plan: what becomes of each node, by its place."""

    def __init__(self, choice: Choice, plan: Plan) -> None:
        places = {node.id: node.order for node in plan.nodes}
        choice, inside = split(choice)
        if choice.only and (choice.start or choice.until):
            raise _bad("'only' goes with neither 'from' nor 'until'.")
        named = [*choice.start, *choice.until, *choice.only, *choice.pins, *choice.given]
        for name in [*named, *inside]:
            if name not in places:
                raise _unknown(name, places)
        self.inside = {places[name]: inner for name, inner in inside.items()}
        """What is chosen of the flows that a step runs."""
        for order in self.inside:
            if not any(live.kind == "flow" for live in plan.nodes[order].special.live):
                raise _bad(f"{plan.nodes[order].id!r} runs no flow, so nothing inside it can be chosen.")
        self.part = bool(choice.start or choice.until or choice.only)
        self.plan = plan
        self._known = len(plan.nodes)
        self.fresh = choice.fresh
        self.given = {places[name]: given for name, given in choice.given.items()}
        for name, value in choice.pins.items():
            node = plan.nodes[places[name]]
            self.given[node.order] = Given(by_port(node, value), how="pinned")
        self._sources = _sources(plan)
        self.anew: frozenset[int] = frozenset(places[name] for name in choice.only)
        if choice.start:
            self.anew = frozenset(_closure((places[name] for name in choice.start), _targets(plan)))
        for order in self.anew & self.given.keys():
            if self.given[order].how == "recorded":
                del self.given[order]
        wanted = self._wanted(choice, places)
        self.steps: frozenset[int] = frozenset(self._needed(wanted))
        self.must_be_known = self.steps - self.anew if choice.only else frozenset[int]()

    def _wanted(self, choice: Choice, places: Mapping[str, int]) -> set[int]:
        """The nodes that it is about."""
        ends = {places[name] for name in choice.until}
        if choice.start and ends:
            before = _closure(ends, self._sources)
            self.anew = frozenset(self.anew & before)
            if not self.anew:
                raise _bad(
                    f"Nothing leads from {', '.join(choice.start)} to {', '.join(choice.until)}, so no step is left."
                )
            return ends
        return ends or set(self.anew | self.given.keys() if self.anew else places.values())

    def _needed(self, wanted: Iterable[int]) -> set[int]:
        """Those and what they need; nothing behind a value that is given is needed for it."""
        open_ended = {order: () if order in self.given else ways for order, ways in self._sources.items()}
        return _closure(wanted, open_ended)

    def outcome(self, attempt: Attempt) -> Outcome | None:
        """What becomes of a node without running it; None if it is looked at like any other."""
        node = attempt.node
        if node.order >= self._known:
            return None  # a step added it while the run went on
        if node.order not in self.steps:
            return _NOT_CHOSEN
        given = self.given.get(node.order)
        if given is not None and not node.special.disabled:
            return dict(given.value)
        if node.order in self.must_be_known and node.special.cached is None:
            raise not_available(node.id)
        return None

    def write(self, attempt: Attempt) -> None:
        """Put into the state what a node whose value is given has, or would have, written."""
        node = attempt.node
        given = self.given[node.order]
        writes = given.writes if given.how == "recorded" else saved(node, given.value, strict=False)
        if writes:
            commit(attempt.scheduler.state, writes)
            attempt.writes = dict(writes)

    def refuse_to_run(self, node: PlanNode) -> None:
        """Raises `StepFailed` (`not-available`) for a node whose result must be known."""
        if node.order in self.must_be_known:
            raise not_available(node.id)


def refuse_pin(flow: Flow, catalog: Catalog, node: str, value: Any) -> None:
    """Raises `WeftError` for a pin that the flow can't have: no such node, or no such value of it. A node inside
    another (`sub/say`) is looked for in the flow that is written there."""
    way, _, name = node.rpartition("/")
    inner = flow_at(flow, way.split("/")) if way else flow
    if inner is None:
        raise WeftError(f"No flow is written inside {way!r}.", code="unknown-node", retryable=False)
    flow, node = inner, name
    Chosen(Choice(pins={node: value}), lasting_plan(flow, catalog, flow.hash))


def by_port(node: PlanNode, value: Any) -> dict[str, Any]:
    """Values for a node's outputs: by port if it is an object of just these, else for its main output. Raises
    `WeftError` (`bad-choice`)."""
    try:
        value = to_plain(value, name=node.id)
    except WeftError as error:
        raise _bad(f"The value for {node.id!r} can't be used: {error.message}") from None
    if isinstance(value, dict) and value and value.keys() <= set(node.outputs):
        return cast("dict[str, Any]", value)
    if not node.outputs:
        raise _bad(f"{node.id!r} has no output that a value could stand for.")
    made: dict[str, Any] = {node.outputs[0]: value}
    if "messages" in node.outputs:  # an answer is also context for other prompts
        content: str = value if isinstance(value, str) else dumps(value, ensure_ascii=False)
        made["messages"] = [{"role": "assistant", "content": content}]
    return made


_NOT_CHOSEN: Final = Missed({"reason": "not-chosen", "message": "It was not chosen."})


def _targets(plan: Plan) -> dict[int, Iterable[int]]:
    return {node.order: node.targets for node in plan.nodes}


def _sources(plan: Plan) -> dict[int, Iterable[int]]:
    found: dict[int, Iterable[int]] = {node.order: [] for node in plan.nodes}
    for node in plan.nodes:
        for target in node.targets:
            cast("list[int]", found[target]).append(node.order)
    return found


def descendants(plan: Plan, orders: Iterable[int]) -> set[int]:
    """These and all that wait for them."""
    return _closure(orders, _targets(plan))


def _closure(orders: Iterable[int], ways: Mapping[int, Iterable[int]]) -> set[int]:
    found = set(orders)
    waiting = list(found)
    while waiting:
        for order in ways[waiting.pop()]:
            if order not in found:
                found.add(order)
                waiting.append(order)
    return found


def _names(value: Any, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(
        isinstance(name, str) for name in cast("list[Any]", names)
    ):
        raise _bad(f"`{key}` must be the name of a node, or a list of such.")
    return tuple(cast("list[str]", names))


def _unknown(name: str, known: Iterable[str]) -> WeftError:
    inside = name.partition("/")[0].partition("[")[0]
    if inside != name and inside in known:
        return WeftError(
            f"{name!r} is a step inside {inside!r}, and is chosen with it.",
            code="bad-choice",
            hint=f"Name {inside!r}.",
            retryable=False,
        )
    close = nearest(name, list(known))
    return WeftError(
        f"There is no node {name!r} in the flow.",
        code="unknown-node",
        hint=f"Did you mean {close!r}?" if close else "'weft graph FLOW' shows its nodes.",
        retryable=False,
    )


def _bad(message: str) -> WeftError:
    return WeftError(message, code="bad-choice", retryable=False)
