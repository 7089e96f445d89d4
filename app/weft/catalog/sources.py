"""What a component's code is: a digest that changes when what it does may have changed.

It covers the file a component was read from, as it was read, and the files of the same folder which that one imports,
and they in turn. Libraries are not looked into: a component that leans on another version of one raises its own.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

_MOST_FILES = 200


def digest_of(path: Path, raw: bytes) -> str:
    """The digest of a component file that holds `raw`."""
    total = hashlib.sha256(raw)
    for beside in _imported(path, raw):
        total.update(beside.name.encode())
        total.update(beside.read_bytes())
    return total.hexdigest()


def digest_in_memory(function: Callable[..., Any]) -> str:
    """The digest of a function that no component file holds: of its own code, and of its module's file. "" when what
    it does can't be told from these: it was typed at a prompt, or reaches values of a function around it."""
    module = sys.modules.get(function.__module__)
    file = getattr(module, "__file__", None)
    if not file or function.__closure__:
        return ""
    total = hashlib.sha256(_file_digest(file).encode())
    _add(total, function.__code__)
    return total.hexdigest()


@lru_cache(maxsize=256)
def _file_digest(file: str) -> str:
    """Of a module that Python imported once, so its file is read once."""
    path = Path(file)
    try:
        return digest_of(path, path.read_bytes())
    except OSError:
        return ""


def _add(total: Any, code: CodeType) -> None:
    total.update(code.co_code)
    total.update(repr(code.co_names).encode())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add(total, constant)
        elif not isinstance(constant, frozenset):  # its order is another in each process
            total.update(repr(constant).encode("utf-8", "surrogatepass"))


def _imported(path: Path, raw: bytes) -> list[Path]:
    """The files beside `path` that it imports, and they in turn, by name."""
    found: dict[Path, None] = {}
    waiting = [raw]
    while waiting and len(found) < _MOST_FILES:
        for name in _names(waiting.pop()):
            for beside in _files(path.parent, name):
                if beside != path and beside not in found:
                    found[beside] = None
                    waiting.append(beside.read_bytes())
    return sorted(found)


def _files(folder: Path, name: str) -> list[Path]:
    module = folder / f"{name}.py"
    if module.is_file():
        return [module]
    package = folder / name
    return sorted(package.rglob("*.py")) if (package / "__init__.py").is_file() else []


def _names(raw: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.name
