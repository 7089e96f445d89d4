"""Secrets the server knows again without keeping them: one small file each, named by the SHA-256 of the secret.

A file per secret needs no lock and no merge: creating, renaming and removing are atomic, so two servers on one
workspace, a restart, and `weft serve` asking a running server's folder for a new link all agree. Looking up
by digest leaves nothing to time: whoever guesses does not choose the digest's first bytes.
"""

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from weft.model.errors import WeftError

Clock = Callable[[], float]


class Records:
    """A folder of such files, readable by its owner alone. `expires` is in seconds since 1970."""

    def __init__(self, folder: Path, *, clock: Clock = time.time) -> None:
        self._folder = folder
        self._clock = clock
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise WeftError(
                f"The folder {str(folder)!r} can't be made: {error.strerror}.",
                code="read-only",
                hint="Weft keeps there who may use it; give the workspace a folder you may write to.",
            ) from error

    def new(self, *, seconds: float, **facts: Any) -> str:
        """A new secret of 256 random bits that is good for `seconds`. It is returned once and never stored."""
        secret = secrets.token_urlsafe(32)
        self._write(digest(secret), {**facts, "created": self._clock(), "expires": self._clock() + seconds})
        return secret

    def get(self, secret: str) -> Mapping[str, Any] | None:
        """What is recorded for a secret, or None: unknown, expired, taken back."""
        return self.by_key(digest(secret))

    def by_key(self, key: str) -> Mapping[str, Any] | None:
        if not _KEY.fullmatch(key):
            return None
        try:
            facts: dict[str, Any] = json.loads((self._folder / key).read_bytes())
            alive = self._clock() < facts["expires"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return facts if alive else None

    def take(self, secret: str) -> Mapping[str, Any] | None:
        """As `get`, once: of several who ask at the same moment, one gets it."""
        facts = self.get(secret)
        return facts if facts is not None and self.drop(digest(secret)) else None

    def drop(self, key: str) -> bool:
        """Take a record back. False when it was gone already."""
        if not _KEY.fullmatch(key):
            return False
        try:
            (self._folder / key).unlink()
        except OSError:
            return False
        return True

    def items(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The records that are still good, by key; the others are cleared away."""
        for path in sorted(self._folder.iterdir()):
            if not _KEY.fullmatch(path.name):
                continue
            facts = self.by_key(path.name)
            if facts is None:
                self.drop(path.name)
            else:
                yield path.name, facts

    def _write(self, key: str, facts: Mapping[str, Any]) -> None:
        temporary = self._folder / f".{key}.{secrets.token_hex(4)}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._folder / key)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


_KEY = re.compile(r"[0-9a-f]{64}")
