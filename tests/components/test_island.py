"""The small world: the same for the same seed, honest about what it can't do, and possible to leave."""

from collections import deque
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft.catalog import Component, stock_root
from weft.testing import load_component, run_flow

Json = dict[str, Any]
ISLAND: Component = load_component(stock_root() / "components" / "island.py")
WORLD = ISLAND.function.__globals__


async def done(context: Alone, *actions: str, seed: int = 1) -> Json:
    """What is seen after these actions."""
    seen: Json = {}
    for action in actions:
        seen = await ISLAND(ctx=context, action=action, seed=seed)
    return seen


def world(context: Alone) -> Json:
    return context.state["island"]


async def test_it_is_the_same_for_the_same_seed_and_actions() -> None:
    one, two, other = Alone(), Alone(), Alone()
    actions = ("", "north", "gather", "west", "rest", "")
    assert await done(one, *actions, seed=5) == await done(two, *actions, seed=5)
    assert world(one) == world(two)
    await done(other, "", seed=6)
    assert world(other)["things"] != world(one)["things"]


async def test_changed_says_whether_anything_differs_from_the_last_look(alone: Alone) -> None:
    assert (await done(alone, ""))["changed"]
    assert not (await done(alone, ""))["changed"]
    assert (await done(alone, "east", ""))["changed"]
    assert (await done(alone, "rest", ""))["changed"]
    assert not (await done(alone, "rest", ""))["changed"]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("sail", "You have no raft."),
        ("eat", "You have nothing to eat."),
        ("drink", "There is no water here."),
        ("gather", "There is nothing to gather here."),
        ("make axe", "For that you lack 1 wood and 1 stone and 1 rope."),
        ("make gold", "That can't be made."),
        ("fly", "That can't be done."),
    ],
)
async def test_what_cant_be_done_is_said_and_takes_a_turn(alone: Alone, action: str, said: str) -> None:
    assert said in (await done(alone, action))["text"]
    assert world(alone)["turn"] == 1


async def test_the_sea_is_in_the_way(alone: Alone) -> None:
    seen = await done(alone, *["north"] * 5)
    assert "The sea is in the way. You stand on the beach. North: the sea." in seen["text"]


async def test_hunger_thirst_and_death_come_in_their_time(alone: Alone) -> None:
    seen = await done(alone, *["make axe"] * 24)
    assert "You are thirsty; health 9 of 9." in seen["text"]
    while not seen["over"]:
        seen = await done(alone, "make axe")
    assert "You have died." in seen["text"]
    turn = world(alone)["turn"]
    assert 24 < turn < 72, "a day is survived, three are not"
    assert "It is over." in (await done(alone, "north"))["text"]
    assert world(alone)["turn"] == turn


@pytest.mark.parametrize("seed", range(1, 21))
async def test_every_island_can_be_left(seed: int) -> None:
    """By somebody who sees all of it: gathers what a raft takes, drinks and eats on the way, and sails."""
    context = Alone()
    await done(context, "", seed=seed)

    async def go_and(thing: str, action: str) -> None:
        body = world(context)["body"]
        if body["water"] < 6:
            await done(context, *way(world(context), "spring"), "drink")
        if body["food"] < 4:
            await done(context, *way(world(context), "bush"), "gather", "eat")
        if body["energy"] < 4:
            await done(context, *["rest"] * 4)
        await done(context, *way(world(context), thing), action)

    for thing in ("bush", *["reeds"] * 4, *["tree"] * 4):
        await go_and(thing, "gather")
    seen = await done(context, "eat", "make rope", "make rope", "make raft", "sail")
    assert "A raft can only be launched from the beach." in seen["text"] or seen["over"]
    seen = await done(context, *way(world(context), "the beach"), "sail")
    assert seen["over"]
    assert seen["reached"][-1] == "sail"
    assert world(context)["body"]["health"] > 0


def way(seen: Json, thing: str) -> list[str]:
    """The shortest way to the nearest of these."""
    paths: deque[tuple[tuple[int, int], list[str]]] = deque([((seen["at"][0], seen["at"][1]), [])])
    known: set[tuple[int, int]] = set()
    while paths:
        (x, y), path = paths.popleft()
        if WORLD["thing_at"](seen, x, y) == thing:
            return path
        for name, (dx, dy) in WORLD["STEPS"].items():
            place = (x + dx, y + dy)
            if place not in known and WORLD["thing_at"](seen, *place) != "the sea":
                known.add(place)
                paths.append((place, [*path, name]))
    raise LookupError(thing)


async def test_an_axe_brings_twice_the_wood(alone: Alone) -> None:
    await done(alone, "")
    made = world(alone)
    made["carried"] = {"axe": 1}
    alone.state.set("island", made)
    seen = await done(alone, *way(made, "tree"), "gather")
    assert "You gathered 2 wood." in seen["text"]


async def test_it_lives_in_the_state_of_the_run() -> None:
    flow = {
        "format": 1,
        "nodes": {
            "look": {"component": "island"},
            "go": {"component": "island", "params": {"action": "east"}, "after": ["look"]},
        },
    }
    result = await run_flow(flow)
    assert result.state["island"]["at"] == [5, 4]
    again = await run_flow(flow, state=result.state)
    assert again.state["island"]["at"] == [6, 4]
