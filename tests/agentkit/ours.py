"""Our side: the same graphs as flows, run by the engine, and what their model was asked."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from tests.agentkit.answers import answer
from tests.agentkit.as_flow import act, flow_of
from tests.agentkit.graphs import Graph

from weft.engine import Event, RunResult, Services, StepScope, start
from weft.model import Flow
from weft.providers import bind, plain
from weft.testing import ScriptedModel, services, stock_catalog

Request = tuple[str, list[dict[str, str]]]


@dataclass
class Pass:
    """One run: the requests in the order they were made, the answers, and the state after it."""

    requests: list[Request]
    answers: dict[str, str]
    state: dict[str, Any]
    error: dict[str, Any] | None
    growths: int
    """How often the graph grew, or lost an edge, while it ran."""

    def by_node(self) -> dict[str, list[list[dict[str, str]]]]:
        return requests_by_node(self.requests)


def requests_by_node(requests: list[Any]) -> dict[str, list[list[dict[str, str]]]]:
    found: dict[str, list[list[dict[str, str]]]] = {}
    for key, messages in requests:
        found.setdefault(key, []).append(messages)
    return found


def passes_of(graph: Graph, *, parallel: int = 16, growing: bool = False) -> list[Pass]:
    """Run the flow of a graph as often as it has passes, each from the state and the answers that the last one left."""
    flow, ids = flow_of(graph, growing=growing)
    return asyncio.run(run_passes(flow, ids, graph, parallel=parallel))


async def run_passes(flow: Flow, ids: dict[str, str], graph: Graph, *, parallel: int = 16) -> list[Pass]:
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
            stock_catalog(act),
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
    growths = sum(event.kind == "graph-expanded" for event in events)
    return Pass(requests, answers, state, result.error, growths)


def _put(state: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for part in way:
        state = state.setdefault(part, {})
    state[last] = value
