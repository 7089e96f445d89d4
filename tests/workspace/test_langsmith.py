"""Calls told to a LangSmith on loopback: only if its variables say so, prompts only if the workspace does, keys never."""

import json
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from weft.model import from_json
from weft.providers import langsmith_traces
from weft.providers.redaction import remember
from weft.workspace import Workspace

SECRET = "never-tell-langsmith"
QUESTION = "Name a tree."


class LangSmith:
    """Notes the bodies it is sent, unpacked."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        seen = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"{}")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.headers.get("content-encoding") == "gzip":
                    body = zlib.decompress(body, 31)
                elif self.headers.get("content-encoding") == "zstd":
                    import zstandard

                    body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
                seen.append(body)
                self._answer(b"{}")

            do_PATCH = do_POST

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def told(self) -> str:
        return b"\n".join(self.bodies).decode("utf-8", "replace")


@pytest.fixture
def langsmith(monkeypatch: pytest.MonkeyPatch) -> Iterator[LangSmith]:
    from langsmith import utils

    get_env_var: Any = utils.get_env_var

    made = LangSmith()
    monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{made.server.server_port}")
    monkeypatch.setenv("LANGSMITH_API_KEY", "key-for-the-fake")
    get_env_var.cache_clear()
    yield made
    langsmith_traces.close()
    monkeypatch.undo()
    get_env_var.cache_clear()
    made.server.shutdown()
    made.server.server_close()


async def run(folder: Path, settings: str = "") -> None:
    remember(SECRET)
    (folder / "weft.toml").write_text(settings)
    (folder / "flows").mkdir(exist_ok=True)
    node = {"component": "prompt", "params": {"prompt": f"{QUESTION} The key is {SECRET}.", "model": "demo"}}
    workspace = Workspace(folder, env={})
    runs = workspace.runs()
    result = await runs.result(await runs.start(from_json({"format": 1, "nodes": {"a": node}})))
    assert result.status == "succeeded", result.error
    await workspace.close()
    langsmith_traces.flush()


async def test_nothing_is_told_unless_its_variables_ask_for_it(tmp_path: Path, langsmith: LangSmith) -> None:
    await run(tmp_path, "[tracing]\npayloads = true\n")
    assert langsmith.bodies == []


async def test_a_call_is_told_without_what_was_said_in_it(
    tmp_path: Path, langsmith: LangSmith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    await run(tmp_path)
    assert '"weft_step": "a"' in langsmith.told or '"weft_step":"a"' in langsmith.told
    assert "output_tokens" in langsmith.told
    for word in (QUESTION, SECRET, "helpful assistant", "demo model"):
        assert word not in langsmith.told


async def test_prompts_are_told_if_asked_for_and_keys_never(
    tmp_path: Path, langsmith: LangSmith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    await run(tmp_path, "[tracing]\npayloads = true\n")
    assert json.dumps(f"{QUESTION} The key is [hidden key].") in langsmith.told
    assert SECRET not in langsmith.told
