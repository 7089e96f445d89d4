"""What each route needs: the one table of scopes. What isn't listed needs every scope.

The editor's pages and their socket can do all a person can, so only a session, or a token with every scope,
reaches them; a narrower token is for the API.
"""

import re
from collections.abc import Mapping

from weft.server.auth import SCOPES, Scope

PUBLIC = frozenset({"/login", "/healthz"})

API: Mapping[str, Mapping[str, Scope]] = {
    "/api/openapi.json": {"GET": "read"},
    "/api/components": {"GET": "read"},
    "/api/flows": {"GET": "read"},
    "/api/flows/{slug}": {"GET": "read", "PUT": "edit"},
    "/api/flows/{slug}/document": {"GET": "read"},
    "/api/flows/{slug}/transactions": {"POST": "edit"},
    "/api/flows/{slug}/save": {"POST": "edit"},
    "/api/flows/{slug}/check": {"POST": "read"},
    "/api/flows/{slug}/tests": {"GET": "read", "POST": "run"},
    "/api/flows/{slug}/tests/cases": {"POST": "edit"},
    "/api/flows/{slug}/pins": {"GET": "read"},
    "/api/flows/{slug}/pins/{node}": {"PUT": "run", "DELETE": "run"},
    "/api/cache": {"GET": "read", "DELETE": "run"},
    "/api/import": {"POST": "read"},
    "/api/models": {"GET": "read"},
    "/api/runs": {"GET": "read", "POST": "run"},
    "/api/runs/plan": {"POST": "read"},
    "/api/runs/estimate": {"POST": "read"},
    "/api/runs/sheet": {"POST": "read"},
    "/api/runs/{run_id}": {"GET": "read"},
    "/api/runs/{run_id}/document": {"GET": "read"},
    "/api/runs/{run_id}/rerun": {"POST": "run"},
    "/api/runs/{run_id}/events": {"GET": "read"},
    "/api/runs/{run_id}/cancel": {"POST": "run"},
    "/api/runs/{run_id}/resume": {"POST": "run"},
    "/api/runs/prune": {"POST": "admin"},
    "/api/runs/{run_id}/answers": {"POST": "approve"},
    "/api/sessions": {"GET": "read"},
    "/api/sessions/{flow}/{name}": {"GET": "read", "DELETE": "run"},
    "/api/login-codes": {"POST": "admin"},
    "/api/tokens": {"GET": "admin", "POST": "admin"},
    "/api/tokens/{token_id}": {"DELETE": "admin"},
}


def needed(method: str, path: str) -> frozenset[Scope]:
    """The scopes a request must have all of."""
    if path == "/logout":
        return frozenset()
    for pattern, scopes in _API:
        if pattern.fullmatch(path):
            # A method that no route has is the router's to refuse (405); until then it is worth `admin`.
            return frozenset({scopes.get("GET" if method == "HEAD" else method, "admin")})
    if path.startswith("/api/") and method in ("GET", "HEAD"):
        return frozenset({"read"})  # there is nothing: a 404 for whoever may read
    return SCOPES


def methods_of(path: str) -> list[str]:
    """The methods an address of the API has; none for one that it hasn't."""
    return [method for pattern, scopes in _API if pattern.fullmatch(path) for method in scopes]


_API = [
    (re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", path))), scopes)
    for path, scopes in API.items()
]
