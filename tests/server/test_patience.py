"""A connection that never says what it wants is closed; one that has asked is not."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.live import Live, live_server

from weft.server import patience
from weft.workspace import Workspace


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(patience, "HEADER_SECONDS", 0.3)
    with live_server(Workspace(tmp_path, env={})) as served:
        yield served


def until_closed(connection: socket.socket) -> bytes:
    seen = b""
    while chunk := connection.recv(65536):
        seen += chunk
    return seen


@pytest.mark.parametrize(
    "sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20]
)
def test_headers_that_never_end_are_not_waited_for(live: Live, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        connection.sendall(sent)
        assert until_closed(connection) == b""


def test_neither_are_those_of_a_second_request(live: Live) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /healthz HT")
        until_closed(connection)
