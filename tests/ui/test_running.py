"""Which run of a flow the editor shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from weft.runs.asker import asked_by
from weft.runs.record import now
from weft.runs.service import RunService
from weft.ui.running import Running, Runnings
from weft.workspace import Workspace

BEFORE, LATER = "2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


@pytest.mark.asyncio
async def test_a_server_picks_up_the_run_that_an_editor_began_under_the_one_before(
    home: Workspace, flow_file: Callable[..., Path]
) -> None:
    flow_file("asks", nodes={"ask": {"component": "ask", "params": {"question": "Well?"}}})
    flow_file("other", nodes={"text": {"component": "text", "params": {"template": "x"}}})
    runs, flow = home.runs(), home.load("asks")
    waiting = await under(runs, now()).start(flow, {}, None)
    async for event in runs.watch(waiting):
        if event.kind == "step-paused":
            break
    with asked_by("token nightly"):
        await runs.start(flow, slug="asks")

    after = under(runs, now())
    await after.pick_up()
    assert after.run_id == waiting, "a program's run isn't the editor's, though it is newer"
    await after.pick_up()
    assert after.run_id == waiting
    assert after.active

    done = await under(runs, now(), "other").start(home.load("other"), {}, None)
    await runs.result(done)
    fresh, late = under(runs, LATER, "other"), under(runs, BEFORE, "other")
    await fresh.pick_up()
    await late.pick_up()
    assert (fresh.run_id, late.run_id) == (None, done), "what was over before is history"
    await home.close()


def under(runs: RunService, since: str, slug: str = "asks") -> Running:
    """The run of a flow as a server that began then shows it."""
    return Runnings(runs, 4, since).of(slug)
