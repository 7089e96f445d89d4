"""Which server runs for a workspace on a port: a note in `.weft`, so that a second `weft serve` finds the first.

The note says how to ask; `/healthz` tells whether the one who answers is the one who wrote it.
"""

import contextlib
import http.client
import json
import secrets
import ssl
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from weft.server.door import Door


@dataclass(frozen=True)
class Instance:
    """`id` is random for each start; it names the process and opens nothing."""

    id: str
    port: int
    host: str
    tls: bool
    url: str

    @classmethod
    def of(cls, door: Door) -> Self:
        return cls(secrets.token_hex(16), door.port, door.host, door.tls, door.url)

    @contextlib.contextmanager
    def noted(self, folder: Path) -> Generator[None]:
        """The note stands while the server does. One that can't be taken away is found to be old: nobody answers."""
        path = _path(folder, self.port)
        temporary = path.with_suffix(".tmp")
        try:
            temporary.write_text(json.dumps(asdict(self)), encoding="utf-8")
            temporary.replace(path)
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, str(path)) from exc  # a full disk names no file
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    @classmethod
    def running(cls, folder: Path, port: int) -> Self | None:
        """The server that has this port, if it is one of this workspace."""
        try:
            noted = cls(**json.loads(_path(folder, port).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return noted if noted.answers() else None

    def answers(self) -> bool:
        connection = self._connection()
        try:
            connection.request("GET", "/healthz", headers={"Host": self.url.partition("://")[2]})
            said: object = json.loads(connection.getresponse().read(4096))
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return said == {"status": "ok", "instance": self.id}

    def _connection(self) -> http.client.HTTPConnection:
        if not self.tls:
            return http.client.HTTPConnection(self.host, self.port, timeout=2)
        context = ssl.create_default_context()
        context.check_hostname = (
            False  # the certificate is made for the public name, and only an id is asked for
        )
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(self.host, self.port, timeout=2, context=context)


def _path(folder: Path, port: int) -> Path:
    return folder / f"server-{port}.json"
