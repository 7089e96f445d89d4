"""Serves the modules of the canvas and its harness page on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "static": ROOT / "static",
    "harness": ROOT / "tests" / "canvas" / "harness",
    "bench": ROOT / "benchmarks" / "canvas",
    "peer": ROOT / ".peers" / "canvas",  # what `benchmarks.beside` builds
}


class Handler(SimpleHTTPRequestHandler):
    """`/static/...` and `/harness/...`, and nothing else; never cached, so that a changed module is seen."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def translate_path(self, path: str) -> str:
        head, _, rest = path.split("?")[0].lstrip("/").partition("/")
        folder = FOLDERS.get(head)
        target = (folder / (rest or "index.html")).resolve() if folder else None
        inside = target is not None and folder is not None and target.is_relative_to(folder)
        return str(target) if inside else str(ROOT / "nothing-here")

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the tests say what went wrong."""


@contextmanager
def served() -> Iterator[str]:
    """The address of a running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
