"""What calling a server's tools reaches: for the sheet that is read before a flow from elsewhere may run."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weft.catalog import Component
from weft.catalog.reach import Reach

if TYPE_CHECKING:
    from weft.workspace.settings.contents import McpSettings


def with_reach(components: list[Component], server: str, settings: "McpSettings") -> list[Component]:
    """The components, each saying whom it asks: a server at an address, or a program that is started."""
    if settings.url is not None:
        address = urlsplit(settings.url).netloc.rpartition("@")[2].lower()
        how, hosts = f"a tool of the server {server!r} at {address}", (address,)
    else:
        how, hosts = f"a tool of the server {server!r}, which runs {settings.command!r} on this machine", ()
    sent = (settings.token,) if settings.token else ()
    return [
        replace(
            one,
            reach=Reach(
                own={"tools": (f"{one.key}: {how}",), "hosts": hosts, "secrets": (*sent, *settings.env)}
            ),
        )
        for one in components
    ]
