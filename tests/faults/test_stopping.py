"""SIGTERM in every state: exit 0 within the limit, nothing left running, no run lost, no orphan."""

import signal
import time
from pathlib import Path

from tests.faults.nursery import Nursery
from tests.faults.stopping import prepared, stop_in_every_state


async def test_a_server_that_is_told_to_stop_leaves_its_runs_to_the_next(tmp_path: Path) -> None:
    figures = await stop_in_every_state(tmp_path / "home", [0.4, 0.0], grace=0.5)
    assert figures.wrong == []
    assert figures.stops == 2


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    prepared(tmp_path, grace=600)
    with Nursery(tmp_path) as nursery, nursery.serve() as server, server.client() as client:
        run = client.post("/runs", json={"flow": "state0"}).json()["id"]
        with client.stream("GET", f"/runs/{run}/events") as stream:
            assert any('"path": "b"' in line for line in stream.iter_lines())
        server._send(signal.SIGINT)  # pyright: ignore[reportPrivateUsage]
        begun = time.monotonic()
        while client.post("/runs", json={"flow": "state0"}).status_code != 503:
            assert time.monotonic() - begun < 20
        server._send(signal.SIGINT)  # pyright: ignore[reportPrivateUsage]
        assert server.gone() == 0
