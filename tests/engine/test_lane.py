"""How steps share tasks: what a person may rely on all the same."""

import asyncio
from typing import Any

import pytest
from tests.engine.build import Doors, catalog, finished, flow, in_jumping_time, node

from weft.catalog import component
from weft.engine import RunResult, start

LONG = 3000


async def turns_of_the_loop(nodes: dict[str, Any]) -> tuple[RunResult, int]:
    """Run to the end, and how often others had the loop meanwhile."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with start(flow(nodes), catalog()) as run:
        counting = asyncio.create_task(count())
        result = await run.finished()
        counting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await counting
    return result, turns


async def test_a_long_chain_neither_recurses_nor_keeps_the_loop() -> None:
    chain = {"n0": node("add", a=0)} | {f"n{n}": node("add", a=f"@n{n - 1}") for n in range(1, LONG)}
    result, turns = await turns_of_the_loop(chain)
    assert result.outputs == {f"n{LONG - 1}": LONG}
    assert turns > 5


async def test_a_wide_flow_lets_others_have_the_loop() -> None:
    fan = {"start": node("add", a=0)} | {f"n{n}": node("add", a="@start") for n in range(LONG)}
    result, turns = await turns_of_the_loop(fan)
    assert len(result.outputs) == LONG
    assert turns > 5


async def test_a_long_chain_of_skips_doesnt_recurse() -> None:
    nodes = {"n0": node("fail")} | {f"n{n}": node("say", text=f"@n{n - 1}") for n in range(1, LONG)}
    _, events = await finished(flow(nodes))
    assert sum(event.kind == "step-skipped" for event in events) == LONG - 1


async def test_a_step_that_waits_keeps_no_other_from_starting() -> None:
    doors = Doors()
    made = flow({name: node("door", name=name) for name in "abcd"})
    async with start(made, catalog(doors.component())) as run:
        await doors.reached("a", "b", "c", "d")
        doors.open("c")
        async for event in run:
            if event.kind == "step-finished" and event.path == "c":
                doors.open("a", "b", "d")
        await run.finished()


async def test_a_step_starts_the_moment_its_last_input_settles() -> None:
    doors = Doors()
    made = flow(
        {
            "slow": node("door", name="slow"),
            "fast": node("say", text="f"),
            "next": node("door", name="next", text="@fast"),
        }
    )
    async with start(made, catalog(doors.component())) as run:
        await doors.reached("slow", "next")  # no wave: `next` doesn't wait for `slow`
        doors.open("slow", "next")
        await run.finished()


def test_every_step_has_a_task_that_can_be_cancelled_for_it_alone() -> None:
    async def main() -> None:
        doors = Doors()
        made = flow({"a": node("door", name="a", options={"timeout": 1}), "b": node("door", name="b")})
        async with start(made, catalog(doors.component())) as run:
            async for event in run:
                if event.kind == "step-failed":
                    assert (event.path, event.data["code"]) == ("a", "timeout")
                    doors.open("b")
            assert (await run.finished()).values == {"b": {"output": "b"}}

    in_jumping_time(main())


async def test_groups_and_timeouts_work_in_the_first_breath_of_a_component() -> None:
    @component
    async def grouped() -> int:
        """Starts tasks of its own."""
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0, result=n)) for n in range(3)]
        return sum(task.result() for task in tasks)

    result, _ = await finished(
        flow({"a": node("grouped"), "b": node("grouped", after=["a"])}), catalog(grouped)
    )
    assert result.values == {"a": {"output": 3}, "b": {"output": 3}}


async def test_a_generator_based_wait_passes_values_and_errors() -> None:
    @component
    async def meets() -> str:
        """An error while it waits, then a value."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, LookupError("lost"))
        try:
            await future
        except LookupError as error:
            return f"{error} and {await asyncio.sleep(0, result='found')}"
        return "never"

    result, _ = await finished(flow({"a": node("meets")}), catalog(meets))
    assert result.outputs == {"a": "lost and found"}


async def test_events_wake_a_waiter_once_for_a_turn_of_the_loop() -> None:
    nodes = {f"n{n}": node("say") for n in range(50)}
    wakes = 0
    async with start(flow(nodes), catalog(), parallel=50) as run:
        log = run._ground.log  # type: ignore[union-attr]
        seen = 0
        while not log.closed:
            await log.grown()
            wakes += 1
            assert len(log.raw) > seen
            seen = len(log.raw)
    assert wakes < 15
