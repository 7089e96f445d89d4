"""What a cached result depends on, told without making it live: who would answer, what stands in a file.

A model given as an object, and one that answers from a script in its order, have no identity: nothing that asked them
is cached. Neither is an address shown: it may hold a password.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.model.errors import WeftError

if TYPE_CHECKING:
    from weft.engine.services import Identity, Knows
    from weft.workspace.resolving.resolve import Resolver

_LARGEST = 64 * 1024 * 1024
"""Bytes of a file that are read to know it again."""


def identities(resolver: "Resolver") -> "Mapping[str, Identity]":
    """By kind of port."""

    def model(value: Any, knows: "Knows") -> str | None:
        named, _ = resolver.name_of(value, knows)
        return _answering(named, resolver.env) if named else None

    async def file(value: Any, knows: "Knows") -> str | None:
        try:
            path = resolver.file(value, knows)
        except WeftError:
            return None
        return await asyncio.to_thread(_content, path) if path is not None else None

    return {"model": model, "file": file}


def _answering(name: str, env: Mapping[str, str]) -> str | None:
    from weft.providers.accounts import address
    from weft.providers.registry import SERVED
    from weft.providers.spec import parse_chain

    told: list[str] = []
    try:
        chain = parse_chain(name)
    except WeftError:
        return None
    for spec in chain:
        if spec.provider == "scripted":
            return None
        provider = SERVED.get(spec.provider)
        where = "" if provider is None else address(provider, env)
        usual = provider is None or where == provider.official
        told.append(str(spec) if usual else f"{spec} at {hashlib.sha256(where.encode()).hexdigest()[:8]}")
    return " | ".join(told)


def _content(path: Path) -> str | None:
    """The digest of a file; None when it can't be read, or is too large for that."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError:
        return None
