"""Servers to be killed: a process that has everything imported forks one for each life, which takes a blink.

with Nursery(folder) as nursery:
    with nursery.serve(fault="after_commit_before_ack@3") as server:
        ...  # httpx against server.url
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import httpx

TOKEN = "a-token-for-tests-of-the-faults-0123456789"
PATIENCE = 60.0


@dataclass
class Server:
    """A process that serves the workspace. `gone` waits for its end; the signal that ended it, or 0."""

    pid: int
    url: str
    nursery: "Nursery"
    ended: int | None = None

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=f"{self.url}/api", headers=headers, timeout=PATIENCE)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        self._send(signal.SIGTERM)

    def gone(self) -> int:
        if self.ended is None:
            self.ended = int(self.nursery.ask({"wait": self.pid})["signal"])
        return self.ended

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Nursery:
    def __init__(self, workspace: Path, **env: str) -> None:
        self.workspace = workspace
        self._env = env

    def __enter__(self) -> Self:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "WEFT_"))}
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self.workspace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env | {"WEFT_TOKEN": TOKEN} | self._env,
        )
        return self

    def __exit__(self, *_: object) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(PATIENCE)
        _pipe(self._process.stdout).close()

    @contextlib.contextmanager
    def serve(self, fault: str = "") -> Iterator[Server]:
        """A new server; stopped at the end, if it is still there then. A fault at its start is no failure of ours."""
        born = self.ask({"serve": fault})
        server = Server(born["pid"], born["url"], self)
        try:
            yield server
        finally:
            server.stop()
            server.gone()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        print(json.dumps(question), file=_pipe(self._process.stdin), flush=True)
        return json.loads(_pipe(self._process.stdout).readline())


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


# --- inside the nursery ---


def main() -> None:
    import uvicorn.lifespan.on
    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto
    import uvicorn.protocols.websockets.auto

    import weft.server.app
    import weft.server.serve
    import weft.workspace.editing.keeping
    import weft.workspace.editing.library  # noqa: F401
    from weft.workspace import Workspace

    assert uvicorn
    workspace = Workspace.open(sys.argv[1])
    _ = workspace.catalog  # what the children share
    for line in sys.stdin:
        question = json.loads(line)
        answer = _born(question["serve"]) if "serve" in question else _ended(question["wait"])
        print(json.dumps(answer), flush=True)


def _born(fault: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            code = _serve(fault, writing)
        except BaseException:  # noqa: BLE001  # the child ends here, whatever it was
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading) as said:
        text = said.readline()
    return {"pid": pid, "url": text.strip()}


def _ended(pid: int) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)}
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return {"signal": -99}


def _serve(fault: str, writing: int) -> int:
    """One life, in the child."""
    import re

    from weft import faults
    from weft.runs.driving import holding
    from weft.server.serve import serve
    from weft.workspace import Workspace
    from weft.workspace.editing import keeping

    os.dup2(2, 1)  # the pipe to the tests belongs to the nursery
    keeping.PAUSE, keeping.LONGEST = 0.02, 0.15  # files are written all the time, and so can be died over
    holding.MOST_DEATHS = 1000  # it isn't the runs that kill it
    faults._fault = faults.armed(fault)  # pyright: ignore[reportPrivateUsage]

    def say(line: str) -> None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            os.write(writing, f"{found[0]}\n".encode())
            os.close(writing)

    return serve(Workspace.open(sys.argv[1]), port=0, ui=False, say=_once(say))


def _once(say: Any) -> Any:
    told: list[str] = []

    def first(line: str) -> None:
        if not told:
            told.append(line)
            say(line)

    return first


if __name__ == "__main__":
    main()
