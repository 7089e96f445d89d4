"""Our side: the same graphs as flows, run by the engine, and what their model was asked."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from tests.agentkit.answers import answer
from tests.agentkit.graphs import Graph, order_of

from weft.catalog.writing import literal
from weft.engine import Event, RunResult, Services, StepScope, start
from weft.model import Flow, from_json
from weft.providers import bind, plain
from weft.testing import ScriptedModel, services, stock_catalog
from weft.workspace.importing.agentkit import PromptTexts

KINDS = {"dict": ("object", "Properties"), "list": ("array", "Items")}
Request = tuple[str, list[dict[str, str]]]


@dataclass
class Pass:
    """One run: the requests in the order they were made, the answers, and the state after it."""

    requests: list[Request]
    answers: dict[str, str]
    state: dict[str, Any]
    error: dict[str, Any] | None

    def by_node(self) -> dict[str, list[list[dict[str, str]]]]:
        return requests_by_node(self.requests)


def requests_by_node(requests: list[Any]) -> dict[str, list[list[dict[str, str]]]]:
    found: dict[str, list[list[dict[str, str]]]] = {}
    for key, messages in requests:
        found.setdefault(key, []).append(messages)
    return found


def flow_of(graph: Graph) -> tuple[Flow, dict[str, str]]:
    """The flow of a graph, and the ids of its nodes by key."""
    ids = {node["key"]: f"n{index}" for index, node in enumerate(graph["nodes"])}
    shown = shown_of(graph)
    after: dict[str, list[str]] = {key: [] for key in ids}
    for source, target in graph.get("orders", ()):
        after[target].append(ids[source])
    cuts = deciding(graph, "cut")
    nodes: dict[str, Any] = {}
    for node in graph["nodes"]:
        key = node["key"]
        context = [
            f"{_way(source, key, ids)}.else" if (source, key) in cuts else ids[source]
            for source in shown[key]
        ]
        nodes[ids[key]] = {
            "component": "prompt",
            "title": key,
            "params": params_of(node, graph),
            "inputs": {"context": context} if context else {},
            "after": after[key],
        }
    for (source, target), deciders in cuts.items():
        nodes[_way(source, target, ids)] = _branch(ids[source], deciders, ids)
    add_conditions(nodes, graph, shown, cuts, ids)
    return from_json({"format": 1, "nodes": nodes}), ids


def shown_of(graph: Graph) -> dict[str, list[str]]:
    """The dependencies of each node, in the order in which they are shown."""
    shown: dict[str, list[str]] = {node["key"]: [] for node in graph["nodes"]}
    for source, target, prepend in graph["edges"]:
        shown[target].insert(0 if prepend else len(shown[target]), source)
    return shown


Deciders = list[tuple[str, str]]
"""Nodes whose answer decides something, each with the flag that it raises."""


def deciding(graph: Graph, act: str) -> dict[Any, Deciders]:
    """What may be cut or skipped, and by whom."""
    found: dict[Any, Deciders] = {}
    for node in graph["nodes"]:
        for one in (node.get("check") or {}).get("acts", ()):
            for what in one.get(act, ()):
                found.setdefault(tuple(what) if act == "cut" else what, []).append((node["key"], one["flag"]))
    return found


def _way(source: str, target: str, ids: dict[str, str]) -> str:
    return f"way_{ids[source]}_{ids[target]}"


def _branch(source: str, deciders: Deciders, ids: dict[str, str]) -> dict[str, Any]:
    """An edge that an answer may cut: it goes on unless the flag is raised."""
    return {
        "component": "branch",
        "params": {"cases": [{"name": "cut", "when": _any_raised(deciders, ids)}]},
        "inputs": {"value": f"{source}.messages", **_says(deciders, ids)},
    }


def _says(deciders: Deciders, ids: dict[str, str]) -> dict[str, str]:
    return {f"{ids[key]}_says": f"{ids[key]}.data" for key, _ in deciders}


def _any_raised(deciders: Deciders, ids: dict[str, str]) -> str:
    """True only if the answer was valid and has the flag; an answer N/A has no data."""
    return " or ".join(
        f"((exists({port}.{flag}) and {port}.{flag} == true) if exists({port}) else false)"
        for port, flag in ((f"{ids[key]}_says", flag) for key, flag in deciders)
    )


def add_conditions(
    nodes: dict[str, Any],
    graph: Graph,
    shown: dict[str, list[str]],
    cuts: dict[Any, Deciders],
    ids: dict[str, str],
) -> None:
    """AgentKit evaluates a node once all it waits for has been, and never if all its edges are cut; ours says so in a
    `when`, for by itself it would run with what is left. A node to be skipped has its own."""
    for key, deciders in deciding(graph, "skip").items():
        node = nodes[ids[key]]
        node["options"] = {"when": f"not ({_any_raised(deciders, ids)})", "otherwise": "previous"}
        node["inputs"] |= _says(deciders, ids)
    missing: set[str] = set()
    orders = [(source, target) for source, target in graph.get("orders", ())]
    for key in order_of(graph):
        kept = [source for source in shown[key] if (source, key) not in cuts]
        awaited = [*kept, *(source for source, target in orders if target == key)]
        wanted = {f"needs_{ids[source]}": ids[source] for source in awaited if source in missing}
        conditions = [f"exists({port})" for port in wanted]
        if shown[key] and not kept:
            ways = {f"by_{ids[source]}": f"{_way(source, key, ids)}.else" for source in shown[key]}
            conditions.append(f"({' or '.join(f'exists({port})' for port in ways)})")
            wanted |= ways
        if conditions:
            missing.add(key)
            nodes[ids[key]]["inputs"] |= wanted
            nodes[ids[key]]["options"] = {"when": " and ".join(conditions)}


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


def passes_of(graph: Graph, *, parallel: int = 16) -> list[Pass]:
    """Run the flow of a graph as often as it has passes, each from the state and the answers that the last one left."""
    flow, ids = flow_of(graph)
    return asyncio.run(run_passes(flow, ids, graph, parallel=parallel))


async def run_passes(
    flow: Flow, ids: dict[str, str], graph: Graph, *, parallel: int = 16, components: tuple[Any, ...] = ()
) -> list[Pass]:
    """As `passes_of`, for a flow made otherwise."""
    keys = {node: key for key, node in ids.items()}
    written = {key: list(texts) for key, texts in graph.get("answers", {}).items()}
    state = {key: value for key, value in (graph.get("db") or {}).items() if key != "shorthands"}
    previous: dict[str, Any] = {}
    done: list[Pass] = []
    for number in range(graph.get("passes", 1)):
        if graph.get("db") is not None:
            state["pass"] = number
        run = start(
            flow,
            stock_catalog(*components),
            services=_asking(keys, written),
            state=state,
            previous=previous,
            parallel=parallel,
        )
        async with run:
            result = await run.finished()
        one = _pass(result, run.events, keys, deepcopy(state))
        state = deepcopy(one.state)
        previous |= result.values
        done.append(one)
    return done


def _asking(keys: dict[str, str], written: dict[str, list[str]]) -> Services:
    """Each node has its own answers, if any are written for it; else they follow from the messages."""

    def model(value: Any, scope: StepScope) -> Any:
        texts = written.get(keys.get(scope.path, scope.path))

        def reply(messages: Any) -> str:
            return texts.pop(0) if texts else answer(plain(messages))

        return bind(ScriptedModel(reply), scope)

    given = services()
    return replace(given, resolvers={**given.resolvers, "model": model})


def _pass(result: RunResult, events: list[Event], keys: dict[str, str], state: dict[str, Any]) -> Pass:
    requests: list[Request] = []
    for event in events:
        if event.kind not in ("step-finished", "step-failed"):
            continue
        key = keys.get(event.path, event.path)
        requests += [(key, call["messages"]) for call in event.data["calls"]]
        for path, value in (event.data.get("state") or {}).items():
            _put(state, path, value)
    answers = {
        keys.get(path, path): values["text"] for path, values in result.values.items() if "text" in values
    }
    return Pass(requests, answers, state, result.error)


def _put(state: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for part in way:
        state = state.setdefault(part, {})
    state[last] = value
