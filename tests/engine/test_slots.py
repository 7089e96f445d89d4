"""The cap: never more at once, and the most urgent first."""

import asyncio

import pytest
from tests.engine.build import Doors, catalog, flow, node, story

from weft.engine import start
from weft.engine.slots import Slots


@pytest.mark.parametrize("parallel", [1, 2, 5])
async def test_never_more_at_once_than_allowed(parallel: int) -> None:
    doors = Doors()
    names = [f"n{index}" for index in range(12)]
    doors.open(*names)
    made = flow({name: node("door", name=name) for name in names})
    async with start(made, catalog(doors.component()), parallel=parallel) as run:
        result = await run.finished()
    assert doors.most == parallel
    assert len(result.outputs) == 12


async def test_all_that_may_start_at_once_do() -> None:
    doors = Doors()
    names = [f"n{index}" for index in range(16)]
    made = flow({name: node("door", name=name) for name in names})
    async with start(made, catalog(doors.component())) as run:
        await doors.reached(*names)
        doors.open(*names)
        await run.finished()
    assert doors.most == 16


def started(events: list[str]) -> list[str]:
    return [told.removesuffix(" started") for told in events if told.endswith(" started")]


async def test_the_longest_remaining_path_goes_first_then_the_order_of_the_flow() -> None:
    nodes = {
        "short": node("say"),
        "also": node("say"),
        "middle": node("say"),
        "long": node("say"),
        "m2": node("say", text="@middle"),
        "l2": node("say", text="@long"),
        "l3": node("say", text="@l2"),
    }
    async with start(flow(nodes), catalog(), parallel=1) as run:
        await run.finished()
    assert started(story(run.events)) == ["long", "middle", "l2", "short", "also", "m2", "l3"]


async def test_what_becomes_ready_later_but_is_more_urgent_overtakes() -> None:
    doors = Doors()
    nodes = {
        "first": node("door", name="first"),
        **{f"idle{index}": node("say") for index in range(3)},
        "next": node("say", text="@first"),
        "last": node("say", text="@next"),
    }
    doors.open("first")
    async with start(flow(nodes), catalog(doors.component()), parallel=1) as run:
        await run.finished()
    assert started(story(run.events)) == ["first", "next", "idle0", "idle1", "idle2", "last"]


class Asker:
    def __init__(self, slots: Slots, key: int, log: list[int], *, decline: bool = False) -> None:
        self.slots, self.key, self.log, self.decline = slots, key, log, decline

    def begin(self) -> None:
        if self.decline:
            self.slots.free += 1
        else:
            self.log.append(self.key)


def test_batches_are_merged_by_key() -> None:
    slots, log = Slots(0), []
    for batch in ([1, 5, 9], [0], [2, 3, 10], [4]):
        slots.offer([Asker(slots, key, log) for key in batch])
    for _ in range(8):
        slots.give_back()
    assert log == [0, 1, 2, 3, 4, 5, 9, 10]
    assert slots.free == 0


def test_a_slot_that_is_declined_goes_to_the_next() -> None:
    slots, log = Slots(0), []
    slots.offer(
        [Asker(slots, 1, log, decline=True), Asker(slots, 2, log, decline=True), Asker(slots, 3, log)]
    )
    slots.give_back()
    assert (log, slots.free) == ([3], 0)


async def test_taking_a_slot_waits_for_its_turn() -> None:
    slots, order = Slots(1), []

    async def take(key: int) -> None:
        await slots.take(key)
        order.append(key)

    await slots.take(0)
    tasks = [asyncio.create_task(take(key)) for key in (3, 1, 2)]
    for _ in range(3):
        await asyncio.sleep(0)
        slots.give_back()
    await asyncio.gather(*tasks)
    assert order == [1, 2, 3]


async def test_a_slot_for_one_who_gave_up_waiting_isnt_lost() -> None:
    slots = Slots(1)
    await slots.take(0)
    waiting = asyncio.create_task(slots.take(1))
    await asyncio.sleep(0)
    waiting.cancel()
    slots.give_back()  # in the same turn: given and cancelled at once
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert slots.free == 1
