"""Who may come in: one-time codes for browsers, sessions behind a cookie, bearer tokens with scopes.

`weft serve` prints a URL with a code. The code is exchanged, once, for a session; the session lives in
`.weft/door/`, so a restart needs no new login. Programs send `Authorization: Bearer <token>`: one made by
`new_token`, or the one that the environment variable `WEFT_TOKEN` gave the server.

A cookie is not kept apart by port: another local service on the same name sees it. It is named for the port
and good for that port's server only.
"""

import hmac
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from weft.model.errors import NotFound, WeftError
from weft.server.records import Clock, Records, digest

Scope = Literal["read", "edit", "run", "approve", "secrets", "admin"]
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))

CODE_SECONDS = 15 * 60
SESSION_SECONDS = 30 * 24 * 3600
TOKEN_DAYS = 90
SHORTEST_TOKEN = 32


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a request acts for. `id` is stable, and says nothing about the secret."""

    kind: Literal["session", "token"]
    id: str
    name: str
    scopes: frozenset[Scope]


class Auth:
    def __init__(
        self, folder: Path, *, port: int, environment_token: str | None = None, clock: Clock = time.time
    ) -> None:
        if environment_token is not None and len(environment_token) < SHORTEST_TOKEN:
            raise WeftError(
                f"WEFT_TOKEN has {len(environment_token)} characters; at least {SHORTEST_TOKEN} are needed.",
                code="weak-token",
                hint='Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
            )
        self.port = port
        self.cookie = f"weft_session_{port}"
        self._codes = Records(folder / "codes", clock=clock)
        self._sessions = Records(folder / "sessions", clock=clock)
        self._tokens = Records(folder / "tokens", clock=clock)
        self._environment_token = environment_token
        self._attempts = Attempts()

    # Browsers

    def new_code(self) -> str:
        """A code for one login on this port, within a quarter of an hour."""
        for records in (self._codes, self._sessions):
            for _ in records.items():  # walking clears away what has expired
                pass
        return self._codes.new(seconds=CODE_SECONDS, port=self.port)

    def exchange(self, code: str, *, peer: str) -> str | None:
        """The session a code opens, or None. Raises `TooManyAttempts`, good code or not."""
        self._attempts.check(peer)
        facts = self._codes.get(code)
        if facts is None or facts.get("port") != self.port or self._codes.take(code) is None:
            self._attempts.failed(peer)
            return None
        return self._sessions.new(seconds=SESSION_SECONDS, port=self.port)

    def session(self, secret: str) -> Principal | None:
        facts = self._sessions.get(secret)
        if facts is None or facts.get("port") != self.port:
            return None
        return Principal("session", digest(secret), "browser", SCOPES)

    # Programs

    def new_token(self, name: str, scopes: Iterable[Scope], *, days: float = TOKEN_DAYS) -> str:
        """A bearer token. It is shown this once."""
        return self._tokens.new(seconds=days * 24 * 3600, name=name, scopes=sorted(set(scopes)))

    def tokens(self) -> list[Mapping[str, Any]]:
        """Name, scopes, times and id of each token that is still good."""
        return [{"id": key[:12], **facts} for key, facts in self._tokens.items()]

    def revoke_token(self, token_id: str) -> None:
        for key, _ in self._tokens.items():
            if key[:12] == token_id and self._tokens.drop(key):
                return
        raise NotFound(f"There is no token {token_id!r}.", code="unknown-token", hint="List them first.")

    def bearer(self, secret: str) -> Principal | None:
        own = self._environment_token
        if own is not None and hmac.compare_digest(own.encode(), secret.encode("utf-8", "surrogatepass")):
            return Principal("token", "environment", "WEFT_TOKEN", SCOPES)
        facts = self._tokens.get(secret)
        if facts is None:
            return None
        granted = frozenset[Scope](scope for scope in SCOPES if scope in facts.get("scopes", ()))
        return Principal("token", digest(secret), str(facts.get("name", "")), granted)

    # Both

    def still_good(self, principal: Principal) -> bool:
        """Whether a principal that came in earlier has been neither revoked nor outlived."""
        if principal.id == "environment":
            return True
        records = self._sessions if principal.kind == "session" else self._tokens
        return records.by_key(principal.id) is not None

    def end(self, principal: Principal) -> None:
        """Log out: the session is over in every tab."""
        if principal.kind == "session":
            self._sessions.drop(principal.id)


class TooManyAttempts(WeftError):
    """Wrong codes came too fast from one address; `retry_after` seconds are left."""


@dataclass
class Attempts:
    """Wrong codes by address. A code has 256 bits: this keeps the log quiet, the bits keep the door shut."""

    allowed: int = 10
    seconds: float = 60.0
    now: Callable[[], float] = time.monotonic
    _failed: dict[str, deque[float]] = field(default_factory=dict[str, "deque[float]"])

    def check(self, peer: str) -> None:
        times = self._recent(peer)
        if len(times) >= self.allowed:
            raise TooManyAttempts(
                f"{len(times)} wrong codes in a minute.",
                code="too-many-attempts",
                hint="Wait a minute, then use the newest link that `weft serve` printed.",
                retry_after=max(1.0, times[0] + self.seconds - self.now()),
            )

    def failed(self, peer: str) -> None:
        self._recent(peer).append(self.now())

    def _recent(self, peer: str) -> deque[float]:
        horizon = self.now() - self.seconds
        for other in [key for key, times in self._failed.items() if not times or times[-1] < horizon]:
            del self._failed[other]
        times = self._failed.setdefault(peer, deque(maxlen=self.allowed))
        while times and times[0] < horizon:
            times.popleft()
        return times
