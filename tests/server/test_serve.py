"""`serve` as a process: the link it prints, its refusals, and how it stops."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from weft.model.errors import WeftError
from weft.server.serve import PortBusy, listen, serve
from weft.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
from weft.server.serve import serve
from weft.workspace import Workspace
options = json.loads(sys.argv[2])
sys.exit(serve(Workspace.open(sys.argv[1]), say=lambda line: print(line, flush=True), **options))
"""
WAITS = '''
import asyncio
from weft import component


@component
async def wait_forever(text: str = "") -> str:
    """Never done."""
    await asyncio.Event().wait()
    return text
'''
WAITING = {"format": 1, "name": "Waiting", "nodes": {"a": {"component": "wait_forever"}}}


@dataclass
class Served:
    """A running `serve` and what it said."""

    process: subprocess.Popen[str]
    said: str
    workspace: Path
    clients: contextlib.ExitStack

    @property
    def link(self) -> str:
        return re.findall(r"http://\S+", self.said)[0]

    @property
    def base_url(self) -> str:
        return self.link.partition("/login")[0].removesuffix("/api")

    def log_in(self) -> httpx.Client:
        client = httpx.Client(base_url=self.base_url, headers={"Origin": self.base_url}, timeout=30)
        self.clients.enter_context(client)
        code = httpx.URL(self.link).params["code"]
        assert client.post("/login", data={"code": code}).status_code == 303
        return client

    def stop(self, sign: int) -> float:
        """Seconds until it was over; its exit code has to be 0."""
        begun = time.monotonic()
        self.process.send_signal(sign)
        assert self.process.wait(30) == 0
        return time.monotonic() - begun


@contextlib.contextmanager
def served(workspace: Path, env: dict[str, str] | None = None, **options: Any) -> Iterator[Served]:
    full = {"port": 0} | options
    command = [sys.executable, "-c", PROGRAM, str(workspace), json.dumps(full)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        with contextlib.ExitStack() as clients:
            yield Served(process, "".join(lines), workspace, clients)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "components").mkdir()
    (tmp_path / "flows" / "waiting.json").write_text(json.dumps(WAITING))
    (tmp_path / "components" / "wait_forever.py").write_text(WAITS)
    return tmp_path


def test_it_prints_a_link_that_works_and_who_answers(workspace: Path) -> None:
    with served(workspace, {"OPENAI_API_KEY": ""}) as server:
        assert str(workspace) in server.said
        assert "`demo` answers. It is no real model" in server.said
        assert server.log_in().get("/api/flows").status_code == 200
        assert server.stop(signal.SIGTERM) < 10


def test_it_opens_the_flow_it_is_told_to_or_says_that_there_is_none(workspace: Path) -> None:
    with pytest.raises(WeftError, match="watering"):
        serve(Workspace.open(workspace), port=0, ui=False, open_flow="watering")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_stopping_lets_the_runs_go_and_the_next_server_goes_on_with_them(workspace: Path, sign: int) -> None:
    (workspace / "weft.toml").write_text("grace = 0.2\n")
    with served(workspace) as server:
        client = server.log_in()
        run = client.post("/api/runs", json={"flow": "waiting"}).json()
        with client.stream("GET", run["events"]) as stream:
            lines = stream.iter_lines()
            assert "event: step-started" in lines
            assert server.stop(sign) < 10
            rest = "\n".join(lines)
        assert "event: run-finished" not in rest
    with served(workspace) as again:
        client = again.log_in()
        with client.stream("GET", run["events"]) as stream:
            lines = stream.iter_lines()
            assert "event: run-resumed" in lines
            assert "event: step-started" in lines
        assert client.post(f"/api/runs/{run['id']}/cancel").json()["status"] == "cancelled"


def test_a_second_start_prints_a_new_link_to_the_first(workspace: Path) -> None:
    with served(workspace) as server:
        port = httpx.URL(server.base_url).port
        said: list[str] = []
        assert serve(Workspace.open(workspace), port=port or 0, say=said.append) == 0
        again = Served(server.process, "".join(said), workspace, server.clients)
        assert "already" in again.said
        assert again.link != server.link
        assert again.log_in().get("/api/flows").status_code == 200
        assert server.log_in().get("/api/flows").status_code == 200
        assert [path.name for path in (workspace / ".weft" / "door").glob("server-*")] == [
            f"server-{port}.json"
        ]
        server.stop(signal.SIGTERM)
    assert not list((workspace / ".weft" / "door").glob("server-*"))


def test_a_port_that_somebody_else_has_is_a_sentence(workspace: Path) -> None:
    with contextlib.closing(listen("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy) as refused:
            serve(Workspace.open(workspace), port=port, ui=False)
    assert f"Port {port}" in refused.value.message
    assert f"--port {port + 1}" in refused.value.hint


def test_a_stale_note_is_not_believed(workspace: Path) -> None:
    """A server that was killed leaves its note; whoever has the port now is not it."""
    with contextlib.closing(listen("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        other.settimeout(0)
        door = workspace / ".weft" / "door"
        door.mkdir(parents=True)
        note = {"id": "x", "port": port, "host": "127.0.0.1", "tls": False, "url": f"http://127.0.0.1:{port}"}
        for text in (json.dumps(note), "{}", "", "[]", '{"id": 1}'):
            (door / f"server-{port}.json").write_text(text)
            with pytest.raises(PortBusy):
                serve(Workspace.open(workspace), port=port, ui=False)


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("no such host", 0, "There is no address"),
        ("203.0.113.1", 0, "can't listen"),
        ("127.0.0.1", 99999, "There is no port 99999"),
    ],
)
def test_an_address_that_cannot_be_is_a_sentence(host: str, port: int, said: str) -> None:
    with pytest.raises(WeftError, match=said) as refused:
        listen(host, port)
    assert refused.value.message.endswith(".")


def test_it_does_not_listen_where_others_can_reach_it(workspace: Path) -> None:
    with pytest.raises(WeftError, match="other machines could reach it"):
        serve(Workspace.open(workspace), host="0.0.0.0", port=0)


def test_a_bad_certificate_is_a_sentence(workspace: Path) -> None:
    (workspace / "cert.pem").write_text("nothing")
    for name in ("cert.pem", "missing.pem"):
        with pytest.raises(WeftError, match="can't be used"):
            serve(Workspace.open(workspace), port=0, tls_cert=workspace / name)


def test_the_environments_token_opens_the_api(workspace: Path) -> None:
    token = "t" * 40
    with served(workspace, {"WEFT_TOKEN": token}, ui=False) as server:
        bearer = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{server.base_url}/api/flows", headers=bearer).status_code == 200
        assert token not in server.said
        server.stop(signal.SIGTERM)
    assert not [
        path for path in workspace.rglob("*") if path.is_file() and token.encode() in path.read_bytes()
    ]


def test_a_read_only_workspace_is_served_and_says_what_is_lost(workspace: Path) -> None:
    workspace.chmod(0o555)
    try:
        with served(workspace) as server:
            assert "Nothing is kept when it stops" in server.said
            assert "stop it and start it again" in server.said
            assert server.log_in().get("/api/flows").status_code == 200
            server.stop(signal.SIGTERM)
    finally:
        workspace.chmod(0o755)
    assert not (workspace / ".weft").exists()


def test_a_client_that_never_finishes_does_not_hold_it_up(workspace: Path) -> None:
    with served(workspace) as server:
        address = ("127.0.0.1", httpx.URL(server.base_url).port or 0)
        with socket.create_connection(address) as half, socket.create_connection(address):
            half.sendall(b"POST /api/runs HTTP/1.1\r\nHost: x")
            assert server.stop(signal.SIGTERM) < 15
