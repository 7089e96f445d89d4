"""The long versions of what is promised about runs: accepted, recorded, let go, cancelled, and nothing lost."""

import asyncio
import random
from collections.abc import Iterator
from itertools import chain, cycle, islice

from tests.faults.cancelling import cancel_at_random
from tests.faults.full_runs import sweep
from tests.faults.killed_runs import campaign
from tests.faults.stopping import stop_in_every_state
from tests.soak.storing import folder
from tests.soak.table import Figure, promise

POINTS = ("before_commit", "after_commit_before_ack", "after_claim", "after_accept")


def deaths(seed: int) -> Iterator[str | float]:
    """At a point, then at any time, and so on."""
    chance = random.Random(seed)
    points = (f"{label}@{chance.randrange(1, 25)}" for label in cycle(POINTS))
    return chain.from_iterable(zip(points, iter(lambda: chance.random() * 0.6, None), strict=False))


@promise("P2", "kill -9 loses no recorded result; what goes on runs only what is unfinished")
def kills(scale: float) -> Figure:
    wanted, kills, accepted, again = round(500 * scale), 0, 0, 0
    wrong: list[str] = []
    turn = 0
    while kills < wanted:
        turn += 1
        with folder() as home:
            figures = campaign(home / "home", islice(deaths(turn), min(40, wanted - kills)), count=30, each=2)
        kills, accepted, again = (
            kills + figures.kills,
            accepted + figures.accepted,
            again + figures.again,
        )
        wrong += figures.lost + figures.redone + figures.wrong
    said = (
        f"{kills} kills under {accepted} runs of 30 shapes: {again} steps that were running ran again, "
        f"{len(wrong)} recorded ones or otherwise wrong"
    )
    return Figure(said, not wrong, wrong)


@promise("P3", "an accepted run is never lost")
def accepted(scale: float) -> Figure:
    wanted, kills, accepted = round(500 * scale), 0, 0
    wrong: list[str] = []
    while kills < wanted:
        plan = ("after_accept@3" if number % 2 else "after_accept@2" for number in range(wanted - kills))
        with folder() as home:
            figures = campaign(home / "home", islice(plan, 50), count=2, each=3)
        kills, accepted = kills + figures.kills, accepted + figures.accepted
        wrong += figures.lost + figures.redone + figures.wrong
    said = (
        f"{kills} kills between accepting and answering, {accepted} runs accepted: {len(wrong)} lost or wrong"
    )
    return Figure(said, not wrong, wrong)


@promise("P5", "told to stop in any state, a server exits 0 in time and leaves nothing running")
def stops(scale: float) -> Figure:
    chance = random.Random(5)
    pauses = [chance.random() ** 2 for _ in range(max(2, round(60 * scale)))]
    with folder() as home:
        figures = asyncio.run(stop_in_every_state(home / "home", pauses))
    said = f"{figures.stops} stops with runs in 10 states, the slowest {figures.slowest:.1f} s: {len(figures.wrong)} wrong"
    return Figure(said, not figures.wrong, figures.wrong)


@promise("P7", "a run pauses while the disk is full, and loses nothing")
def disk(scale: float) -> Figure:
    sizes = range(0, max(4, round(30 * scale)))
    with folder() as home:
        full, wrong = sweep(home, sizes)
    return Figure(f"{len(sizes)} sizes, full at {full} of them: {len(wrong)} wrong", not wrong, wrong)


@promise("P11", "cancelled in any state: no new step in 100 ms, the running ones end in 1 s, nothing is left")
def cancels(scale: float) -> Figure:
    with folder() as home:
        figures = asyncio.run(cancel_at_random(home, round(1000 * scale), seed=11))
    said = (
        f"{figures.cancelled} cancelled, {figures.over} over before; the last start {figures.slowest_start * 1000:.0f} ms "
        f"after, the slowest end {figures.slowest_end:.2f} s: {len(figures.wrong)} wrong"
    )
    return Figure(said, not figures.wrong, figures.wrong)
