"""LangGraph: a node adds one to a shared channel; an edge from several nodes waits for all of them."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from benchmarks.peers.adapter import Run, Shape, Work, main


class State(TypedDict):
    done: Annotated[int, operator.add]


def graph_of(shape: Shape, work: Work) -> Any:
    """The shape as a graph that isn't compiled yet."""
    graph = StateGraph(State)
    for index, sources in enumerate(shape):
        graph.add_node(f"n{index}", _node(index, work))
        if sources:
            graph.add_edge([f"n{source}" for source in sources], f"n{index}")
        else:
            graph.add_edge(START, f"n{index}")
    graph.add_edge(f"n{len(shape) - 1}", END)
    return graph


def _node(index: int, work: Work) -> Any:
    async def node(state: State) -> State:
        await work(index)
        return {"done": 1}

    return node


def make(shape: Shape, work: Work) -> Run:
    compiled = graph_of(shape, work).compile()
    return lambda: compiled.ainvoke({"done": 0}, {"recursion_limit": 100_000})


if __name__ == "__main__":
    main(make)
