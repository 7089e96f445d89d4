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

from typing import Any

from tests.agentkit.graphs import Graph, order_of

from weft.catalog.writing import literal
from weft.model import Flow, from_json
from weft.workspace.importing.agentkit import PromptTexts

KINDS = {"dict": ("object", "Properties"), "list": ("array", "Items")}
Deciders = list[tuple[str, str]]
"""Nodes whose answer decides something, each with the flag that it raises."""


def flow_of(graph: Graph) -> tuple[Flow, dict[str, str]]:
    """The flow of a graph, and the ids of its nodes by key."""
    return AsFlow(graph).made()


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

    def made(self) -> tuple[Flow, dict[str, str]]:
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
        return from_json({"format": 1, "nodes": self.nodes}), self.ids

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
    text = literal if db is None else PromptTexts().template
    params: dict[str, Any] = {"prompt": text(node["prompt"])}
    if "system" in node:
        params["system"] = literal(node["system"])
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
