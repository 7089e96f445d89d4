"""The event stream: numbered, alive while nothing happens, ending with the run, leaving nothing behind."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request

from weft.engine.events import Event, Log
from weft.runs.state import RunState
from weft.server.sse import HEARTBEAT, EventStream, last_seen, message, stream


@pytest.fixture
async def log() -> Log:
    return Log(asyncio.get_running_loop(), time.monotonic)


async def test_events_come_in_order_and_the_end_ends_the_stream(log: Log) -> None:
    log.add("run-started", "", {"inputs": {}})
    log.add("step-output", "essay", {"text": "one\ntwo\r\n\u2028thr\u2029e\x85e"})
    log.close()
    got = [part async for part in stream(log.follow(), "r1")]
    assert [part.split(b"\n")[0] for part in got] == [b"id: 1", b"id: 2"]
    _, kind, data, *end = got[1].decode().split("\n")
    assert kind == "event: step-output"
    assert end == ["", ""]
    assert json.loads(data.removeprefix("data: "))["text"] == "one\ntwo\r\n\u2028thr\u2029e\x85e"
    assert len(got[1].decode().splitlines()) == 4


async def test_a_reader_who_comes_back_gets_what_it_missed(log: Log) -> None:
    for _ in range(3):
        log.add("step-ready", "a", {})
    log.close()
    assert [part.split(b"\n")[0] async for part in stream(log.follow(2), "r1")] == [b"id: 3"]


async def test_while_nothing_happens_there_is_a_sign_of_life(log: Log) -> None:
    parts = stream(log.follow(), "r1", heartbeat=0.01)
    assert [await anext(parts), await anext(parts)] == [HEARTBEAT, HEARTBEAT]
    log.add("step-ready", "a", {})
    while (part := await anext(parts)) == HEARTBEAT:
        pass
    assert part == message(await anext(log.follow()), "r1")
    await parts.aclose()


async def test_a_reader_who_leaves_leaves_no_task_behind(log: Log) -> None:
    closed = asyncio.Event()

    async def events() -> AsyncIterator[Event]:
        try:
            async for event in log.follow():
                yield event
        finally:
            closed.set()

    before = asyncio.all_tasks()
    parts = stream(events(), "r1", heartbeat=0.01)
    assert await anext(parts) == HEARTBEAT
    await parts.aclose()
    assert closed.is_set()
    assert asyncio.all_tasks() == before


async def test_a_reader_who_is_cancelled_leaves_no_task_behind(log: Log) -> None:
    before = asyncio.all_tasks()
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in stream(log.follow(), "r1", heartbeat=0.01):
            begun.set()

    reader = asyncio.ensure_future(read())
    await begun.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert asyncio.all_tasks() == before


async def test_a_failing_source_fails_the_stream() -> None:
    async def events() -> AsyncIterator[Event]:
        raise OSError("disk")
        yield

    with pytest.raises(OSError, match="disk"):
        await anext(stream(events(), "r1"))


@pytest.mark.parametrize(
    ("header", "seen"), [("7", 7), ("", 3), ("x", 3), ("-1", 3), ("9" * 99, 3), ("\u00b2", 3), ("1e3", 3)]
)
def test_the_header_wins_when_it_is_a_number(header: str, seen: int) -> None:
    request = Request({"type": "http", "headers": [(b"last-event-id", header.encode("latin-1"))]})
    assert last_seen(request, 3) == seen


async def test_a_reader_far_behind_gets_a_snapshot_and_goes_on_from_there() -> None:
    state, waiting = RunState(), [Event(seq, "step-ready", f"s{seq}", 0.0, {}) for seq in range(1, 100)]
    told = False

    async def events() -> AsyncIterator[Event]:
        while waiting:
            state.apply(waiting.pop(0))
            yield Event(state.seq, "step-ready", f"s{state.seq}", 0.0, {})

    def catch_up() -> RunState | None:
        nonlocal told
        if told:
            return None
        told = True
        while state.seq < 97:
            state.apply(waiting.pop(0))
        return state

    parts = [part async for part in stream(events(), "r1", catch_up=catch_up)]
    assert [part.split(b"\n")[0] for part in parts] == [b"id: 1", b"id: 97", b"id: 98", b"id: 99"]
    _, kind, data, *_ = parts[1].decode().split("\n")
    said = json.loads(data.removeprefix("data: "))
    assert (kind, said["kind"], said["seq"], said["run"]) == ("event: snapshot", "snapshot", 97, "r1")
    assert len(said["state"]["steps"]) == 97
    assert said["state"]["steps"]["s97"]["status"] == "waiting"


async def test_a_large_event_is_sent_whole(log: Log) -> None:
    log.add("step-output", "essay", {"text": "x" * 1_000_000})
    log.close()
    (part,) = [part async for part in stream(log.follow(), "r1")]
    assert len(json.loads(part.decode().split("\n")[2].removeprefix("data: "))["text"]) == 1_000_000


async def test_a_client_that_reads_nothing_is_let_go(log: Log) -> None:
    log.add("step-ready", "a", {})
    answer = EventStream(stream(log.follow(), "r1"), stuck=0.01)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 2:
            await asyncio.Event().wait()  # its buffers are full

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    await asyncio.wait_for(answer(scope, asyncio.Event().wait, send), 5)  # type: ignore[arg-type]
    assert len(sent) == 2
    assert not log.waiters
