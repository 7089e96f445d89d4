"""Random flows, part of which comes only while they run, end as if all of it had been there from the start."""

import asyncio
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.build import branch, fail, flow, in_jumping_time, join, maybe, say
from tests.engine.drawn import ENDS, need, random_flows

from weft.catalog import Catalog, Context, component
from weft.engine import start
from weft.model import Flow, to_json

Json = dict[str, Any]


@component
async def grower(ctx: Context, more: Any, turns: int = 0) -> str:
    """Takes its time, and lets the graph grow."""
    for _ in range(turns):
        await asyncio.sleep(0)
    ctx.expand(more["nodes"], more["edges"])
    return ""


NOTHING: Json = {"nodes": {}, "edges": []}
KNOWN = Catalog([say, need, join, maybe, fail, branch, grower])


@st.composite
def growths(draw: st.DrawFn) -> tuple[dict[str, Json], dict[str, Json]]:
    """A flow that grows in one to three steps, and what it has become in the end."""
    whole = draw(random_flows())
    steps = draw(st.integers(1, 3))
    stage = {name: draw(st.integers(0, steps)) for name in whole}
    authors = [f"grower{number}" for number in range(1, steps + 1)]
    for name, node in whole.items():
        node["after"] = list(dict.fromkeys(node["after"]))
        with_stand_ins(node)
        later = {stage[source] for source in sources(node) if stage[source] > stage[name]}
        node["after"] += [authors[number - 1] for number in sorted(later)]
    more: list[Json] = [{"nodes": {}, "edges": []} for _ in authors]
    start_with: dict[str, Json] = {}
    for name, node in whole.items():
        now, edges = without_later(name, node, stage)
        for number, found in edges:
            more[number - 1]["edges"].append(found)
        if stage[name]:
            more[stage[name] - 1]["nodes"][name] = now
        else:
            start_with[name] = now
    made = {
        author: {
            "component": "grower",
            "params": {"more": more[number], "turns": draw(st.integers(0, 4))},
            "inputs": {},
            "options": {},
            "after": authors[:number],
        }
        for number, author in enumerate(authors)
    }
    idle = {author: {**node, "params": {"more": NOTHING}} for author, node in made.items()}
    return start_with | made, {name: rejoined(name, node, stage) for name, node in whole.items()} | idle


def with_stand_ins(node: Json) -> None:
    """Params under the edges, so that a port may wait for its edge."""
    for port, refs in node["inputs"].items():
        node["params"][port] = ["stand-in"] if isinstance(refs, list) else "stand-in"


def sources(node: Json) -> list[str]:
    refs = [
        ref for given in node["inputs"].values() for ref in ([given] if isinstance(given, str) else given)
    ]
    return [*(ref.partition(".")[0] for ref in refs), *node["after"]]


def without_later(name: str, node: Json, stage: dict[str, int]) -> tuple[Json, list[tuple[int, Json]]]:
    """The node with the edges it has when it comes, and those that come after it."""
    now, edges = deepcopy(node), list[tuple[int, Json]]()

    def comes_later(ref: str, target: str) -> bool:
        number = stage.get(ref.partition(".")[0], 0)
        if number > stage[name]:
            edges.append((number, {"from": ref, "to": target}))
        return number > stage[name]

    now["inputs"] = {}
    for port, given_refs in node["inputs"].items():
        refs = [given_refs] if isinstance(given_refs, str) else given_refs
        kept = [ref for ref in refs if not comes_later(ref, f"{name}.{port}")]
        if kept:
            now["inputs"][port] = kept[0] if isinstance(given_refs, str) else kept
    now["after"] = [source for source in node["after"] if not comes_later(source, name)]
    return now, edges


def rejoined(name: str, node: Json, stage: dict[str, int]) -> Json:
    """The node as it is in the end: what came after it stands last in its lists. A wire wins over a param."""

    def came(ref: str) -> int:
        return max(stage[ref.partition(".")[0]], stage[name])

    made = deepcopy(node)
    for port, refs in made["inputs"].items():
        made["params"].pop(port, None)
        if isinstance(refs, list):
            made["inputs"][port] = sorted(refs, key=came)
    return made


@settings(max_examples=150, deadline=None)
@given(made=growths(), parallel=st.integers(1, 4), seed=st.integers(0, 3))
def test_what_grows_ends_as_what_was_there_from_the_start(
    made: tuple[dict[str, Json], dict[str, Json]], parallel: int, seed: int
) -> None:
    growing, whole = made
    document = flow(growing)
    before = to_json(document)

    async def main(flow: Flow) -> dict[str, tuple[str, Json]]:
        async with start(flow, KNOWN, parallel=parallel, random=Random(seed)) as run:
            await run.finished()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        found = [event for event in run.events if event.kind in ENDS]
        assert len({event.path for event in found}) == len(found), "each settles once"
        return {event.path: (ENDS[event.kind], event.data.get("value", {})) for event in found}

    ended = in_jumping_time(main(document))
    assert ended == in_jumping_time(main(flow(whole)))
    assert all(
        what == ("finished", {"output": ""}) for path, what in ended.items() if path.startswith("grower")
    )
    assert to_json(document) == before


@settings(max_examples=60, deadline=None)
@given(made=growths(), parallel=st.integers(1, 3), after=st.integers(1, 25))
def test_a_growing_run_may_be_cancelled_at_any_event(
    made: tuple[dict[str, Json], dict[str, Json]], parallel: int, after: int
) -> None:
    async def main() -> None:
        async with start(flow(made[0]), KNOWN, parallel=parallel, random=Random(1)) as run:
            async for event in run:
                if event.seq == after:
                    run.cancel()
            result = await run.finished()
        assert result.status in ("cancelled", "succeeded", "failed")
        assert asyncio.all_tasks() == {asyncio.current_task()}
        begun = [
            event.path for event in run.events if event.kind == "step-started" and event.data["attempt"] == 1
        ]
        ended = [event.path for event in run.events if event.kind in ENDS]
        assert set(begun) <= set(ended)
        assert len(ended) == len(set(ended))

    in_jumping_time(main())
