"""What docs/http.md shows is answered as it says."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.catalog import stock_root
from weft.workspace import Workspace

TEXT = (stock_root() / "docs" / "http.md").read_text(encoding="utf-8")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "flows").mkdir()
    with live_server(Workspace(tmp_path, env={})) as served:
        yield served


def asked() -> list[list[str]]:
    """The words of each curl there."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("curl")]


def test_a_run_is_begun_followed_looked_at_and_cancelled(live: Live) -> None:
    run, said = "", list[str]()
    with httpx.Client(base_url=live.base_url, headers=live.bearer("read", "run"), timeout=30) as client:
        for words in asked():
            body = words[words.index("-d") + 1] if "-d" in words else None
            method = words[words.index("-X") + 1] if "-X" in words else "POST" if body else "GET"
            [address] = [word for word in words if word.startswith("http://")]
            path = address.removeprefix("http://127.0.0.1:8700").replace("$RUN", run)
            headers = {"Content-Type": "application/json"} if body else {}
            answer = client.request(method, path, content=body, headers=headers)
            assert answer.is_success, f"{path}: {answer.text}"
            said.append(answer.text)
            run = run or answer.json()["id"]
        assert client.get("/api/openapi.json").is_success
    assert len(said) == 4
    assert "event: run-finished" in said[1]
    assert '"status":"succeeded"' in said[2]
