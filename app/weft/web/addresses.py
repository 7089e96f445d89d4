"""Which addresses may be asked: public ones, and those that who runs Weft allows.

Every address a name stands for must be public, and the connection goes to the very address that was looked at: a name
that stands for another one a moment later changes nothing. Only who runs Weft can allow more, in the environment:
`WEFT_HTTP_ALLOW=host:port,...`.
"""

import asyncio
import ipaddress
import os
import re
import socket
from typing import TYPE_CHECKING

from weft.model.errors import WeftError
from weft.web.refusals import failed

if TYPE_CHECKING:
    import httpx  # brought in by whoever sends: it takes longer to load than all else here together

HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9]+)?")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        # IPv4: this network, private, shared, loopback, link-local (metadata services), assignments, documentation,
        # relays, benchmarks, multicast, reserved; the address at which Azure's machines ask their host.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        # IPv6: unspecified, loopback and IPv4-compatible, translated, discard, Teredo and other protocol assignments,
        # documentation, 6to4, local NAT64, segment routing, unique local, link-local, site-local, multicast.
        "::/96", "::ffff:0:0:0/96", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
        "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
MAPPED = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))


def forbidden(address: Address) -> bool:
    """Whether an address is anything but public. An IPv4 address inside an IPv6 one counts as itself."""
    if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in MAPPED):
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return any(address.version == network.version and address in network for network in FORBIDDEN)


async def address_of(url: "httpx.URL") -> str:
    """The address to connect to: the first of the name's, once all of them were looked at."""
    host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    if url.scheme not in ("http", "https") or not HOST.fullmatch(host) or port > 65535:
        raise failed("bad-url", f"{str(url)[:200]!r} must start with http:// or https:// and name a host")
    if url.userinfo:
        raise failed(
            "bad-url", f"the address of {url.host} holds a user name; use the port `token` or `headers`"
        )
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise failed("unreachable", f"no address is known for {host!r}", retryable=True) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    allowed = {entry.strip().lower() for entry in os.environ.get("WEFT_HTTP_ALLOW", "").split(",")}
    if f"{host.lower()}:{port}" not in allowed and (not addresses or any(map(forbidden, addresses))):
        raise WeftError(
            f"The host {host!r} is not public, so flows may not ask it.",
            code="forbidden-address",
            hint=f"Who runs Weft can allow it: WEFT_HTTP_ALLOW={host}:{port}",
            retryable=False,
        )
    return str(addresses[0])
