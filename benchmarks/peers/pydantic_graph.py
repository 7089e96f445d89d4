"""pydantic-graph, its builder: steps, and a join where a node has several sources."""

from __future__ import annotations

from typing import Any

from pydantic_graph import GraphBuilder, StepContext
from pydantic_graph.join import reduce_null

from benchmarks.peers.adapter import Run, Shape, Work, main


def make(shape: Shape, work: Work) -> Run:
    builder: Any = GraphBuilder(input_type=int, output_type=type(None))
    steps = [builder.step(_node(index, work), node_id=f"n{index}") for index in range(len(shape))]
    entries: list[Any] = []
    for index, sources in enumerate(shape):
        entry = steps[index]
        if len(sources) > 1:
            entry = builder.join(reduce_null, initial=None, node_id=f"j{index}")
            builder.add(builder.edge_from(entry).to(steps[index]))
        entries.append(entry)
    targets: list[list[Any]] = [[] for _ in shape]
    for index, sources in enumerate(shape):
        for source in sources:
            targets[source].append(entries[index])
    roots = [entries[index] for index, sources in enumerate(shape) if not sources]
    builder.add(builder.edge_from(builder.start_node).to(*roots))
    for index, ends in enumerate(targets):
        builder.add(builder.edge_from(steps[index]).to(*(ends or [builder.end_node])))
    graph = builder.build()
    return lambda: graph.run(inputs=1)


def _node(index: int, work: Work) -> Any:
    async def node(ctx: Any) -> None:
        await work(index)

    node.__annotations__ = {"ctx": StepContext[None, None, Any], "return": type(None)}
    node.__name__ = f"n{index}"
    return node


if __name__ == "__main__":
    main(make)
