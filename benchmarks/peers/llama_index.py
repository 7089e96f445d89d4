"""llama-index workflows: a step for each node, which collects one event from each of its sources."""

from __future__ import annotations

from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from benchmarks.peers.adapter import Run, Shape, Work, main


def make(shape: Shape, work: Work) -> Run:
    flow: Any = type("Flow", (Workflow,), {})
    targets: list[list[int]] = [[] for _ in shape]
    for index, sources in enumerate(shape):
        for source in sources:
            targets[source].append(index)
    events: list[Any] = [
        type(f"To{index}", (Event,), {}) if sources else StartEvent for index, sources in enumerate(shape)
    ]
    roots = [index for index, sources in enumerate(shape) if not sources]
    if len(roots) > 1:  # one start event cannot start several steps that are counted apart
        for root in roots:
            events[root] = type(f"To{root}", (Event,), {})
        _begin(flow, [events[root] for root in roots])
    last = len(shape) - 1
    for index, sources in enumerate(shape):
        ends = [events[target] for target in targets[index]]
        _step(flow, index, events[index], len(sources), ends, index == last, work)

    async def run() -> None:
        await flow(timeout=None).run()

    return run


def _begin(flow: Any, starts: list[Any]) -> None:
    async def begin(ctx: Context, ev: Any) -> Any:
        for start in starts:
            ctx.send_event(start())
        return None

    begin.__annotations__ = {"ctx": Context, "ev": StartEvent, "return": _either(starts) | None}
    step(workflow=flow)(begin)


def _step(flow: Any, index: int, taken: Any, count: int, ends: list[Any], last: bool, work: Work) -> None:
    async def node(ctx: Context, ev: Any) -> Any:
        if count > 1 and ctx.collect_events(ev, [taken] * count) is None:
            return None
        await work(index)
        if last:
            return StopEvent()
        for end in ends:
            ctx.send_event(end())
        return None

    node.__name__ = node.__qualname__ = f"n{index}"
    given = _either(ends) if ends else StopEvent  # it refuses steps that lead nowhere
    node.__annotations__ = {"ctx": Context, "ev": taken, "return": given | None}
    step(workflow=flow, num_workers=16)(node)


def _either(kinds: list[Any]) -> Any:
    from typing import Union

    return Union[tuple(kinds)]  # noqa: UP007 - the kinds are known at run time only


if __name__ == "__main__":
    main(make)
