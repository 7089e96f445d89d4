"""SIGTERM in every state: exit 0 within the limit, nothing left running, no run lost, no orphan."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
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


EARLY = """
import os, signal, sys
from weft.server import serve, state
from weft.cli import main

def told(found):
    def first(*given, **more):
        os.kill(os.getpid(), signal.SIGTERM)
        return found(*given, **more)
    return first

if sys.argv[1] == "opening":
    state.open_library = told(state.open_library)
else:
    serve.listen = told(serve.listen)
sys.argv = ["weft", "serve", "--no-ui", "--port", "0", "--workspace", sys.argv[2]]
main()
"""


@pytest.mark.parametrize("when", ["listening", "opening"])
def test_a_server_that_is_told_to_stop_before_it_serves_leaves_with_0(when: str, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", EARLY, when, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [left.name for left in (tmp_path / ".weft").glob("**/server-*.json")] == []
