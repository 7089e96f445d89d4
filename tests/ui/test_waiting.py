"""What waits for a person, looked for from several sides at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weft.runs.record import RunRecord
from weft.ui.waiting import Waitings
from weft.workspace import Workspace


async def test_a_look_that_began_earlier_does_not_hide_what_a_later_one_found(
    home: Workspace, flow_file: Callable[..., Path], monkeypatch: Any
) -> None:
    flow_file("ask", nodes={"a": {"component": "ask", "params": {"question": "Well?"}}})
    runs = home.runs()
    waitings = Waitings(runs)
    listed, began, go = runs.runs, asyncio.Event(), asyncio.Event()

    async def slow(**wanted: Any) -> list[RunRecord]:
        found = await listed(**wanted)
        if not began.is_set():
            began.set()
            await go.wait()
        return found

    monkeypatch.setattr(runs, "runs", slow)
    early = asyncio.create_task(waitings.look())
    await began.wait()
    run = await runs.start(home.load("ask"), slug="ask")
    async for event in runs.watch(run):
        if event.kind == "step-paused":
            break
    late = asyncio.create_task(waitings.look())
    await asyncio.wait({late}, timeout=0.2)  # it would be over by now, if it didn't wait for the early one
    go.set()
    await asyncio.gather(early, late)
    assert [one.question["text"] for one in waitings.all] == ["Well?"]
    await runs.cancel(run)
    await home.close()


async def test_what_is_asked_after_a_streamed_answer_is_answered(
    home: Workspace, flow_file: Callable[..., Path]
) -> None:
    write = {"component": "prompt", "params": {"prompt": "Write a letter about the tides.", "model": "demo"}}
    ask = {"component": "ask", "params": {"question": "Send it?"}, "inputs": {"value": "write"}}
    flow_file("letter", nodes={"write": write, "ok": ask})
    runs = home.runs()
    waitings = Waitings(runs)
    run = await runs.start(home.load("letter"), slug="letter")
    async for event in runs.watch(run):
        if event.kind == "step-paused":
            break
    await waitings.look()
    (one,) = waitings.all
    await waitings.answer(one, True)  # its event has another number in the books than in the engine
    kinds = [event.kind async for event in runs.watch(run)]
    assert kinds[-1] == "run-finished"
    assert (await runs.get(run)).status == "succeeded"
    await home.close()
