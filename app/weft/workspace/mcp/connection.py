"""The connection to one server: made by the first call, kept for the next, gone when anything is wrong with it, or when
nobody has asked anything for a while. A call that takes too long is given up alone, as long as its server answers
others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from weft.model.errors import StepFailed, WeftError

if TYPE_CHECKING:
    from mcp import Client

    from weft.workspace.settings.contents import McpSettings

LARGEST = 10_000_000
"""Bytes of one answer."""
IDLE = 15.0
"""Seconds without a call after which it is ended: no process is left behind by a run."""
START = 30.0
"""Seconds that a server has at least to come up: the first time, some fetch themselves from somewhere."""
ALIVE = 2.0
"""Seconds that a server has to answer anything at all, once it was too late with an answer."""
LISTENING = "2026-07-28"
"""The first version of the protocol in which changes are told to those who listen, and to nobody else."""
_T = TypeVar("_T")


class Connection:
    """`values` gives a secret's or a variable's value by name, `allow` says whether a secret may go to an address."""

    def __init__(
        self,
        name: str,
        settings: "McpSettings",
        root: Path,
        values: Callable[[str], str],
        allow: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.settings, self._root = settings, root
        self._values, self._allow = values, allow
        self._keeper: asyncio.Task[None] | None = None
        self._client: asyncio.Future[Client] | None = None
        self._leave = asyncio.Event()
        self._process: Any = None
        self._asking = 0
        """How many calls wait for their answer."""
        self._last = 0.0
        """When the last of them ended, on the loop's clock."""
        self.changed = False
        """Whether the server has said that its tools are others by now."""

    async def asked(self, ask: "Callable[[Client], Awaitable[_T]]") -> _T:
        """What the server answers. Raises `StepFailed` that names what is wrong with it: `mcp-not-started`,
        `mcp-timeout`, `mcp-died`, `mcp-flood`, `mcp-bad-answer`, `mcp-refused`."""
        self._asking += 1
        try:
            return await self._asked(ask)
        finally:
            self._asking -= 1
            self._last = asyncio.get_running_loop().time()

    async def _asked(self, ask: "Callable[[Client], Awaitable[_T]]") -> _T:
        if not _loaded:
            await asyncio.to_thread(_load)
        from mcp import MCPError
        from mcp_types import CONNECTION_CLOSED
        from pydantic import ValidationError

        seconds, client = max(self.settings.timeout, START), None
        try:
            async with asyncio.timeout(seconds):
                client = await self._open()
            seconds = self.settings.timeout
            async with asyncio.timeout(seconds):
                return await ask(client)
        except TimeoutError:
            wrong = self._failed("timeout", f"gave no answer in {seconds:g} seconds{self._last_words()}")
            if client is not None and (self._asking > 1 or await _answers(client)):
                raise wrong from None  # it answers others, or may: whoever waits last finds out
        except MCPError as error:
            if error.code != CONNECTION_CLOSED:
                raise self._failed("refused", f"refused: {error.message[:500]}") from None
            wrong = self._failed("died", f"ended before it answered{self._last_words()}")
        except (ValidationError, ValueError, TypeError) as error:
            wrong = self._failed("bad-answer", f"answered what is no MCP: {str(error).splitlines()[0][:300]}")
        except WeftError:
            await self.close()
            raise
        except FileNotFoundError:
            wrong = self._failed(
                "not-started", f"can't be started: there is no program {self.settings.command!r}"
            )
        except Exception as error:  # noqa: BLE001 - whatever a transport raises
            what = "died" if client is not None else "not-started"
            wrong = self._failed(what, f"can't be reached: {_innermost(error)}{self._last_words()}")
        if self._process is not None and self._process.flooded:
            wrong = self._failed("flood", f"says too much: {self._process.flooded}")
        await self.close()
        raise wrong

    async def close(self) -> None:
        """End it; the next call begins anew."""
        keeper, client = self._keeper, self._client
        self._keeper = self._client = None
        if keeper is None:
            return
        self._leave.set()
        if client is None or not client.done():
            keeper.cancel()  # it never came so far
        await asyncio.wait([keeper], timeout=5.0)
        if not keeper.done():
            keeper.cancel()
            await asyncio.wait([keeper])

    async def _open(self) -> "Client":
        if self._keeper is None or self._keeper.done() or self._client is None:
            self._leave = asyncio.Event()
            self._client = asyncio.get_running_loop().create_future()
            self._client.add_done_callback(lambda made: made.cancelled() or made.exception())
            self._keeper = asyncio.create_task(self._keep(self._client, self._leave))
        return await asyncio.shield(self._client)

    async def _keep(self, made: "asyncio.Future[Client]", leave: asyncio.Event) -> None:
        """Owns the connection: what opens it also closes it, in one task."""
        from mcp import Client

        try:
            async with Client(self._transport(), cache=None, message_handler=self._heard) as client:
                if not made.done():
                    made.set_result(client)
                listening = asyncio.create_task(self._listen(client))
                try:
                    await self._until_idle(leave)
                finally:
                    listening.cancel()
                    await asyncio.wait([listening])
        except BaseException as error:  # noqa: BLE001 - it is the answer to whoever waits for the connection
            if not made.done():
                made.set_exception(
                    error if isinstance(error, Exception) else ConnectionError("it was given up")
                )

    async def _until_idle(self, leave: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(IDLE):
                    await leave.wait()
                return
            except TimeoutError:
                if not self._asking and loop.time() - self._last >= IDLE:
                    self._keeper = self._client = None  # whoever comes now begins anew
                    return

    async def _listen(self, client: "Client") -> None:
        """Hear of other tools from a server of the protocol in which one has to ask to be told."""
        if client.protocol_version < LISTENING:
            return
        try:
            async with client.listen(tools_list_changed=True) as told:
                async for _ in told:
                    self.changed = True
        except Exception:  # noqa: BLE001 - a server may tell nobody; what else is wrong with it, its answers show
            return

    async def _heard(self, message: Any) -> None:
        """What a server of an older protocol says unasked: of all that, only one thing matters here."""
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self.changed = True

    def _transport(self) -> AbstractAsyncContextManager[Any]:
        settings = self.settings
        if settings.url:
            from weft.workspace.mcp.http import connected

            headers: Mapping[str, str] = {}
            if settings.token:
                self._allow(settings.token, settings.url)
                headers = {"Authorization": f"Bearer {self._values(settings.token)}"}
            return connected(settings.url, headers, settings.timeout, LARGEST)
        from weft.workspace.mcp.stdio import Process, spoken

        self._process = Process()
        env = {name: self._values(name) for name in settings.env}
        return spoken(settings.command or "", settings.args, _inherited() | env, self._root, self._process)

    def _last_words(self) -> str:
        said = str(self._process.said).strip() if self._process is not None else ""
        return f". It said: {said.splitlines()[-1].strip()[:300]}" if said else ""

    def _failed(self, what: str, how: str) -> StepFailed:
        hints = {
            "not-started": "Look at its entry in weft.toml.",
            "timeout": "Give it more time with `timeout` in weft.toml, or mend it.",
            "refused": "",
        }
        return StepFailed(
            f"The MCP server {self.name!r} {how}.",
            code=f"mcp-{what}",
            hint=hints.get(what, "It is no fault of the flow: mend the server."),
            retryable=False,
        )


_loaded: list[bool] = []


def _load() -> None:
    """Import, in a thread, what takes half a second the first time: the client, and the ways to a server."""
    import weft.workspace.mcp.http  # pyright: ignore[reportUnusedImport]
    import weft.workspace.mcp.stdio  # noqa: F401  # pyright: ignore[reportUnusedImport]

    _loaded.append(True)


async def _answers(client: "Client") -> bool:
    """Whether the server answers anything at all."""
    from mcp import MCPError
    from mcp_types import CONNECTION_CLOSED

    try:
        async with asyncio.timeout(ALIVE):
            await client.list_tools()
    except MCPError as error:
        return error.code != CONNECTION_CLOSED
    except Exception:  # noqa: BLE001 - whatever a transport raises: it is no answer
        return False
    return True


def _inherited() -> dict[str, str]:
    import os

    from weft.workspace.mcp.stdio import INHERITED

    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return f"{type(error).__name__}: {str(error)[:300]}".rstrip(": ")
