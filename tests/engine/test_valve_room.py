"""How much of what is stored the steps of a run have at once."""

import asyncio

import pytest

from weft.engine import valve
from weft.engine.valve import ROOM, Room


async def test_however_slow_it_is_who_has_no_room_waits_for_it() -> None:
    room, inside = Room(), list[str]()

    async def step(name: str, size: int, done: asyncio.Event) -> None:
        await room.enter(size)
        inside.append(name)
        entered[name].set()
        await done.wait()
        room.leave(size)

    entered, done = ({name: asyncio.Event() for name in "abcd"} for _ in range(2))
    steps = [asyncio.create_task(step(name, ROOM * 2, done[name])) for name in "abc"]
    steps.append(asyncio.create_task(step("d", 1, done["d"])))
    for name in "abc":
        await entered[name].wait()
        assert inside[-1] == name  # nobody behind it is in
        done[name].set()
    done["d"].set()
    await asyncio.gather(*steps)
    assert inside == ["a", "b", "c", "d"]
    await asyncio.wait_for(room.enter(ROOM), 5)  # all of it was given back


async def test_where_nothing_moves_one_more_goes_in_and_hands_on_what_it_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(valve, "PATIENCE", 0.01)
    room = Room()
    await room.enter(ROOM)  # and waits for the others
    await asyncio.wait_for(room.enter(ROOM // 2), 5)
    monkeypatch.setattr(valve, "PATIENCE", 1000.0)
    next_one = asyncio.create_task(room.enter(ROOM // 2))
    await asyncio.sleep(0)
    assert not next_one.done()
    room.leave(ROOM // 2)
    await asyncio.wait_for(next_one, 5)


async def test_who_gives_up_waiting_leaves_the_room_to_others() -> None:
    room = Room()
    await room.enter(ROOM)
    waiting = asyncio.create_task(room.enter(1))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    room.leave(1)  # as it must in any case
    room.leave(ROOM)
    await asyncio.wait_for(room.enter(ROOM), 5)
