"""The log of a run, and events as they leave the process."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.build import finished, flow, node
from tests.engine.library import SERVICES, known

from weft.catalog import component
from weft.engine import KINDS, Event, event_json
from weft.engine.events import Log
from weft.model import WeftError
from weft.model.plain import MAX_DEPTH, MAX_VALUES


async def a_log() -> Log:
    loop = asyncio.get_running_loop()
    return Log(loop, loop.time)


async def test_events_are_numbered_from_one() -> None:
    log = await a_log()
    for path in "abc":
        log.add("step-ready", path, {})
    assert [(event.seq, event.kind, event.path) for event in log.events()] == [
        (1, "step-ready", "a"),
        (2, "step-ready", "b"),
        (3, "step-ready", "c"),
    ]
    assert log.events() is log.events()


async def test_following_starts_anywhere_and_ends_with_the_log() -> None:
    log = await a_log()
    log.add("step-ready", "a", {})
    log.add("step-ready", "b", {})
    seen: list[str] = []

    async def follow(after: int) -> None:
        async for event in log.follow(after):
            seen.append(f"{after}{event.path}")

    following = [asyncio.create_task(follow(after)) for after in (0, 1, 5)]
    await asyncio.sleep(0)
    log.add("step-ready", "c", {})
    await asyncio.sleep(0)
    log.close()
    await asyncio.gather(*following)
    assert seen == ["0a", "0b", "1b", "0c", "1c"]


async def test_who_stops_following_leaves_nothing_behind() -> None:
    log = await a_log()

    async def follow() -> None:
        async for _ in log.follow():
            pass

    task = asyncio.create_task(follow())
    await asyncio.sleep(0)
    assert len(log.waiters) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log.waiters == []


def test_an_event_leaves_as_one_flat_object_of_plain_values() -> None:
    data: dict[str, Any] = {"value": {"output": (1, 2)}, "calls": ()}
    assert event_json(Event(7, "step-finished", "a/b", 1.23456789, data), "r1") == {
        "seq": 7,
        "kind": "step-finished",
        "run": "r1",
        "path": "a/b",
        "at": 1.234568,
        "value": {"output": [1, 2]},
        "calls": [],
    }


async def test_every_kind_of_event_passes_the_border() -> None:
    made = flow(
        {
            "a": node("subtask", flow="greet", name="you"),
            "b": node("fail"),
            "c": node("say", text="@b"),
            "d": node("say", options={"when": "1 > 2"}),
        }
    )
    _, events = await finished(made, known(), services=SERVICES)
    told = [event_json(event, "r") for event in events]
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    usual = {"run-started", "step-ready", "step-started", "step-finished", "step-failed", "step-skipped"}
    assert {event["kind"] for event in told} == usual | {"run-finished"} <= set(KINDS)


async def test_what_is_let_go_is_kept_no_longer_and_the_numbers_go_on() -> None:
    log = await a_log()
    for path in "abcd":
        log.add("step-ready", path, {})
    append, behind = log.raw.append, log.follow()
    assert [event.path for event in await log.more(0, 2)] == ["a", "b"]
    log.let_go(2)
    log.let_go(1)  # long gone
    assert (log.base, len(log.raw)) == (2, 2)
    append(("step-ready", "e", 0.0, {}))
    log.close()
    assert [(event.seq, event.path) for event in log.events()] == [(3, "c"), (4, "d"), (5, "e")]
    assert [event.seq for event in await log.more(2, 9)] == [3, 4, 5]
    assert [event.seq async for event in log.follow()] == [3, 4, 5]
    with pytest.raises(LookupError, match="event 1 of the run is kept no longer"):
        await log.more(0, 9)
    with pytest.raises(LookupError, match="event 1"):
        await anext(behind)
    log.let_go(9)
    assert (log.base, log.events(), await log.more(5, 9)) == (5, [], [])


async def test_a_follower_reads_on_while_what_it_has_read_is_let_go() -> None:
    log = await a_log()
    seen: list[int] = []

    async def follow() -> None:
        async for event in log.follow():
            seen.append(event.seq)
            log.let_go(event.seq)

    task = asyncio.create_task(follow())
    for path in "abc":
        log.add("step-ready", path, {})
        await asyncio.sleep(0)
    log.close()
    await task
    assert (seen, log.base) == ([1, 2, 3], 3)


def test_values_may_be_more_and_deeper_inside_an_event_than_one_alone() -> None:
    value: Any = 0
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    data = {"value": {"output": value, "more": [0] * MAX_VALUES}}
    told = event_json(Event(1, "step-finished", "a", 0.0, data), "r1")
    assert (told["value"], told["run"]) == (data["value"], "r1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (lambda: "half \ud83d of it", "half \ufffd of it"),
        (lambda: "x" * 10_000_000, "x" * 20_000 + "…"),
    ],
    ids=["half a character", "huge"],
)
async def test_an_error_with_words_of_anybody_can_be_written_down(
    words: Callable[[], str], message: str
) -> None:
    @component
    def fails() -> str:
        """Fails."""
        raise WeftError(words(), hint=words(), retryable=False)

    _, events = await finished(flow({"n": node("fails")}), known(fails))
    (failed,) = [event for event in events if event.kind == "step-failed"]
    assert (failed.data["message"], failed.data["hint"]) == (message, message)
    assert event_json(failed, "r1")["message"] == message
