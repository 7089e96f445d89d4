"""Our side: the same graphs as flows, run by the engine, and what their model was asked."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from tests.agentkit.answers import answer
from tests.agentkit.graphs import Graph

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
    context: dict[str, list[str]] = {key: [] for key in ids}
    for source, target, prepend in graph["edges"]:
        context[target].insert(0 if prepend else len(context[target]), ids[source])
    after: dict[str, list[str]] = {key: [] for key in ids}
    for source, target in graph.get("orders", ()):
        after[target].append(ids[source])
    nodes = {
        ids[node["key"]]: {
            "component": "prompt",
            "title": node["key"],
            "params": params_of(node, graph),
            "inputs": {"context": context[node["key"]]} if context[node["key"]] else {},
            "after": after[node["key"]],
            "options": options_of(node["key"], graph, ids),
        }
        for node in graph["nodes"]
    }
    return from_json(with_flags({"format": 1, "nodes": nodes}, graph, ids)), ids


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


def skipping(graph: Graph) -> dict[str, list[tuple[str, str]]]:
    """Who may be skipped, by whom, on which flag."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in graph["nodes"]:
        for act in (node.get("check") or {}).get("acts", ()):
            for key in act.get("skip", ()):
                found.setdefault(key, []).append((node["key"], act["flag"]))
    return found


def options_of(key: str, graph: Graph, ids: dict[str, str]) -> dict[str, Any]:
    deciding = skipping(graph).get(key)
    if not deciding:
        return {}
    raised = (_raised(ids[decider], flag) for decider, flag in deciding)
    return {"when": f"not ({' or '.join(raised)})", "otherwise": "previous"}


def _raised(port: str, flag: str) -> str:
    """True only if the answer was valid and has the flag; an answer N/A has no data."""
    return f"((exists({port}_says.{flag}) and {port}_says.{flag} == true) if exists({port}_says) else false)"


def with_flags(document: dict[str, Any], graph: Graph, ids: dict[str, str]) -> dict[str, Any]:
    """Wire the answers that decide about a node into its `when`."""
    for key, deciding in skipping(graph).items():
        inputs = document["nodes"][ids[key]]["inputs"]
        for decider, _ in deciding:
            inputs[f"{ids[decider]}_says"] = f"{ids[decider]}.data"
    return document


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
