"""A small world to try agents in: an island seen square by square, on which a person gathers, makes things and leaves.

The world lies in the run's state (`island`), so it goes on from run to run of a session and from round to round of a
`repeat`. It is the same for the same `seed` and the same actions. Without an action it is only looked at; `changed` says
whether anything is different from when it was last looked at without one.

    north south east west     a step; the sea is in the way, unless there is a raft
    gather                    what stands here: wood, stone, fibre (an axe brings twice the wood)
    drink, eat, rest          at a spring; berries carried; anywhere, and best at night
    make rope, make axe       2 fibre; 1 wood, 1 stone, 1 rope
    make raft, sail           4 wood, 2 rope; on the beach, with a raft: the end
"""

from random import Random
from typing import Annotated, Any, Literal, TypedDict

from weft import Context, component

SIZE = 9
DAY, NIGHT = 24, 17
STEPS = {"north": (0, -1), "south": (0, 1), "east": (1, 0), "west": (-1, 0)}
GATHERED = {"tree": "wood", "rock": "stone", "reeds": "fibre", "bush": "berries"}
RECIPES: dict[str, dict[str, int]] = {
    "rope": {"fibre": 2},
    "axe": {"wood": 1, "stone": 1, "rope": 1},
    "raft": {"wood": 4, "rope": 2},
}
TIRES = {"food": 6, "water": 4, "energy": 8}
"""After how many turns each gets one less."""
WORDS = {"food": "hungry", "water": "thirsty", "energy": "tired"}

World = dict[str, Any]
Action = Literal[
    "", "north", "south", "east", "west", "gather", "drink", "eat", "rest", "make rope", "make axe", "make raft", "sail",
]  # fmt: skip


class Seen(TypedDict):
    text: Annotated[str, "What there is to see, and what came of the action"]
    changed: Annotated[bool, "Whether anything is different from the last look"]
    reached: Annotated[list[str], "What has been done for the first time so far, in order"]
    over: Annotated[bool, "Whether it has ended: left by raft, or died"]


@component(ui={"title": "Island", "category": "Examples", "icon": "landscape", "color": "#0ea5a4"})
async def island(
    ctx: Context,
    action: Annotated[Action, "What to do; nothing to look around"] = "",
    seed: Annotated[int, "Which island; taken when it is first seen"] = 1,
) -> Seen:
    """Look at a small island, or do something there. For trying agents out."""
    world: World = ctx.state.get("island") or new(seed)
    if action:
        world["report"] = act(world, action)
    text = described(world)
    changed = text != world["seen"]
    if not action:
        world["seen"] = text
    ctx.state.set("island", world)
    day = f"Day {world['turn'] // DAY + 1}, {'night' if world['turn'] % DAY >= NIGHT else 'daylight'}."
    return {"text": f"{day} {text}", "changed": changed, "reached": world["reached"], "over": world["over"]}


# --- the world, as plain JSON ---


def new(seed: int) -> World:
    """An island on which everything that is needed can be found."""
    random = Random(seed)
    inside = [
        (x, y) for x in range(1, SIZE - 1) for y in range(1, SIZE - 1) if (x, y) != (SIZE // 2, SIZE // 2)
    ]
    random.shuffle(inside)
    wanted = ["tree"] * 9 + ["rock"] * 4 + ["reeds"] * 6 + ["bush"] * 5 + ["spring"] * 2
    return {
        "turn": 0,
        "at": [SIZE // 2, SIZE // 2],
        "things": {f"{x},{y}": thing for (x, y), thing in zip(inside, wanted, strict=False)},
        "body": {"health": 9, "food": 9, "water": 9, "energy": 9},
        "carried": {},
        "reached": [],
        "report": "You wake up.",
        "seen": "",
        "over": False,
    }


def act(world: World, action: str) -> str:
    """Do it, let a turn pass, and say what came of it."""
    if world["over"]:
        return "It is over."
    verb, _, what = action.partition(" ")
    said = (
        _step(world, verb)
        if verb in STEPS
        else DOINGS[verb](world, what)
        if verb in DOINGS
        else "That can't be done."
    )
    world["turn"] += 1
    for need, turns in TIRES.items():
        if world["turn"] % turns == 0 and verb != "rest":
            world["body"][need] = max(world["body"][need] - 1, 0)
    lacking = sum(world["body"][need] == 0 for need in TIRES)
    world["body"]["health"] = max(min(world["body"]["health"] + (0 if lacking else 1), 9) - lacking, 0)
    if not world["body"]["health"]:
        world["over"] = True
        said += " You have died."
    return said


def described(world: World) -> str:
    here = thing_at(world, *world["at"])
    around = ". ".join(f"{name.capitalize()}: {_way(world, *step)}" for name, step in STEPS.items())
    carried = ", ".join(f"{count} {thing}" for thing, count in world["carried"].items()) or "nothing"
    body = [word for need, word in WORDS.items() if world["body"][need] <= 3]
    health = f"You are {', '.join(body) or 'well'}; health {world['body']['health']} of 9."
    return f"{world['report']} You stand on {here}. {around}. You carry {carried}. {health}"


def thing_at(world: World, x: int, y: int) -> str:
    if not (0 <= x < SIZE and 0 <= y < SIZE):
        return "the sea"
    edge = x in (0, SIZE - 1) or y in (0, SIZE - 1)
    return world["things"].get(f"{x},{y}", "the beach" if edge else "grass")


def _way(world: World, dx: int, dy: int) -> str:
    """The first thing that isn't grass, up to three steps away."""
    x, y = world["at"]
    for distance in range(1, 4):
        thing = thing_at(world, x + dx * distance, y + dy * distance)
        if thing != "grass":
            return thing if distance == 1 else f"{thing}, {distance} steps away"
    return "grass"


# --- what can be done ---


def _step(world: World, where: str) -> str:
    x, y = (place + step for place, step in zip(world["at"], STEPS[where], strict=True))
    if thing_at(world, x, y) == "the sea":
        return "The sea is in the way."
    world["at"] = [x, y]
    return f"You went {where}."


def _gather(world: World, what: str) -> str:
    place = ",".join(map(str, world["at"]))
    thing = world["things"].get(place)
    if thing not in GATHERED:
        return "There is nothing to gather here."
    found = GATHERED[thing]
    count = 2 if found == "wood" and world["carried"].get("axe") else 1
    del world["things"][place]
    _carry(world, found, count)
    return f"You gathered {count} {found}."


def _drink(world: World, what: str) -> str:
    if thing_at(world, *world["at"]) != "spring":
        return "There is no water here."
    world["body"]["water"] = 9
    _reach(world, "drink")
    return "You drank."


def _eat(world: World, what: str) -> str:
    if not world["carried"].get("berries"):
        return "You have nothing to eat."
    _carry(world, "berries", -1)
    world["body"]["food"] = min(world["body"]["food"] + 4, 9)
    _reach(world, "eat")
    return "You ate berries."


def _rest(world: World, what: str) -> str:
    night = world["turn"] % DAY >= NIGHT
    world["body"]["energy"] = min(world["body"]["energy"] + (4 if night else 1), 9)
    return "You slept." if night else "You rested."


def _make(world: World, what: str) -> str:
    needed = RECIPES.get(what)
    if needed is None:
        return "That can't be made."
    lacking = {thing: count - world["carried"].get(thing, 0) for thing, count in needed.items()}
    if missing := [f"{count} {thing}" for thing, count in lacking.items() if count > 0]:
        return f"For that you lack {' and '.join(missing)}."
    for thing, count in needed.items():
        _carry(world, thing, -count)
    _carry(world, what, 1)
    return f"You made a {what}."


def _sail(world: World, what: str) -> str:
    if not world["carried"].get("raft"):
        return "You have no raft."
    if thing_at(world, *world["at"]) != "the beach":
        return "A raft can only be launched from the beach."
    world["over"] = True
    _reach(world, "sail")
    return "You sailed away from the island."


DOINGS = {"gather": _gather, "drink": _drink, "eat": _eat, "rest": _rest, "make": _make, "sail": _sail}


def _carry(world: World, thing: str, count: int) -> None:
    carried = world["carried"]
    carried[thing] = carried.get(thing, 0) + count
    if not carried[thing]:
        del carried[thing]
    if count > 0:
        _reach(world, thing)


def _reach(world: World, what: str) -> None:
    if what not in world["reached"]:
        world["reached"].append(what)
