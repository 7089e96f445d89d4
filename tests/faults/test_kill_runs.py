"""kill -9 loses no run that was accepted and no result that was recorded; what is left goes on, and ends the same."""

import json
import os
import random
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.faults.killed_runs import campaign, prepared
from tests.faults.nursery import Nursery

OWNING = ("after_accept", "after_claim", "before_release")
KILLS = (
    "after_accept@2",
    "before_commit@6",
    "after_claim@2",
    "after_commit_before_ack@9",
    "before_commit@15",
)


def test_no_run_and_no_result_is_lost_wherever_the_server_dies(tmp_path: Path) -> None:
    chance = random.Random(2)
    figures = campaign(tmp_path / "home", [*KILLS, *(chance.random() * 0.3 for _ in range(4))], count=9)
    assert figures.clean, figures
    assert figures.kills == 9
    assert figures.accepted >= 9


def test_a_server_that_dies_while_it_lets_its_runs_go_loses_none(tmp_path: Path) -> None:
    prepared(tmp_path, 1)
    long = {"component": "note", "params": {"name": "a", "ms": 2500}}
    (tmp_path / "flows" / "long.json").write_text(json.dumps({"format": 1, "nodes": {"a": long}}))
    with Nursery(tmp_path) as nursery:
        with nursery.serve("before_release") as server, server.client() as client:
            run = client.post("/runs", json={"flow": "long"}).json()["id"]
            server.stop()
            assert server.gone() == 9
        with nursery.serve() as server, server.client() as client:
            assert '"status": "succeeded"' in client.get(f"/runs/{run}/events").text


def test_a_run_of_the_command_line_that_was_accepted_is_gone_on_with(tmp_path: Path) -> None:
    prepared(tmp_path, 1)
    command = [sys.executable, "-m", "weft", "run", "shape0", "--workspace", str(tmp_path)]
    env = {**os.environ, "WEFT_FAULT": "after_accept"}
    died = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert died.returncode == -9
    with Nursery(tmp_path) as nursery, nursery.serve() as server, server.client() as client:
        (run,) = client.get("/runs").json()
        assert '"status": "succeeded"' in client.get(f"/runs/{run['id']}/events").text


def test_a_request_that_is_sent_again_after_a_death_has_the_same_idempotency_key(tmp_path: Path) -> None:
    keys: list[str | None] = []
    came = threading.Event()

    class Shop(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers["Idempotency-Key"])
            came.set()
            if len(keys) > 1:  # the first one is never answered
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            else:
                died.wait(30)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    died = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{shop.server_address[1]}/order"
        order = {"component": "http", "params": {"url": address, "method": "POST", "body": "tea"}}
        prepared(tmp_path, 1)
        (tmp_path / "flows" / "order.json").write_text(json.dumps({"format": 1, "nodes": {"order": order}}))
        allowed = f"127.0.0.1:{shop.server_address[1]}"
        with Nursery(tmp_path, WEFT_HTTP_ALLOW=allowed) as nursery:
            with nursery.serve() as server, server.client() as client:
                run = client.post("/runs", json={"flow": "order"}).json()["id"]
                assert came.wait(30)
                server.kill()
                assert server.gone() == 9
                died.set()
            with nursery.serve() as server, server.client() as client:
                assert '"status": "succeeded"' in client.get(f"/runs/{run}/events").text
        shop.shutdown()
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None
    assert len(str(keys[0])) == 64
