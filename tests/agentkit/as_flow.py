"""Graphs as flows: each thing that AgentKit does to a graph, written with what our flows have for it.

a dependency, prepended or not     a place in `context`
an order                           `after`
a shorthand, a system text         params of the prompt
an after-query                     `output`, `on_invalid: na`, `save`
nodes to skip                      `when`, and `otherwise: previous`
an edge that may be cut            `branch`, and the way `else`
a temporary edge                   `branch`, and the way that the flag opens
a temporary node                   a node whose `when` is the flag
"""

from typing import Annotated, Any

from tests.agentkit.graphs import Graph, order_of

from weft import Context, component
from weft.catalog.template import escape
from weft.model import Flow, from_json
from weft.workspace.importing.agentkit import PromptTexts

KINDS = {"dict": ("object", "Properties"), "list": ("array", "Items")}
Deciders = list[tuple[str, str]]
"""Nodes whose answer decides something, each with the flag that it raises."""


def flow_of(graph: Graph, *, growing: bool = False) -> tuple[Flow, dict[str, str]]:
    """The flow of a graph, and the ids of its nodes by key. A flow that grows needs the component `act`."""
    made = AsGrowingFlow(graph) if growing else AsFlow(graph)
    made.build()
    return from_json({"format": 1, "nodes": made.nodes}), made.ids


class AsFlow:
    """One graph on its way to be a flow."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.grown = deciding(graph, "grow")
        grown = [(what, deciders) for what, deciders in self.grown]
        new = [(node, deciders) for what, deciders in grown for node in what["nodes"]]
        self.only = {node["key"]: deciders for node, deciders in new}
        self.specs = [*graph["nodes"], *(node for node, _ in new)]
        self.ids = {node["key"]: f"n{index}" for index, node in enumerate(self.specs)}
        self.cut = {tuple(edge): deciders for edge, deciders in deciding(graph, "cut")}
        self.temporary = {
            (source, target): deciders for what, deciders in grown for source, target, _ in what["edges"]
        }
        edges = [*graph["edges"], *(edge for what, _ in grown for edge in what["edges"])]
        self.shown: dict[str, list[str]] = {node["key"]: [] for node in self.specs}
        for source, target, prepend in edges:
            self.shown[target].insert(0 if prepend else len(self.shown[target]), source)
        self.nodes: dict[str, Any] = {}

    def build(self) -> None:
        for node in self.specs:
            key = node["key"]
            context = [self.edge(source, key) for source in self.shown[key]]
            orders = self.graph.get("orders", ())
            self.nodes[self.ids[key]] = {
                "component": "prompt",
                "title": key,
                "params": params_of(node, self.graph),
                "inputs": {"context": context} if context else {},
                "after": [self.ids[source] for source, target in orders if target == key],
            }
        for key, deciders in self.only.items():
            self.condition(key, self.raised(deciders), self.says(deciders))
        for key, deciders in deciding(self.graph, "skip"):
            self.condition(key, f"not ({self.raised(deciders)})", self.says(deciders), otherwise="previous")
        self.leave_out()

    def edge(self, source: str, target: str) -> str:
        """What is wired into the context: the node, or the way that an answer opens or closes."""
        pair = (source, target)
        if pair in self.cut:
            return f"{self.way(pair, self.cut[pair])}.else"
        if pair in self.temporary and not {source, target} & set(self.only):
            return f"{self.way(pair, self.temporary[pair])}.raised"
        return self.ids[source]

    def way(self, pair: tuple[str, str], deciders: Deciders) -> str:
        source, target = (self.ids[key] for key in pair)
        name = f"way_{source}_{target}"
        self.nodes[name] = {
            "component": "branch",
            "params": {"cases": [{"name": "raised", "when": self.raised(deciders)}]},
            "inputs": {"value": f"{source}.messages", **self.says(deciders)},
        }
        return name

    def says(self, deciders: Deciders) -> dict[str, str]:
        return {f"{self.ids[key]}_says": f"{self.ids[key]}.data" for key, _ in deciders}

    def raised(self, deciders: Deciders) -> str:
        """True only if the answer was valid and has the flag; an answer N/A has no data."""
        return " or ".join(
            f"((exists({port}.{flag}) and {port}.{flag} == true) if exists({port}) else false)"
            for port, flag in ((f"{self.ids[key]}_says", flag) for key, flag in deciders)
        )

    def condition(self, key: str, when: str, inputs: dict[str, str], otherwise: str = "skip") -> None:
        node = self.nodes[self.ids[key]]
        node["inputs"] |= inputs
        node["options"] = {"when": when, "otherwise": otherwise}

    def leave_out(self) -> None:
        """AgentKit evaluates a node once all it waits for has been, and never if all its edges are cut; ours says so
        in a `when`, for by itself it would run with what is left."""
        missing: set[str] = set()
        for key in order_of(self.graph):
            kept = [source for source in self.shown[key] if (source, key) not in self.cut]
            awaited = [*kept, *(source for source, target in self.graph.get("orders", ()) if target == key)]
            wanted = {
                f"needs_{self.ids[source]}": self.ids[source] for source in awaited if source in missing
            }
            conditions = [f"exists({port})" for port in wanted]
            if self.shown[key] and not kept:
                ways = {f"by_{self.ids[source]}": self.edge(source, key) for source in self.shown[key]}
                conditions.append(f"({' or '.join(f'exists({port})' for port in ways)})")
                wanted |= ways
            if conditions:
                missing.add(key)
                self.condition(key, " and ".join(conditions), wanted)


@component
async def act(
    acts: Annotated[list[Any], "Each with its flag, and what to do if the answer raises it"],
    ctx: Context,
    says: Annotated[Any, "The answer; nothing if it was none"] = None,
) -> str:
    """Let the graph grow, or lose edges, as an answer says."""
    for one in acts:
        if isinstance(says, dict) and says.get(one["flag"]) is True:
            ctx.expand(one["nodes"], one["edges"], one["remove"])
    return ""


class AsGrowingFlow(AsFlow):
    """The document holds the graph as it starts; behind each node that changes it stands one that does so."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(without_growth(graph))
        self.whole = graph
        self.cut = {tuple(edge): deciders for edge, deciders in deciding(graph, "cut")}

    def edge(self, source: str, target: str) -> str:
        return self.ids[source]

    def build(self) -> None:
        super().build()
        for node in self.whole["nodes"]:
            acts = (node.get("check") or {}).get("acts", ())
            acting = [one for one in acts if "grow" in one or "cut" in one]
            if acting:
                self.act(self.ids[node["key"]], acting)

    def act(self, decider: str, acts: list[dict[str, Any]]) -> None:
        name = f"act_{decider}"
        done = [self.growth(name, one) for one in acts]
        self.nodes[name] = {
            "component": "act",
            "params": {"acts": done},
            "inputs": {"says": f"{decider}.data"},
        }
        for one in done:
            for edge in (*one["edges"], *one["remove"]):
                after = self.nodes[edge["to"].partition(".")[0]]["after"]
                after += [] if name in after else [name]

    def growth(self, name: str, act: dict[str, Any]) -> dict[str, Any]:
        """What `ctx.expand` is given. Prepended edges are turned round: ours stay in the order they are written."""
        grow = act.get("grow", {"nodes": [], "edges": []})
        new = {node["key"]: f"_{place}" for place, node in enumerate(grow["nodes"])}
        refs = self.ids | new
        context: dict[str, list[str]] = {key: [] for key in new}
        added: list[dict[str, Any]] = []
        for source, target, prepend in grow["edges"]:
            if target in new:
                context[target].insert(0 if prepend else len(context[target]), refs[source])
            else:
                edge = {"from": refs[source], "to": f"{refs[target]}.context", "first": prepend}
                added.insert(0 if prepend else len(added), edge)
        nodes = {
            new[node["key"]]: {
                "component": "prompt",
                "params": params_of(node, self.whole),
                "inputs": {"context": context[node["key"]]},
            }
            for node in grow["nodes"]
        }
        self.ids |= {key: name + place for key, place in new.items()}
        remove = [edge for pair in act.get("cut", ()) for edge in self.removed(*pair)]
        return {"flag": act["flag"], "nodes": nodes, "edges": added, "remove": remove}

    def removed(self, source: str, target: str) -> list[dict[str, str]]:
        source, target = self.ids[source], self.ids[target]
        ports = ("context", f"by_{source}")
        wired = self.nodes[target]["inputs"]
        return [{"from": source, "to": f"{target}.{port}"} for port in ports if port in wired]


def without_growth(graph: Graph) -> Graph:
    """The graph as it starts, and as it is again after each pass."""
    nodes = [dict(node) for node in graph["nodes"]]
    for node in nodes:
        if node.get("check"):
            kept = [one for one in node["check"].get("acts", ()) if "skip" in one]
            node["check"] = {**node["check"], "acts": kept}
    return {**graph, "nodes": nodes}


def deciding(graph: Graph, act: str) -> list[tuple[Any, Deciders]]:
    """What may be skipped, cut or grown, and by whom."""
    found: list[tuple[Any, Deciders]] = []
    for node in graph["nodes"]:
        for one in (node.get("check") or {}).get("acts", ()):
            by = (node["key"], one["flag"])
            for what in [one[act]] if act == "grow" and act in one else one.get(act, ()):
                known = next((deciders for other, deciders in found if other == what), None)
                if known is None:
                    found.append((what, [by]))
                else:
                    known.append(by)
    return found


def params_of(node: dict[str, Any], graph: Graph) -> dict[str, Any]:
    """A node as a prompt. Without a database there are no placeholders: all is text."""
    db = graph.get("db")
    text = escape if db is None else PromptTexts().template
    params: dict[str, Any] = {"prompt": text(node["prompt"])}
    if "system" in node:
        params["system"] = escape(node["system"])
    if db is not None and node["key"] in db["shorthands"]:
        params["shorthand"] = db["shorthands"][node["key"]]
    check = node.get("check")
    if check is not None:
        params |= {"output": schema_of(check), "on_invalid": "na"}
        if check.get("save"):
            params["save"] = check["save"]
    return params


def schema_of(check: dict[str, Any]) -> dict[str, Any]:
    """What a JSON after-query checks, as a JSON Schema."""
    kind, entries = KINDS[check["type"]]
    schema: dict[str, Any] = {"type": kind}
    if check["keys"]:
        schema["required"] = check["keys"]
    if check["length"] is not None:
        schema |= {f"min{entries}": check["length"], f"max{entries}": check["length"]}
    return schema
