"""Secrets in a file of the workspace, each sealed with AES-GCM under a key that lies elsewhere.

`.weft/secrets.json` (0600) holds, by name, what may be known without the key: where the value is kept, which servers it
may be sent to, since when. The key is `WEFT_SECRETS_KEY` (32 bytes as base64), else a file of the person's own outside
the workspace (0600), made with the first secret. Someone who gets the workspace alone has names and no values.
"""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from weft.model.errors import WeftError
from weft.workspace import atomic

FILE, KEY_FILE, KEY = "secrets.json", "secrets.key", "WEFT_SECRETS_KEY"
Where = Literal["file", "keyring", "environment"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one secret. `origins` are the servers it may be sent to; none yet: the first that it is for."""

    where: Where = "environment"
    origins: tuple[str, ...] = ()
    since: str = ""
    nonce: str = ""
    box: str = ""


class SecretBox:
    """The file, read again when it has changed."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self.path = path
        self._env = env
        self._seen: tuple[int, int, int] | None = None
        self._entries: dict[str, Entry] = {}

    def entries(self) -> Mapping[str, Entry]:
        """All of them by name. Raises `WeftError` (`bad-secrets`) if the file can't be read."""
        try:
            found = self.path.stat()
        except OSError:
            self._seen, self._entries = None, {}
            return self._entries
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._entries, self._seen = self._read(), seen
        return self._entries

    def put(self, name: str, entry: Entry | None) -> None:
        """Keep an entry, or none any more."""
        held = dict(self.entries())
        held.pop(name, None)
        if entry is not None:
            held[name] = entry
        told = {key: {k: v for k, v in asdict(one).items() if v} for key, one in sorted(held.items())}
        atomic.refuse_read_only(self.path)
        _write_private(self.path, json.dumps({"version": 1, "secrets": told}, indent=1).encode() + b"\n")

    def seal(self, name: str, value: str, entry: Entry) -> Entry:
        """The entry with the value in it. A box moved to another name can't be opened."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        box = AESGCM(self._key(make=True)).encrypt(nonce, value.encode(), name.encode())
        return replace(entry, where="file", nonce=_text(nonce), box=_text(box))

    def open(self, name: str, entry: Entry) -> str:
        """The value. Raises `WeftError` (`sealed`) without the key that it was sealed with."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            opened = AESGCM(self._key()).decrypt(_bytes(entry.nonce), _bytes(entry.box), name.encode())
        except (InvalidTag, binascii.Error, ValueError):
            raise WeftError(
                f"The secret {name!r} can't be opened: it was sealed with another key, or the file was changed.",
                code="sealed",
                hint=f"Set it again with 'weft secrets set {name}', or give the right {KEY}.",
                retryable=False,
            ) from None
        return opened.decode()

    def _read(self) -> dict[str, Entry]:
        try:
            held = cast("dict[str, dict[str, Any]]", json.loads(self.path.read_text("utf-8"))["secrets"])
            return {name: _entry(**one) for name, one in held.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise WeftError(
                f"The secrets in {str(self.path)!r} can't be read ({type(problem).__name__}).",
                code="bad-secrets",
                hint="Move the file away and set the secrets again with 'weft secrets set NAME'.",
                retryable=False,
            ) from None

    def _key(self, *, make: bool = False) -> bytes:
        if given := self._env.get(KEY):
            return _checked(given, KEY)
        path = key_file(self._env)
        try:
            return _checked(path.read_text("ascii").strip(), repr(str(path)))
        except FileNotFoundError:
            if not make:
                raise WeftError(
                    f"The key of the secrets isn't here: {str(path)!r} doesn't exist.",
                    code="sealed",
                    hint=f"Bring that file along, set {KEY}, or set the secrets again.",
                    retryable=False,
                ) from None
        made = secrets.token_bytes(32)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(path, _text(made).encode() + b"\n")
        return made


def _entry(*, origins: Any = (), **more: Any) -> Entry:
    return Entry(**more, origins=tuple(map(str, origins)))


def key_file(env: Mapping[str, str]) -> Path:
    """Where this person's key lies."""
    from platformdirs import user_data_path

    home = env.get("XDG_DATA_HOME")
    return (Path(home) / "weft" if home else user_data_path("weft")) / KEY_FILE


def _checked(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise WeftError(
            f"The key in {where} is none: it has to be 32 bytes, as base64.",
            code="bad-secrets-key",
            hint="Make one with: head -c 32 /dev/urandom | base64",
            retryable=False,
        )
    return key


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise atomic.unwritable(path, problem) from problem


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
