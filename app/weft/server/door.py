"""Where the server stands: its address, the names it answers to, and the origin each name makes.

Loopback is not a boundary: any web page and any local user can reach the port. A page that rebinds its own
name to 127.0.0.1 arrives with that name in `Host`; therefore only listed names are answered, and a request
that carries an `Origin` must carry exactly the one of the name it asked for.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from weft.model.errors import WeftError

DEFAULT_PORT = 8700


@dataclass(frozen=True)
class Door:
    """The address, and the `--allowed-host` names, `--tls` and `--behind-proxy` that go with it."""

    port: int
    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    tls: bool = False
    behind_proxy: bool = False

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """Each `Host` header that is answered, lower case, with the `Origin` that belongs to it."""
        named = "https" if self.tls or self.behind_proxy else "http"
        found = {host: f"{named}://{host}" for name in self.allowed_hosts for host in self._spellings(name)}
        if is_loopback(self.host):
            own = "https" if self.tls else "http"
            for name in ("127.0.0.1", "localhost", "[::1]"):
                found |= {host: f"{own}://{host}" for host in self._spellings(name)}
        return found

    @cached_property
    def url(self) -> str:
        """Where a browser finds the server, without a trailing slash."""
        if not is_loopback(self.host):
            return self.origins[self.allowed_hosts[0].lower()]
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}"

    def _spellings(self, name: str) -> tuple[str, ...]:
        """A browser leaves out the port that is its scheme's own; a name listed with a port is exact."""
        name = name.lower()
        if re.search(r":\d+$", name):
            return (name,)
        if self.port in (80, 443) or name in {allowed.lower() for allowed in self.allowed_hosts}:
            return (name, f"{name}:{self.port}")
        return (f"{name}:{self.port}",)


def checked_door(
    port: int, host: str, *, allowed_hosts: Iterable[str] = (), tls: bool = False, behind_proxy: bool = False
) -> Door:
    """The door for these options, or a `WeftError` that says why it would stand open."""
    names = tuple(allowed_hosts)
    for name in names:
        if not _HOST.fullmatch(name.lower()):
            raise WeftError(
                f"--allowed-host {name!r} is not a host name.",
                code="bad-host",
                hint="Give the name a browser shows, such as weft.example.org or weft.example.org:8443.",
            )
    if not is_loopback(host):
        missing = [] if names else ["--allowed-host NAME (the name people will type)"]
        if not (tls or behind_proxy):
            missing.append("TLS (--tls-cert and --tls-key) or --behind-proxy (a proxy that speaks TLS)")
        if missing:
            raise WeftError(
                f"Weft does not listen on {host}: other machines could reach it.",
                code="unsafe-address",
                hint=f"Leave --host out to stay on 127.0.0.1, or add {' and '.join(missing)}.",
            )
    return Door(port=port, host=host, allowed_hosts=names, tls=tls, behind_proxy=behind_proxy)


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_HOST = re.compile(
    r"(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:]+\])"
    r"(?::[0-9]{1,5})?"
)
