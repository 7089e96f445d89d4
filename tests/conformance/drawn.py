"""Random flows: everything that control flow is made of, in any order and inside each other; see `reference`."""

import asyncio
from contextvars import ContextVar
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.conformance import reference
from tests.conformance.reference import Json

from weft.catalog import Component, Context, component
from weft.model import StepFailed

WORTH = st.sampled_from([0, 1, "a", "bad", "bad"])
STATE: Json = {"count": 0, "kept": "-"}
LISTS = ("span", "map", "look")
DEFAULTS: dict[str, Any] = {"span": [7], "map": [7], "join": "d", "gather": "d", "touch": 7, "look": [7, "d"]}


class Pace:
    """How many turns of the loop each call takes, and which calls there were and succeeded."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.called: set[str] = set()
        self.done: set[str] = set()

    async def of(self, *call: Any) -> None:
        """Let time pass for a call of these values, which succeeds unless cancelled meanwhile."""
        self.called.add(repr(call))
        for _ in range(self.random.choice((0, 0, 1, 2, 5))):
            await asyncio.sleep(0)
        self.done.add(repr(call))


_PACE: ContextVar[Pace] = ContextVar("pace")


def paced(pace: Pace) -> None:
    """Let the calls of the runs begun from here go at this pace."""
    _PACE.set(pace)


async def passing(*call: Any) -> None:
    await _PACE.get().of(*call)


# The components of the reference, taking some time. They stand alone, so that their code has a digest.


@component(pure=True)
async def say(value: Any = "-", more: Any = None) -> Any:
    """Give back what it gets."""
    await passing("say", value, more)
    return reference.say(value, more)


@component(pure=True)
async def need(value: Any) -> Any:
    """Give back what it must get."""
    await passing("need", value)
    return value


@component(pure=True)
async def join(items: list[Any]) -> str:
    """At least one item."""
    await passing("join", items)
    return reference.join(items)


@component(pure=True)
async def gather(items: list[Any] = []) -> str:  # noqa: B006 - never changed
    """Any number of items."""
    await passing("gather", items)
    return reference.join(items)


@component(pure=True)
async def span(value: Any, length: int) -> list[Any]:
    """A list."""
    await passing("span", value, length)
    return reference.span(value, length)


@component
async def fragile(value: Any) -> Any:
    """Fail for a bad value."""
    await passing()
    return unless_bad(value)


@component(pure=True)
async def touch(ctx: Context, value: Any = 0) -> int:
    """Count in the state, and fail for a bad value all the same."""
    total = ctx.state.get("count") + 1
    ctx.state.set("count", total)
    unless_bad(value)
    await passing("touch", value, total)
    return total


@component(pure=True)
async def look(ctx: Context) -> list[Any]:
    """Read the state."""
    seen = [ctx.state.get("count"), ctx.state.get("kept")]
    await passing("look", seen)
    return seen


@component
async def grow(ctx: Context, value: Any, number: int, to: str = "", cut: str = "") -> Any:
    """Add nodes that take what it gives, and cut an edge."""
    await passing()
    names = [f"_{place}" for place in range(number)]
    nodes = {name: {"component": "fragile", "inputs": {"value": "_"}} for name in names}
    remove = [{"from": cut, "to": f"{to}.items"}] if cut else []
    ctx.expand(nodes, [{"from": name, "to": f"{to}.items"} for name in names if to], remove)
    return unless_bad(value)


def unless_bad(value: Any) -> Any:
    if value == "bad":
        raise StepFailed("It is bad.", code="broken", retryable=False)
    return value


COMPONENTS: tuple[Component, ...] = (say, need, join, gather, span, fragile, touch, look, grow)


class Drawn(NamedTuple):
    """A flow that takes `x`, and what persons answer in it, by path without numbers."""

    document: Json
    answers: dict[str, bool]


@st.composite
def flows(draw: st.DrawFn, *, most: int = 8, depth: int = 2) -> Drawn:
    """Any flow."""
    document = draw(_document(most, depth, sure=True))
    if draw(st.booleans()):
        document["outputs"] = {}
    return Drawn(document, {path: draw(st.booleans()) for path in asking(document)})


def asking(document: Json, path: str = "") -> list[str]:
    """The steps that ask."""
    found: list[str] = []
    for name, node in document["nodes"].items():
        if node["component"] == "ask":
            found.append(path + name)
        if "flow" in node["params"]:
            found += asking(node["params"]["flow"], f"{path}{name}/")
    return found


@st.composite
def _document(draw: st.DrawFn, most: int, depth: int, *, sure: bool) -> Json:
    """A flow of one input. `sure`: whether all its steps come to the same end, whoever is faster."""
    work = _Drawing(draw, depth, sure)
    for _ in range(draw(st.sampled_from((*range(1, most), most, most)))):
        work.add()
    outputs = {"x": work.ref()}
    if draw(st.integers(0, 3)) == 0:
        outputs["y"] = work.ref()
    names = draw(st.permutations(list(work.nodes)))
    return {
        "format": 1,
        "inputs": {"x": {"type": "any"}},
        "outputs": outputs,
        "state": dict(STATE),
        "nodes": {name: work.nodes[name] for name in names},
    }


class _Drawing:
    def __init__(self, draw: st.DrawFn, depth: int, sure: bool) -> None:
        self.draw, self.depth, self.sure = draw, depth, sure
        self.nodes: dict[str, Json] = {}
        self.growing: list[str] = []
        self.last = ""
        """The node that had to do with the state last: the next waits for it."""

    def one_in(self, number: int) -> bool:
        return self.draw(st.integers(1, number)) == number

    def ref(self) -> str:
        """Any output of what there is."""
        found = ["inputs.x"]
        for name, node in self.nodes.items():
            found += [name, *(f"{name}.{port}" for port in ports(node))]
        return self.draw(st.sampled_from(found))

    def add(self) -> None:
        plain = ["say", "need", "join", "gather", "span", "fragile", "touch", "look", "grow", "branch", "ask"]
        nesting = ["subtask", "map", "repeat"] if self.depth else []
        kind = self.draw(st.sampled_from(plain + nesting * 2))
        node: Json = {"component": kind, "params": {}, "inputs": {}, "after": [], "options": {}}
        state = kind in ("touch", "look")
        getattr(self, f"_{kind}", self._value)(node)
        state = self._options(node) or state or "state." in str(node["params"].get("cases"))
        if state:
            node["after"] += [self.last] if self.last else []
        if self.nodes and self.one_in(4):
            node["after"].append(self.draw(st.sampled_from(list(self.nodes))))
        node["after"] = list(dict.fromkeys(node["after"]))
        name = f"n{len(self.nodes)}"
        if kind in ("join", "gather") and self.growing and self.one_in(2):
            author = self.growing.pop()
            self.nodes[author]["params"]["to"] = name
            wired = [ref for ref in node["inputs"]["items"] if not ref.startswith("inputs.")]
            if wired and self.one_in(2):
                self.nodes[author]["params"]["cut"] = self.draw(st.sampled_from(wired))
            node["after"] = list(dict.fromkeys([*node["after"], author]))
        if kind == "grow":
            self.growing.append(name)
        self.last = name if state else self.last
        self.nodes[name] = node

    def _fill(self, node: Json, port: str) -> None:
        if self.one_in(5):
            node["params"][port] = self.draw(WORTH)
        else:
            node["inputs"][port] = self.ref()

    def _value(self, node: Json) -> None:
        self._fill(node, "value")
        if node["component"] == "say" and self.one_in(2):
            self._fill(node, "more")

    def _look(self, node: Json) -> None:
        """It needs nothing."""

    def _join(self, node: Json) -> None:
        node["inputs"]["items"] = [self.ref() for _ in range(self.draw(st.integers(1, 3)))]

    _gather = _join

    def _span(self, node: Json) -> None:
        self._fill(node, "value")
        node["params"]["length"] = self.draw(st.integers(0, 3))

    def _grow(self, node: Json) -> None:
        self._fill(node, "value")
        node["params"]["number"] = self.draw(st.integers(0, 2))

    def _ask(self, node: Json) -> None:
        node["params"]["question"] = "Well?"
        self._fill(node, "value")

    def _branch(self, node: Json) -> None:
        self._fill(node, "value")
        conditions = ("value == 1", "value == 'bad'", "true", "false", "state.count > 0")
        node["params"]["cases"] = [
            {"name": name, "when": self.draw(st.sampled_from(conditions))}
            for name in ("a", "b")[: self.draw(st.integers(1, 2))]
        ]

    def _inner(self, *, sure: bool = True) -> Json:
        return self.draw(_document(3, self.depth - 1, sure=self.sure and sure))

    def _subtask(self, node: Json) -> None:
        node["params"]["flow"] = self._inner()
        self._fill(node, "x")

    def _map(self, node: Json) -> None:
        node["params"] |= {
            "at_once": self.draw(st.sampled_from((1, 2, 8))),
            "on_item_error": self.draw(st.sampled_from(("fail", "skip", "collect"))),
        }
        alone = node["params"]["at_once"] == 1 or node["params"]["on_item_error"] != "fail"
        node["params"]["flow"] = self._inner(sure=alone)
        lists = [name for name, one in self.nodes.items() if one["component"] in LISTS]
        if lists and not self.one_in(4):
            node["inputs"]["items"] = self.draw(st.sampled_from(lists))
        else:
            node["params"]["items"] = self.draw(st.lists(WORTH, max_size=4))

    def _repeat(self, node: Json) -> None:
        node["params"] |= {
            "flow": self._inner(),
            "until": self.draw(st.sampled_from(("x == 1", "x == 'bad'", "rounds == 2", "true", "false"))),
            "at_most": self.draw(st.integers(1, 3)),
            "at_limit": self.draw(st.sampled_from(("give", "fail"))),
        }
        self._fill(node, "x")

    def _options(self, node: Json) -> bool:
        """Draw options and a `save`; whether they have to do with the state."""
        options, kind, state = node["options"], node["component"], False
        if self.one_in(5):
            when = self.draw(st.sampled_from(("flag == 1", "true", "false", "state.count > 0")))
            options["when"] = when
            state = "state" in when
            if "flag" in when:
                self._fill(node, "flag")
            if self.sure and self.one_in(2):
                options["otherwise"] = "previous"
        if self.one_in(3):
            options["on_error"] = self.draw(st.sampled_from(("skip", "continue")))
            if options["on_error"] == "continue":
                options["default"] = DEFAULTS.get(kind, "d")
        if self.one_in(20):
            options["disabled"] = True
        if kind in ("say", "need", "fragile", "join") and self.one_in(4):
            node["params"]["save"] = {"kept": ""}
            state = True
        return state


def ports(node: Json) -> list[str]:
    """The outputs that go by a name."""
    match node["component"]:
        case "branch":
            return [*(case["name"] for case in node["params"]["cases"]), "else"]
        case "ask":
            return ["approved", "declined"]
        case "subtask":
            return list(node["params"]["flow"]["outputs"])
        case "repeat":
            return [*node["params"]["flow"]["outputs"], "rounds"]
        case _:
            return []
