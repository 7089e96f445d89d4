"""How long a connection may take to say what it wants: who sends the lines of a request one by one keeps no place.

Bodies have a time of their own (`guard.Limits.body_seconds`), and connections between two requests have uvicorn's.
"""

# Which protocol uvicorn takes depends on what is installed.
# pyright: reportUnknownMemberType=false

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADER_SECONDS = 20.0
"""For a whole request line and all headers, from the connection or from their first byte."""

_Protocol = cast("type[Any]", AutoHTTPProtocol)


class PatientProtocol(_Protocol):
    """The protocol that uvicorn would use, with an end to waiting for headers."""

    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._asked():
            self._cease()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cease()
        super().connection_lost(exc)

    def _asked(self) -> bool:
        """Whether a request whose headers are known is being answered."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        if self._end is None:
            self._end = asyncio.get_running_loop().call_later(HEADER_SECONDS, self._too_slow)

    def _cease(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _too_slow(self) -> None:
        self._end = None
        transport: Any = self.transport
        upgraded = transport.get_protocol() is not self  # to a socket, which has its own way to end
        if not upgraded and not self._asked() and not transport.is_closing():
            transport.close()
