"""Asking web servers on a flow's behalf, for components: stock ones and those of a workspace alike.

    from weft import web

    request = web.request("GET", "https://example.org/items", {"accept": "application/json"})
    reply = await web.fetch(request)

Who is asked is decided by address, not by name (`addresses.py`); what comes back is bounded in size and time, and
redirects are looked at anew (`sending.py`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weft.web.refusals import failed
    from weft.web.sending import REPEATABLE, Reply, fetch, joined, request, same_origin, status_failed

__all__ = ["REPEATABLE", "Reply", "failed", "fetch", "joined", "request", "same_origin", "status_failed"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'weft.web' has no attribute {name!r}")
    from weft.web import sending

    return getattr(sending, name)
