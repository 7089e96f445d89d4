"""Haystack: a component with one input for each source."""

from __future__ import annotations

from typing import Any

from haystack import Pipeline, component

from benchmarks.peers.adapter import Run, Shape, Work, main


@component
class Node:
    def __init__(self, index: int, sources: int, work: Work) -> None:
        self.index, self.work = index, work
        component.set_input_types(self, **{f"s{place}": int for place in range(max(1, sources))})
        component.set_output_types(self, value=int)

    def run(self, **inputs: Any) -> dict[str, int]:
        raise RuntimeError("runs asynchronously only")

    async def run_async(self, **inputs: Any) -> dict[str, int]:
        await self.work(self.index)
        return {"value": 1}


def make(shape: Shape, work: Work) -> Run:
    pipeline = Pipeline()
    for index, sources in enumerate(shape):
        pipeline.add_component(f"n{index}", Node(index, len(sources), work))
    for index, sources in enumerate(shape):
        for place, source in enumerate(sources):
            pipeline.connect(f"n{source}.value", f"n{index}.s{place}")
    given = {f"n{index}": {"s0": 1} for index, sources in enumerate(shape) if not sources}
    return lambda: pipeline.run_async(given, concurrency_limit=16)


if __name__ == "__main__":
    main(make)
