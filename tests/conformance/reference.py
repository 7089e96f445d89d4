"""What a flow must come to, worked out one node after another by recursion: the measure of the scheduler.

It knows the components of `drawn` and those that run flows, and nothing of slots, tasks, plans or caches. A node is
looked at when all it waits for has ended; a flow inside a step is evaluated on the spot.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

Json = dict[str, Any]


class Broken(Exception):
    """A step fails."""


class End(NamedTuple):
    """How a step ended: finished with values by port, failed, or skipped for a reason, maybe because of a node."""

    kind: str
    values: Json = {}
    reason: str = ""
    node: str = ""
    poisoned: bool = False
    """Whether it failed, or was skipped because something failed."""
    untaken: bool = False
    """Whether it lies on a way that was not taken."""


@dataclass
class World:
    """What a run begins with beside its flow, and how each of its steps ended, by path."""

    answers: dict[str, Any] = field(default_factory=dict)
    previous: dict[str, Json] = field(default_factory=dict)
    told: dict[str, End] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    """How the paths begin whose steps depend on who was faster: items beside one that failed."""


@dataclass
class Rounds:
    """What the rounds of a repeat share."""

    state: Json
    root: str = ""
    answers: dict[str, Json] = field(default_factory=dict)
    fresh: dict[str, Json] = field(default_factory=dict)


class Evaluation:
    """One flow, from what it is given to how its nodes end."""

    def __init__(
        self,
        document: Json,
        given: Json,
        world: World,
        state: Json,
        path: str = "",
        rounds: Rounds | None = None,
    ) -> None:
        self.document, self.given, self.world, self.path, self.rounds = document, given, world, path, rounds
        self.nodes: dict[str, Json] = deepcopy(document["nodes"])
        self.state = state
        self.ends: dict[str, End] = {}
        self.cut: dict[str, str] = {}
        """Nodes that have lost what they need, and to whom."""
        while left := [name for name in self.nodes if name not in self.ends]:
            self.end(left[0])
        if rounds is not None:
            inside = path.removeprefix(rounds.root)
            rounds.fresh |= {
                inside + name: one.values for name, one in self.ends.items() if one.kind == "finished"
            }

    @property
    def failed(self) -> bool:
        return any(end.kind == "failed" for end in self.ends.values())

    @property
    def outputs(self) -> Json:
        """Those that were given; of a flow that names none, of the nodes whose values nobody takes."""
        nodes = self.document["nodes"]
        taken = {ref.partition(".")[0] for node in nodes.values() for ref in refs(node)}
        named = self.document["outputs"] or {name: name for name in nodes if name not in taken}
        found = {name: self.value(ref) for name, ref in named.items()}
        return {name: value[0] for name, value in found.items() if value}

    def end(self, name: str) -> None:
        """Let a node end, once all it waits for has: that may become more meanwhile."""
        node = self.nodes[name]
        while left := [one for one in before(node) if one not in self.ends]:
            self.end(left[0])
        self.ends[name] = self.world.told[self.path + name] = self.ended(name, node)

    def ended(self, name: str, node: Json) -> End:
        options, values = node.get("options", {}), dict(node.get("params", {}))
        saves = values.pop("save", {})
        missed = self.kept_back(node, values)
        if missed is None and name in self.cut:
            missed = End("skipped", {}, "cut", self.cut[name], untaken=True)
        if missed is not None:
            return missed
        if "when" in options and not holds(options["when"], values, self.state):
            old = self.previous(name) if options.get("otherwise") == "previous" else None
            return End("skipped", reason="when") if old is None else End("finished", old)
        try:
            made, writes = self.called(name, node["component"], values)
        except Broken:
            match options.get("on_error", "fail"):
                case "fail":
                    return End("failed", poisoned=True)
                case "skip":
                    return End("skipped", reason="on-error")
                case _:
                    made, writes = {main_output(node): options["default"]}, {}
        self.state.update(writes)
        self.state.update(dict.fromkeys(saves, made.get(main_output(node))))
        return End("finished", made)

    def kept_back(self, node: Json, values: Json) -> End | None:
        """Why it doesn't run; else the edges' values are put over the params."""
        if node.get("options", {}).get("disabled"):
            return End("skipped", reason="disabled")
        for ref in refs(node):
            if (source := self.source(ref)) is not None and source.poisoned:
                reason = "failed" if source.kind == "failed" else "skipped"
                return End("skipped", {}, reason, ref.partition(".")[0], poisoned=True)
        for port, wired in sorted(node.get("inputs", {}).items(), key=lambda one: isinstance(one[1], list)):
            each = wired if isinstance(wired, list) else [wired]
            found = [(ref, self.value(ref)[0]) for ref in each if self.value(ref)]
            if not each:
                continue
            if not found and port in REQUIRED.get(node["component"], ()):
                untaken = all(map(self.untaken, each))
                return End("skipped", {}, "skipped", each[0].partition(".")[0], untaken=untaken)
            if found and isinstance(wired, list):
                values[port] = [item for ref, one in found for item in (one if self.is_list(ref) else [one])]
            elif found:
                values[port] = found[0][1]
        asked = node.get("options", {}).get("when", "")
        ways = {port: wired for port, wired in node.get("inputs", {}).items() if port not in asked}
        hangs_on = [ref for ref in refs({"inputs": ways}) if self.source(ref) is not None]
        if hangs_on and all(map(self.untaken, hangs_on)):
            return End("skipped", {}, "skipped", hangs_on[0].partition(".")[0], untaken=True)
        return None

    def untaken(self, ref: str) -> bool:
        """Whether an edge leads to a way that was not taken."""
        source = self.source(ref)
        return source is not None and (source.untaken or (source.kind == "finished" and not self.value(ref)))

    def source(self, ref: str) -> End | None:
        name = ref.partition(".")[0]
        return None if name == "inputs" else self.ends[name]

    def value(self, ref: str) -> tuple[Any, ...]:
        """The value in a tuple, an empty one if there is none."""
        name, _, port = ref.partition(".")
        values = self.given if name == "inputs" else self.ends[name].values
        port = port or main_output(self.nodes[name])
        return (values[port],) if port in values else ()

    def is_list(self, ref: str) -> bool:
        """Whether it brings a list of items."""
        return self.nodes.get(ref.partition(".")[0], {}).get("component") in ("map", "span", "look")

    def previous(self, name: str) -> Json | None:
        """What the node gave in an earlier round, else in the run before."""
        path, found = self.path + name, None
        if self.rounds is not None:
            found = self.rounds.answers.get(path.removeprefix(self.rounds.root))
        return self.world.previous.get(path) if found is None else found

    # --- what the components make of their values: outputs by port, writes to the state ---

    def called(self, name: str, component: str, values: Json) -> tuple[Json, Json]:
        match component:
            case "subtask":
                return self.run(values["flow"], {"x": values["x"]}, f"{self.path}{name}/"), {}
            case "map":
                return {"output": self.mapped(f"{self.path}{name}", **values), "errors": []}, {}
            case "repeat":
                return self.repeated(f"{self.path}{name}", **values), {}
            case "branch":
                known = {**values, "value": values["value"]}
                ways = (one["name"] for one in values["cases"] if holds(one["when"], known, self.state))
                return {next(ways, "else"): values["value"]}, {}
            case "ask":
                approved = self.world.answers[plain_path(self.path + name)]
                shown = values.get("value")
                value = values["question"] if shown is None else shown
                return {"approved" if approved else "declined": value, "remark": ""}, {}
            case "grow":
                self.grown(name, **values)
                return {"output": broken_if_bad(values["value"])}, {}
            case "touch":
                total = self.state["count"] + 1
                broken_if_bad(values.get("value", 0))
                return {"output": total}, {"count": total}
            case "look":
                return {"output": [self.state["count"], self.state["kept"]]}, {}
            case _:
                return {"output": PLAIN[component](**without_flag(values))}, {}

    def run(self, flow: Json, given: Json, path: str) -> Json:
        """A flow inside, with a state of its own."""
        inner = Evaluation(flow, given, self.world, deepcopy(flow.get("state", {})), path, self.rounds)
        if inner.failed:
            raise Broken
        return inner.outputs

    def mapped(
        self, path: str, flow: Json, items: list[Any], on_item_error: str, at_once: int, **rest: Any
    ) -> list[Any]:
        results: list[Any] = []
        for number, item in enumerate(items):
            try:
                made = self.run(flow, {"x": item}, f"{path}[{number}]/")
            except Broken:
                if on_item_error == "fail":
                    self.world.unsure |= {f"{path}["} if at_once > 1 and len(items) > 1 else set()
                    raise
                results += [{"error": ...}] if on_item_error == "collect" else []
                continue
            if made:
                results.append(made if len(flow["outputs"]) > 1 else next(iter(made.values())))
            elif on_item_error == "collect":
                results.append(None)
        return results

    def repeated(
        self, path: str, flow: Json, x: Any, until: str, at_most: int, at_limit: str, **rest: Any
    ) -> Json:
        rounds = Rounds(deepcopy(flow.get("state", {})))
        for number in range(at_most):
            rounds.root = f"{path}[{number}]/"
            inner = Evaluation(flow, {"x": x}, self.world, rounds.state, rounds.root, rounds)
            rounds.answers |= rounds.fresh
            rounds.fresh = {}
            if inner.failed:
                raise Broken
            made = {**inner.outputs, "rounds": number + 1}
            if holds(until, {"x": x, **made}, {}):
                return made
            x = made.get("x", x)
        if at_limit == "fail":
            raise Broken
        return made

    def grown(self, name: str, value: Any, number: int, to: str = "", cut: str = "", **rest: Any) -> None:
        """As many nodes more, that take its value and go into the list of another, which may lose an edge of it."""
        made = [f"{name}_{place}" for place in range(number)]
        for one in made:
            self.nodes[one] = {"component": "fragile", "inputs": {"value": name}}
        if cut:
            inputs = self.nodes[to]["inputs"]
            inputs["items"] = [ref for ref in inputs["items"] if cut not in (ref, ref.partition(".")[0])]
        if to:
            self.nodes[to]["inputs"]["items"] += made
        if cut and not (
            before({"inputs": inputs}) and (inputs["items"] or self.nodes[to]["component"] == "gather")
        ):
            self.cut[to] = self.path + name


def refs(node: Json) -> list[str]:
    """Where its values come from: single ports first, then those of its lists."""
    inputs = node.get("inputs", {}).values()
    return [ref for ref in inputs if isinstance(ref, str)] + [
        ref for wired in inputs if isinstance(wired, list) for ref in wired
    ]


def before(node: Json) -> list[str]:
    """The nodes it waits for."""
    names = [*(ref.partition(".")[0] for ref in refs(node)), *node.get("after", [])]
    return [name for name in names if name != "inputs"]


def main_output(node: Json) -> str:
    match node["component"]:
        case "branch":
            return node["params"]["cases"][0]["name"]
        case "ask":
            return "approved"
        case "subtask" | "repeat":
            return next(iter(node["params"]["flow"]["outputs"]))
        case _:
            return "output"


def holds(condition: str, values: Json, state: Json) -> bool:
    """The conditions that are drawn mean in Python what they mean here."""
    known = {**values, "state": SimpleNamespace(**state), "true": True, "false": False}
    return bool(eval(condition, {}, known))


def plain_path(path: str) -> str:
    return "/".join(part.partition("[")[0] for part in path.split("/"))


def without_flag(values: Json) -> Json:
    return {name: value for name, value in values.items() if name != "flag"}


# --- plain components ---


def shown(value: Any) -> str:
    """A text of bounded length in which no failure's message is."""
    return str(plain(value))[:30]


def plain(value: Any) -> Any:
    """The value without what failures say in it: which of several is first to fail depends on time."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: "..." if name == "error" else plain(item) for name, item in value.items()}
    return value


def broken_if_bad(value: Any) -> Any:
    if value == "bad":
        raise Broken
    return value


def say(value: Any = "-", more: Any = None) -> Any:
    return value if more is None else shown(value) + shown(more)


def join(items: list[Any] = []) -> str:  # noqa: B006 - never changed
    return "+".join(map(shown, items))[:60]


def span(value: Any, length: int) -> list[Any]:
    first = value if isinstance(value, int | str) else shown(value)
    return [first, 1, "bad"][:length]


PLAIN = {
    "say": say,
    "need": lambda value: value,
    "fragile": broken_if_bad,
    "join": join,
    "gather": join,
    "span": span,
}
REQUIRED = {
    "need": ("value", "flag"),
    "say": ("flag",),
    "fragile": ("value", "flag"),
    "join": ("items", "flag"),
    "gather": ("flag",),
    "span": ("value", "flag"),
    "touch": ("flag",),
    "look": ("flag",),
    "grow": ("value", "flag"),
    "branch": ("value", "flag"),
    "ask": ("flag",),
    "subtask": ("x", "flag"),
    "map": ("items", "flag"),
    "repeat": ("x", "flag"),
}
