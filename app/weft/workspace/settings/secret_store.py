"""The secrets of a workspace: found by name, sent to the servers they are for, and to no others.

A value is looked for in the environment (`WEFT_SECRET_NAME`), then where `weft secrets set` put it: the system's keyring
where it has a real one, else the sealed file (`secret_box.py`).

A secret belongs to origins (scheme, host, port). One that has none yet belongs to the first it is used for. Used for
another, as when somebody changes an address in a flow, it is refused until a person says `weft secrets bind`.
"""

import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from weft.model.errors import NotFound, StepFailed, WeftError
from weft.providers.provider import origin
from weft.providers.redaction import remember
from weft.providers.registry import SERVED
from weft.runs.record import now
from weft.workspace.settings.secret_box import FILE, Entry, SecretBox

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
PREFIX = "WEFT_SECRET_"
LONGEST = 64_000
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret as it may be shown."""

    name: str
    where: str
    origins: tuple[str, ...]
    since: str


class Secrets:
    """`writable` says why nothing can be kept in the workspace; "" when it can."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._env = env
        self._folder = root / ".weft"
        self._box = SecretBox(self._folder / FILE, env)
        self._service = f"weft {root.name} {hashlib.sha256(str(root).encode()).hexdigest()[:12]}"
        self._opened: dict[str, tuple[Entry, str]] = {}

    def value(self, name: str) -> str:
        """Its value; `NotFound` says where it was looked for."""
        found = self.find(check(name))
        if found is None:
            raise NotFound(
                f"There is no secret {name!r} here.",
                code="no-secret",
                hint=f"Keep it with 'weft secrets set {name}', or set it where Weft runs: export {PREFIX}{name}=...",
            )
        return found

    def find(self, name: str) -> str | None:
        """Its value, None without one. From now on it is hidden in all that is shown and recorded."""
        value = self._env.get(PREFIX + name) or self._stored(name)
        if value:
            remember(value)
        return value or None

    def key(self, name: str, where: str) -> str | None:
        """The key of a provider for a server's origin. The usual variable, as OPENAI_API_KEY, is for whatever address
        stands beside it; a secret of that name goes to its own servers."""
        if usual := self._env.get(name):
            return usual
        value = self.find(name)
        if value is not None and where:
            self.allow(name, where)
        return value

    def has(self, name: str) -> bool:
        """Whether there is one, without opening it."""
        entry = self._box.entries().get(name)
        return bool(self._env.get(PREFIX + name)) or (entry is not None and entry.where != "environment")

    def allow(self, name: str, address: str, *, first: bool = True) -> None:
        """Let it be sent to the server at that address, or raise `StepFailed` (`secret-elsewhere`). Without `first` one
        that belongs to no server yet isn't bound to this one, but refused as well."""
        there = origin(address)
        with _lock:
            entry = self._box.entries().get(name, Entry())
            if there and there in entry.origins:
                return
            if there and not entry.origins and first:
                self._bind_first(name, entry, there)
                return
        known = " and ".join(entry.origins) or "no server"
        raise StepFailed(
            f"The secret {name!r} belongs to {known}, and isn't sent to {there or 'an address that is none'}.",
            code="secret-elsewhere",
            hint=f"If it is to go there too: weft secrets bind {name} {there or 'https://...'}",
            retryable=False,
        )

    def listed(self) -> list[Kept]:
        """All that are known here, by name. No value is looked at."""
        entries = dict(self._box.entries())
        for variable in self._env:
            if variable.startswith(PREFIX) and NAME.fullmatch(name := variable.removeprefix(PREFIX)):
                entries[name] = replace(entries.get(name, Entry()), where="environment")
        return [Kept(name, one.where, one.origins, one.since) for name, one in sorted(entries.items())]

    def set(self, name: str, value: str, origins: tuple[str, ...] = (), *, file: bool = False) -> Kept:
        """Keep a value, in place of an earlier one. `file`: in the sealed file, though there is a keyring."""
        check(name)
        if not value.strip() or len(value) > LONGEST:
            raise WeftError("A secret is a text, and not a huge one.", code="bad-secret", retryable=False)
        remember(value)
        with _lock:
            before = self._box.entries().get(name, Entry())
            entry = Entry("keyring", origins or before.origins, now())
            self._make_folder()
            ring = None if file else keyring()
            if ring is not None:
                ring.set_password(self._service, name, value)
            else:
                entry = self._box.seal(name, value, entry)
            self._box.put(name, entry)
            if before.where == "keyring" and entry.where == "file":
                self._forget(name)
        return Kept(name, entry.where, entry.origins, entry.since)

    def bind(self, name: str, origins: tuple[str, ...], *, only: bool = False) -> Kept:
        """Let it be sent to these servers too; `only` to these."""
        check(name)
        with _lock:
            entry = self._box.entries().get(name)
            usual = any(name in one.keys for one in SERVED.values()) and self._env.get(name)
            if entry is None and not usual and not self._env.get(PREFIX + name):
                self.value(name)  # which says that there is none
            entry = entry or Entry()
            bound = origins if only else tuple(dict.fromkeys((*entry.origins, *origins)))
            entry = replace(entry, origins=bound, since=entry.since or now())
            self._make_folder()
            self._box.put(name, entry)
        return Kept(name, entry.where, entry.origins, entry.since)

    def remove(self, name: str) -> None:
        """Forget it, its servers too. What stands in the environment stays there."""
        check(name)
        with _lock:
            entry = self._box.entries().get(name)
            if entry is None:
                raise NotFound(f"No secret {name!r} is kept here.", code="no-secret")
            if entry.where == "keyring":
                self._forget(name)
            self._box.put(name, None)
            self._opened.pop(name, None)

    def _stored(self, name: str) -> str | None:
        entry = self._box.entries().get(name)
        if entry is None or entry.where == "environment":
            return None
        known = self._opened.get(name)
        if known is None or known[0] != entry:
            if entry.where == "file":
                value = self._box.open(name, entry)
            else:
                ring = keyring()
                value = (ring.get_password(self._service, name) if ring is not None else None) or ""
            known = self._opened[name] = (entry, value)
        return known[1]

    def _bind_first(self, name: str, entry: Entry, there: str) -> None:
        try:
            self._make_folder()
            self._box.put(name, replace(entry, origins=(there,), since=entry.since or now()))
        except WeftError:
            return  # where nothing can be written, what runs there is bound to its environment

    def _forget(self, name: str) -> None:
        ring = keyring()
        if ring is not None and ring.get_password(self._service, name) is not None:
            ring.delete_password(self._service, name)

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            try:
                self._folder.mkdir(mode=0o700)
                (self._folder / ".gitignore").write_text("*\n", "utf-8")
            except OSError as problem:
                from weft.workspace import atomic

                raise atomic.unwritable(self._folder, problem) from problem


def check(name: str) -> str:
    """The name, if it can be one."""
    if not NAME.fullmatch(name):
        # Not shown: whoever typed this may have typed the secret itself.
        raise NotFound(
            "What names a secret here can't be a name: capitals, digits and '_'.",
            code="bad-secret-name",
            hint=f"Name it such as API_KEY: 'weft secrets set API_KEY', or {PREFIX}API_KEY where Weft runs.",
        )
    return name


def keyring() -> Any | None:
    """The system's keyring, None where it has no real one."""
    from keyring import get_keyring

    found: Any = get_keyring()
    module = type(found).__module__
    if module.startswith("keyring.backends.chainer"):
        found = next(iter(found.backends), None)
        module = type(found).__module__
    real = ("keyring.backends.SecretService", "keyring.backends.kwallet", "keyring.backends.macOS")
    return (
        found
        if module.startswith((*real, "keyring.backends.Windows", "keyring.backends.libsecret"))
        else None
    )
