"""A server in a process of its own, spoken to through its standard input and output, a message a line.

The `mcp` package has such a transport; this one is for servers that aren't trusted with this process: a line has a
longest length, so has what is said without being asked, the environment is what the operator names, and the process
and all it has started are gone when the connection is.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

LONGEST = 10_000_000
"""Bytes of a line."""
MOST_LINES = 5_000
"""Lines since the last one that was sent."""
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "USER")
_GRACE = 0.5


class Process:
    """What is known of the process: why it ended, if it did, and the last words of its standard error."""

    def __init__(self) -> None:
        self.flooded = ""
        self.said = ""


@asynccontextmanager
async def spoken(
    command: str, args: Sequence[str], env: Mapping[str, str], cwd: Path, about: Process
) -> AsyncGenerator[Any, None]:
    """The two streams of messages. Raises `OSError` if the process can't be started."""
    process = await asyncio.create_subprocess_exec(
        command,
        *args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        limit=LONGEST,
        start_new_session=True,
    )
    to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    lines = _Lines(process, about)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(lines.read(to_session)),
                group.create_task(lines.write(from_session)),
                group.create_task(lines.listen()),
            ]
            try:
                yield from_server, to_server
            finally:
                for stream in (to_session, from_server, to_server, from_session):
                    stream.close()
                await _end(process)
                for task in tasks:
                    task.cancel()
    finally:
        await _end(process)


class _Lines:
    def __init__(self, process: asyncio.subprocess.Process, about: Process) -> None:
        self._process, self._about = process, about
        self._unasked = 0

    async def read(self, to: Any) -> None:
        assert self._process.stdout is not None
        try:
            while line := await self._line(self._process.stdout):
                self._unasked += 1
                if self._unasked > MOST_LINES:
                    self._about.flooded = f"more than {MOST_LINES:,} lines without being asked"
                    break
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    continue  # a line that is no message, such as one of a banner
                await to.send(SessionMessage(message))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            return  # nobody listens any more
        finally:
            to.close()  # whoever waits for an answer learns that none comes

    async def _line(self, stdout: asyncio.StreamReader) -> bytes:
        try:
            return await stdout.readline()
        except ValueError:
            self._about.flooded = f"a line of more than {LONGEST / 1e6:g} MB"
            return b""

    async def write(self, messages: Any) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, anyio.ClosedResourceError):  # it has ended, which its output tells
            async for message in messages:
                self._unasked = 0
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                self._process.stdin.write(text.encode() + b"\n")
                await self._process.stdin.drain()

    async def listen(self) -> None:
        assert self._process.stderr is not None
        while said := await self._process.stderr.read(4096):
            self._about.said = (self._about.said + said.decode(errors="replace"))[-2000:]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, and after a moment end it and all it has started."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE)
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()
    if process.returncode is None:
        await process.wait()
    # What nobody read stays in its pipe, and the pipe open: only its transport can be closed then.
    process._transport.close()  # type: ignore[attr-defined]  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportAttributeAccessIssue]
